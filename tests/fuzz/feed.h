// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace pinflow::fuzz {

// An input taken apart from its front. What is not there any more is 0, so any input will do.
class Feed {
public:
    explicit Feed(std::string_view input) : rest_(input) {}

    bool empty() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        for (char byte : take(bytes)) value = value << 8 | static_cast<unsigned char>(byte);
        return value;
    }
    std::string_view take(std::size_t bytes) {
        std::string_view taken = rest_.substr(0, bytes);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    // A length (one byte) and so many bytes.
    std::string_view text() { return take(number(1)); }

private:
    std::string_view rest_;
};

}  // namespace pinflow::fuzz
