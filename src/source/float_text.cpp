// SPDX-License-Identifier: Apache-2.0
#include "source/float_text.h"

#include <charconv>
#include <cmath>

#include "base/check.h"

namespace pinflow::source {
namespace {

constexpr int kSignificantDigits = 6;  // FLT_DIG, as MySQL has it
// MySQL leaves the fixed form where it would need more than its field of a dozen characters.
constexpr double kFixedFrom = 1e-10;
constexpr double kFixedBelow = 1e15;

std::string_view print(double value, std::chars_format form, int precision, char (&room)[64]) {
    auto [end, error] = std::to_chars(room, room + sizeof room, value, form, precision);
    CHECK(error == std::errc{});
    return {room, static_cast<std::size_t>(end - room)};
}

std::string_view without_trailing_zeros(std::string_view digits) {
    if (digits.find('.') == std::string_view::npos) return digits;
    digits = digits.substr(0, digits.find_last_not_of('0') + 1);
    return digits.ends_with('.') ? digits.substr(0, digits.size() - 1) : digits;
}

}  // namespace

FloatText float_text(double value) {
    char room[64];
    auto single = static_cast<double>(static_cast<float>(value));
    auto general = print(single, std::chars_format::general, kSignificantDigits, room);
    if (general.find('e') == std::string_view::npos) return {std::string(general)};
    double size = std::abs(single);
    if (size < kFixedFrom || size >= kFixedBelow) return {std::string(general)};
    double rounded = 0;
    std::from_chars(general.data(), general.data() + general.size(), rounded);
    int decimals = size < 1 ? kSignificantDigits - static_cast<int>(std::floor(std::log10(size))) : 0;
    return {std::string(without_trailing_zeros(print(rounded, std::chars_format::fixed, decimals, room)))};
}

}  // namespace pinflow::source
