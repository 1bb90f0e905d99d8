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
    return source::SqliteSource::replace_file(path, [&](source::SqliteSource& source) {
        return seed_database(source, seed, rows, Existing::replace);
    });
}

Status seed_database(SourceDb& database, std::uint64_t seed, std::int64_t rows, Existing existing) {
    pinterest::Generator generator(seed, rows);
    std::vector<TableLoad> loads;
    for (SourceTable& table : pinterest::source_tables()) {
        std::size_t number = loads.size();
        loads.push_back({std::move(table), rows,
                         [&generator, number](std::int64_t row, std::vector<SourceValue>& values) {
                             generator.fill(number, row, values);
                         }});
    }
    return database.load(loads, existing);
}

}  // namespace pinflow::app
