// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/values.h"

#include <fmt/format.h>
#include <mysql.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "codec/json/utf8.h"

namespace pinflow::mysql {
namespace {

constexpr unsigned kBinaryCharacterSet = 63;
constexpr std::size_t kDateBytes = 10;      // "2020-08-28"
constexpr std::size_t kDateTimeBytes = 19;  // "2020-08-28 03:52:47"
constexpr std::size_t kFractionDigits = 6;

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t length = json::utf8_sequence_bytes(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::unexpected<Error> spoilt(const ResultColumn& column, std::string_view problem) {
    return fail(Errc::corrupt, fmt::format("column {}: {}", column.name, problem));
}

Result<SourceValue> integer_of(const ResultColumn& column, std::string_view digits) {
    std::int64_t value = 0;
    auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (end != digits.data() + digits.size()) return spoilt(column, "no whole number");
    if (problem == std::errc::result_out_of_range) return std::string(digits);
    if (problem != std::errc()) return spoilt(column, "no whole number");
    return value;
}

// At most 64 bits, the highest first.
Result<SourceValue> bits_of(const ResultColumn& column, std::string_view bytes) {
    if (bytes.size() > sizeof(std::uint64_t)) return spoilt(column, "more than 64 bits");
    std::uint64_t value = 0;
    for (char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    if (value > INT64_MAX) return std::to_string(value);
    return static_cast<std::int64_t>(value);
}

Result<SourceValue> real_of(const ResultColumn& column, std::string_view digits) {
    double value = 0;
    auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem != std::errc() || end != digits.data() + digits.size())
        return spoilt(column, "no number");
    return value;
}

// MySQL keeps "0000-00-00" and "2020-00-00", which Python's datetime does not take:
// PyMySQL hands on the text.
bool is_date(std::string_view text) {
    if (text.size() < kDateBytes) return false;
    return text.substr(0, 4) != "0000" && text.substr(5, 2) != "00" && text.substr(8, 2) != "00";
}

SourceValue datetime_of(std::string_view text) {
    if (!is_date(text)) return std::string(text);
    std::string whole(text.substr(0, std::min(text.size(), kDateTimeBytes)));
    std::string_view fraction = text.substr(whole.size());
    if (fraction.find_first_of("123456789") == std::string_view::npos) return DateTimeText{whole};
    std::string padded(fraction);
    padded.resize(1 + kFractionDigits, '0');
    return DateTimeText{whole + padded};
}

}  // namespace

Meaning meaning_of(unsigned type, unsigned character_set) {
    switch (type) {
        case MYSQL_TYPE_TINY:
        case MYSQL_TYPE_SHORT:
        case MYSQL_TYPE_INT24:
        case MYSQL_TYPE_LONG:
        case MYSQL_TYPE_LONGLONG:
        case MYSQL_TYPE_YEAR: return Meaning::integer;
        case MYSQL_TYPE_BIT: return Meaning::bits;
        case MYSQL_TYPE_FLOAT: return Meaning::single_float;
        case MYSQL_TYPE_DOUBLE: return Meaning::real;
        case MYSQL_TYPE_DATE:
        case MYSQL_TYPE_NEWDATE:
        case MYSQL_TYPE_DATETIME:
        case MYSQL_TYPE_TIMESTAMP: return Meaning::datetime;
        case MYSQL_TYPE_DECIMAL:
        case MYSQL_TYPE_NEWDECIMAL:
        case MYSQL_TYPE_TIME:
        case MYSQL_TYPE_JSON:
            return Meaning::text;  // say "binary" of themselves, and are ASCII or UTF-8
        default: return character_set == kBinaryCharacterSet ? Meaning::bytes : Meaning::text;
    }
}

Result<SourceValue> value_of(const ResultColumn& column, std::string_view bytes) {
    switch (column.meaning) {
        case Meaning::integer: return integer_of(column, bytes);
        case Meaning::bits: return bits_of(column, bytes);
        case Meaning::real: return real_of(column, bytes);
        case Meaning::single_float: return FloatText{std::string(bytes)};
        case Meaning::datetime: return datetime_of(bytes);
        case Meaning::text:
            if (!is_utf8(bytes)) return spoilt(column, "text that is not UTF-8");
            return std::string(bytes);
        case Meaning::bytes:
            if (is_utf8(bytes)) return std::string(bytes);
            return fail(
                Errc::unsupported,
                fmt::format("column {}: {} bytes that are no UTF-8 text cannot be posted as "
                            "JSON; read a view that leaves the column out or has "
                            "to_base64({}) in its place",
                            column.name, bytes.size(), column.name));
    }
    return spoilt(column, "of no known type");
}

}  // namespace pinflow::mysql
