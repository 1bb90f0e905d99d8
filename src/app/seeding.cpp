// SPDX-License-Identifier: Apache-2.0
#include "app/seeding.h"

#include "pinterest/generator.h"
#include "pinterest/source_tables.h"
#include "posix/posix_files.h"
#include "source/sqlite_source.h"

namespace pinflow::app {

Status seed_source(const std::string& path, std::uint64_t seed, std::int64_t rows) {
    posix::PosixFiles files;
    if (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0) {
        TRY_STATUS(files.make_directories(path.substr(0, slash)));
    }
    pinterest::Generator generator(seed, rows);
    const auto& tables = pinterest::source_tables();
    return source::SqliteSource::replace_file(path, [&](source::SqliteSource& source) -> Status {
        for (std::size_t i = 0; i < tables.size(); ++i) {
            TRY_STATUS(source.load(tables[i], rows,
                                   [&, i](std::int64_t row, std::vector<SourceValue>& values) {
                                       generator.fill(i, row, values);
                                   }));
        }
        return {};
    });
}

}  // namespace pinflow::app
