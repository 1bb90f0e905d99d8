// SPDX-License-Identifier: Apache-2.0
#include "eventlog/sequence_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace pinflow::eventlog {
namespace {

// The fields from the top, in hexadecimal digits: 2 | created 9 | shard 1 | count 16 | zero 2 |
// time 9 | shard 8 | version 1.
constexpr unsigned kTop = 2;
constexpr unsigned kVersion = 2;
constexpr int kSecondsBits = 36;

// An unsigned number of 192 bits, least limb first: as much arithmetic as decimal text needs.
class Wide {
public:
    // this * factor + addend; false if it does not fit.
    bool multiply_add(std::uint32_t factor, std::uint32_t addend) {
        std::uint64_t carry = addend;
        for (std::uint32_t& limb : limbs_) {
            carry += std::uint64_t{limb} * factor;
            limb = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
        return carry == 0;
    }
    std::uint32_t divide(std::uint32_t divisor) {  // gives the remainder
        std::uint64_t rest = 0;
        for (std::size_t i = limbs_.size(); i-- > 0;) {
            rest = rest << 32 | limbs_[i];
            limbs_[i] = static_cast<std::uint32_t>(rest / divisor);
            rest %= divisor;
        }
        return static_cast<std::uint32_t>(rest);
    }
    bool is_zero() const {
        return std::ranges::all_of(limbs_, [](std::uint32_t limb) { return limb == 0; });
    }
    void push(std::uint64_t value, int bits) {
        for (int digit = bits / 4 - 1; digit >= 0; --digit) {
            multiply_add(16, static_cast<std::uint32_t>(value >> digit * 4 & 15));
        }
    }
    std::uint64_t pop(int bits) {  // the lowest bits, which go
        std::uint64_t value = 0;
        for (int digit = 0; digit < bits / 4; ++digit) {
            value |= std::uint64_t{divide(16)} << digit * 4;
        }
        return value;
    }

private:
    std::array<std::uint32_t, 6> limbs_{};
};

std::string to_decimal(Wide number) {
    std::string digits;
    do {
        digits.push_back(static_cast<char>('0' + number.divide(10)));
    } while (!number.is_zero());
    std::ranges::reverse(digits);
    return digits;
}

}  // namespace

std::string encode_sequence(const SequenceNumber& sequence) {
    auto shard = static_cast<std::uint64_t>(sequence.shard);
    Wide number;
    number.push(kTop, 4);
    number.push(static_cast<std::uint64_t>(sequence.shard_created_s), kSecondsBits);
    number.push(shard & 15, 4);
    number.push(static_cast<std::uint64_t>(sequence.offset + 1), 64);
    number.push(0, 8);
    number.push(static_cast<std::uint64_t>(sequence.time_s), kSecondsBits);
    number.push(shard, 32);
    number.push(kVersion, 4);
    return to_decimal(number);
}

Result<SequenceNumber> decode_sequence(std::string_view decimal) {
    auto bad = [&] {
        return fail(Errc::invalid_argument, fmt::format("'{}' is no sequence number", decimal));
    };
    Wide number;
    for (char c : decimal) {
        if (c < '0' || c > '9') return bad();
        if (!number.multiply_add(10, static_cast<std::uint32_t>(c - '0'))) return bad();
    }
    std::uint64_t version = number.pop(4);
    std::uint64_t shard = number.pop(32);
    std::uint64_t time_s = number.pop(kSecondsBits);
    std::uint64_t zero = number.pop(8);
    std::uint64_t count = number.pop(64);
    std::uint64_t shard_digit = number.pop(4);
    std::uint64_t created_s = number.pop(kSecondsBits);
    std::uint64_t top = number.pop(4);
    bool is_ours = number.is_zero() && version == kVersion && top == kTop && zero == 0 &&
                   shard_digit == (shard & 15) && shard <= INT32_MAX && count <= INT64_MAX;
    if (!is_ours) return bad();
    return SequenceNumber{.shard_created_s = static_cast<std::int64_t>(created_s),
                          .shard = static_cast<std::int32_t>(shard),
                          .offset = static_cast<Offset>(count) - 1,
                          .time_s = static_cast<std::int64_t>(time_s)};
}

}  // namespace pinflow::eventlog
