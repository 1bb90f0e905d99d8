// SPDX-License-Identifier: Apache-2.0
#include "emulator/row_json.h"

#include <fmt/format.h>

#include <charconv>

#include "codec/json/writer.h"

namespace pinflow::emulator {
namespace {

constexpr std::size_t kDateBytes = 10;  // "YYYY-MM-DD", before the space

// MySQL prints a FLOAT with six significant digits; Python reads that text as a double and prints
// the double's repr: "-89.9787" stays, "77" becomes 77.0.
Result<double> number_of(const FloatText& single, const std::string& column) {
    double number = 0;
    const std::string& text = single.text;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem == std::errc() && end == text.data() + text.size()) return number;
    return fail(Errc::corrupt, fmt::format("column {}: FLOAT \"{}\" is no number", column, text));
}

std::string datetime_text(const DateTimeText& value, DateTimeForm form) {
    std::string text = value.text;
    bool has_time = text.size() > kDateBytes && text[kDateBytes] == ' ';
    if (form == DateTimeForm::iso && has_time) text[kDateBytes] = 'T';
    return text;
}

}  // namespace

Result<std::string> row_json(const SourceRow& row, DateTimeForm datetimes) {
    json::JsonWriter writer({.escape_non_ascii = true, .spaced = true});
    writer.begin_object();
    for (const auto& [name, value] : row.values) {
        writer.key(name);
        if (auto* integer = std::get_if<std::int64_t>(&value)) {
            writer.value(*integer);
        } else if (auto* real = std::get_if<double>(&value)) {
            writer.value(*real);
        } else if (auto* text = std::get_if<std::string>(&value)) {
            writer.value(*text);
        } else if (auto* datetime = std::get_if<DateTimeText>(&value)) {
            writer.value(datetime_text(*datetime, datetimes));
        } else if (auto* single = std::get_if<FloatText>(&value)) {
            TRY(double number, number_of(*single, name));
            writer.value(number);
        } else {
            writer.null();
        }
    }
    writer.end_object();
    return std::move(writer).take();
}

}  // namespace pinflow::emulator
