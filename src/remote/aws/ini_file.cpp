// SPDX-License-Identifier: Apache-2.0
#include "remote/aws/ini_file.h"

#include <fmt/format.h>

#include "base/text.h"

namespace pinflow::aws {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpaces = " \t\r";
    std::size_t first = text.find_first_not_of(kSpaces);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

// A comment may follow a value, after a space.
std::string_view without_comment(std::string_view value) {
    for (std::string_view mark : {" #", " ;", "\t#", "\t;"})
        value = value.substr(0, value.find(mark));
    return trimmed(value);
}

}  // namespace

Result<IniFile> parse_ini(std::string_view text) {
    IniFile file;
    IniSection* section = nullptr;
    int number = 0;
    while (!text.empty()) {
        std::size_t end = text.find('\n');
        std::string_view whole = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++number;
        std::string_view line = trimmed(whole);
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        if (line.front() == '[') {
            std::size_t close = line.find(']');
            if (close == std::string_view::npos)
                return fail(Errc::invalid_argument, fmt::format("line {}: no ']' ends it", number));
            section = &file[std::string(trimmed(line.substr(1, close - 1)))];
            continue;
        }
        if (whole.front() == ' ' || whole.front() == '\t') continue;
        std::size_t equals = line.find('=');
        if (equals == std::string_view::npos || section == nullptr)
            return fail(
                Errc::invalid_argument,
                fmt::format("line {}: neither [section] nor key = value below one", number));
        (*section)[to_lower(trimmed(line.substr(0, equals)))] =
            std::string(without_comment(line.substr(equals + 1)));
    }
    return file;
}

}  // namespace pinflow::aws
