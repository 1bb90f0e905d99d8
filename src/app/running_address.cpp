// SPDX-License-Identifier: Apache-2.0
#include "app/running_address.h"

#include <fmt/format.h>

#include "codec/json/reader.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

Result<std::string> member_of(const std::string& text, std::string_view wanted) {
    json::JsonReader reader(text);
    TRY_STATUS(reader.enter_object());
    for (;;) {
        TRY(auto name, reader.next_member());
        if (!name) return fail(Errc::not_found, fmt::format("no address '{}'", wanted));
        if (*name == wanted) return reader.read_string();
        TRY_STATUS(reader.skip_value());
    }
}

}  // namespace

Result<std::string> running_address(const DataDirectory& directory, std::string_view door) {
    posix::PosixFiles files;
    auto text = read_small_file(files, directory.addresses_file());
    if (!text) {
        return fail(
            Errc::unavailable,
            fmt::format("no pinflow serves from {}; start one with 'pinflow up'", directory.root));
    }
    return member_of(*text, door);
}

}  // namespace pinflow::app
