// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

namespace pinflow {

std::string_view name_of(Errc code) {
    switch (code) {
        case Errc::not_found: return "not_found";
        case Errc::already_exists: return "already_exists";
        case Errc::invalid_argument: return "invalid_argument";
        case Errc::unsupported: return "unsupported";
        case Errc::too_large: return "too_large";
        case Errc::conflict: return "conflict";
        case Errc::out_of_order: return "out_of_order";
        case Errc::fenced: return "fenced";
        case Errc::unavailable: return "unavailable";
        case Errc::timed_out: return "timed_out";
        case Errc::no_space: return "no_space";
        case Errc::busy: return "busy";
        case Errc::permission: return "permission";
        case Errc::corrupt: return "corrupt";
        case Errc::io: return "io";
        case Errc::cancelled: return "cancelled";
        case Errc::failed_check: return "failed_check";
        case Errc::internal: return "internal";
    }
    return "unknown";
}

std::unexpected<Error> with_context(Error error, std::string_view context) {
    error.text = std::string(context) + ": " + error.text;
    return std::unexpected(std::move(error));
}

}  // namespace pinflow
