// SPDX-License-Identifier: Apache-2.0
#include "eventlog/small_file.h"

#include <fmt/format.h>

#include "base/crash_point.h"

namespace pinflow::eventlog {

Status replace_file(Files& files, const std::string& directory, const std::string& name,
                    std::string_view bytes) {
    std::string fresh = directory + "/" + name + ".new";
    {
        TRY(auto file, files.open(fresh, OpenMode::read_write));
        TRY_STATUS(file->truncate(0));  // a crash may have left one
        TRY_STATUS(file->write_at(0, {{bytes}}));
        crash_point("small_file.written");
        TRY_STATUS(file->sync());
    }
    crash_point("small_file.synced");
    TRY_STATUS(files.rename(fresh, directory + "/" + name));
    crash_point("small_file.renamed");
    return files.sync_directory(directory);
}

Result<std::string> read_small_file(Files& files, const std::string& path) {
    TRY(auto file, files.open(path, OpenMode::read));
    TRY(auto bytes, file->size());
    if (bytes > kSmallFileBytesMax) {
        return fail(Errc::too_large, fmt::format("{} is of {} bytes", path, bytes));
    }
    std::string text(bytes, '\0');
    TRY(auto got, file->read_at(0, text));
    text.resize(got);
    return text;
}

}  // namespace pinflow::eventlog
