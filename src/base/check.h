// SPDX-License-Identifier: Apache-2.0
// CHECK is for what must not happen. It stays on in release and ends the process with a message:
// a program that is wrong about itself must not go on acknowledging.
#pragma once

#include <string_view>

namespace pinflow {

[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               std::string_view note);

}  // namespace pinflow

// CHECK(condition) or CHECK(condition, "why it must hold")
#define CHECK(condition, ...)                                       \
    do {                                                            \
        if (!(condition)) [[unlikely]]                              \
            ::pinflow::check_failed(#condition, __FILE__, __LINE__, \
                                    std::string_view{__VA_ARGS__}); \
    } while (false)
