// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace pinflow {

// A file carried in the binary (cmake/embed.cmake): its path within its folder, and its bytes.
struct EmbeddedFile {
    std::string_view name;
    std::string_view bytes;
};

}  // namespace pinflow
