// SPDX-License-Identifier: Apache-2.0
// What MySQL's error numbers mean to us.
#pragma once

#include <expected>

#include "base/result.h"

namespace pinflow::mysql {

enum class Cure : std::uint8_t {
    none,       // asking again gives the same
    reconnect,  // the connection is gone, or the server refuses work for now
};

// An error inside this folder: what to tell, and whether to try once more.
struct Failure {
    Error error;
    Cure cure = Cure::none;
    unsigned number = 0;  // MySQL's; 0: not from MySQL
};

template <class T>
using Reply = std::expected<T, Failure>;

inline std::unexpected<Failure> fails(Errc code, std::string text) {
    return std::unexpected(Failure{.error = {code, std::move(text)}});
}

// `number` and `text` are the server's or the library's, `place` is the server as shown.
Failure failure_of(unsigned number, std::string_view text, std::string_view place);

}  // namespace pinflow::mysql
