// SPDX-License-Identifier: Apache-2.0
#include "posix/posix_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace pinflow::posix {
namespace {

Errc code_of(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR: return Errc::not_found;
        case EEXIST:
        case ENOTEMPTY: return Errc::already_exists;
        case ENOSPC:
        case EDQUOT: return Errc::no_space;
        case EACCES:
        case EPERM:
        case EROFS: return Errc::permission;
        case ENAMETOOLONG: return Errc::invalid_argument;
        case EMFILE:
        case ENFILE: return Errc::unavailable;
        default: return Errc::io;
    }
}

}  // namespace

std::unexpected<Error> fail_errno(int error, std::string_view action, std::string_view path,
                                  std::source_location where) {
    // generic_category: strerror without its shared buffer.
    return fail(
        code_of(error),
        fmt::format("cannot {} {}: {}", action, path, std::generic_category().message(error)),
        where);
}

}  // namespace pinflow::posix
