// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/demo.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

std::string numbers_text(const DemoOptions& options) {
    return fmt::format("{{\"demo\":\"{}\",\"rows\":{},\"seed\":{}}}\n",
                       options.kill ? "kill" : "whole", options.rows, options.seed);
}

}  // namespace

Result<DataDirectory> demo_directory(const Context& context, const DemoOptions& options) {
    if (options.has_data_dir) return context.directory;
    posix::PosixFiles files;
    std::string parent = context.directory.root + "/demos";
    TRY_STATUS(files.make_directories(parent));
    TRY(auto entries, files.list(parent));
    int last = 0;
    for (const DirectoryEntry& entry : entries) {
        int number = 0;
        std::from_chars(entry.name.data(), entry.name.data() + entry.name.size(), number);
        last = std::max(last, number);
    }
    return DataDirectory{fmt::format("{}/{:04}", parent, last + 1)};
}

Status claim_directory(const DataDirectory& directory, const DemoOptions& options) {
    posix::PosixFiles files;
    TRY_STATUS(files.make_directories(directory.root));
    auto found = read_small_file(files, directory.demo_file());
    if (found && options.kill) {
        return fail(Errc::conflict,
                    directory.root +
                        " holds a demo already; a kill demo counts from nothing, so give it "
                        "a --data-dir of its own");
    }
    if (found && *found == numbers_text(options)) return {};
    if (found) {
        return fail(
            Errc::conflict,
            fmt::format("{} holds a demo of other numbers ({}); resume it with the same, or give "
                        "this one its own --data-dir",
                        directory.root, found->substr(0, found->size() - 1)));
    }
    TRY(auto entries, files.list(directory.root));
    if (!entries.empty()) {
        return fail(
            Errc::conflict,
            directory.root + " is not empty and holds no demo; give this one its own --data-dir");
    }
    return write_small_file(files, directory.demo_file(), numbers_text(options));
}

}  // namespace pinflow::app
