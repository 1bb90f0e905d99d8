// SPDX-License-Identifier: Apache-2.0
#include "app/properties_text.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "codec/json/utf8.h"

namespace pinflow::app {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\f'; }

// Natural lines joined to a logical one, escapes still in it.
class LogicalLines final {
public:
    explicit LogicalLines(std::string_view bytes) : bytes_(bytes) {}

    struct Line {
        std::string text;
        int number = 0;
    };

    std::optional<Line> next() {
        while (at_ < bytes_.size()) {
            Line line{.number = number_ + 1};
            std::string_view natural = take_natural();
            if (natural.empty() || natural.front() == '#' || natural.front() == '!') continue;
            while (is_continued(natural) && at_ < bytes_.size()) {
                line.text.append(natural.substr(0, natural.size() - 1));
                natural = take_natural();
            }
            if (is_continued(natural)) natural.remove_suffix(1);  // Java drops it at the end
            line.text.append(natural);
            return line;
        }
        return std::nullopt;
    }

private:
    // Without white space in front, and without its end.
    std::string_view take_natural() {
        std::size_t end = std::min(bytes_.find_first_of("\r\n", at_), bytes_.size());
        std::string_view line = bytes_.substr(at_, end - at_);
        at_ = end;
        if (bytes_.substr(at_, 2) == "\r\n") ++at_;
        if (at_ < bytes_.size()) ++at_;
        ++number_;
        while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
        return line;
    }

    static bool is_continued(std::string_view line) {
        std::size_t last = line.find_last_not_of('\\');
        std::size_t slashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
        return slashes % 2 == 1;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    int number_ = 0;
};

std::optional<char32_t> hex_unit(std::string_view text, std::size_t at) {
    if (at + 4 > text.size()) return std::nullopt;
    char32_t unit = 0;
    for (char c : text.substr(at, 4)) {
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) return std::nullopt;
        unit = unit * 16 + static_cast<char32_t>(digit);
    }
    return unit;
}

// `at` stands behind "\u" and is moved behind the character.
std::optional<char32_t> take_unicode(std::string_view text, std::size_t& at) {
    auto unit = hex_unit(text, at);
    if (!unit) return std::nullopt;
    at += 4;
    if (*unit < 0xD800 || *unit > 0xDFFF) return unit;
    if (*unit > 0xDBFF || text.substr(at, 2) != "\\u") return std::nullopt;
    auto low = hex_unit(text, at + 2);
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return std::nullopt;
    at += 6;
    return 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
}

char unescaped(char c) {
    switch (c) {
        case 't': return '\t';
        case 'n': return '\n';
        case 'r': return '\r';
        case 'f': return '\f';
        default: return c;
    }
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        char c = text[at++];
        if (c == '\\' && at < text.size()) {
            c = text[at++];
            if (c == 'u') {
                auto code_point = take_unicode(text, at);
                if (!code_point) return std::nullopt;
                json::append_utf8(out, *code_point);
                continue;
            }
            c = unescaped(c);
        }
        json::append_utf8(out, static_cast<unsigned char>(c));  // ISO-8859-1
    }
    return out;
}

// Where the key ends: at the first '=', ':' or white space that no backslash precedes.
std::size_t key_end(std::string_view line) {
    std::size_t at = 0;
    for (; at < line.size(); ++at) {
        if (line[at] == '\\') ++at;
        else if (line[at] == '=' || line[at] == ':' || is_space(line[at])) break;
    }
    return std::min(at, line.size());
}

}  // namespace

Result<std::vector<Property>> parse_properties(std::string_view bytes) {
    std::vector<Property> properties;
    LogicalLines lines(bytes);
    while (auto line = lines.next()) {
        std::string_view text = line->text;
        std::size_t end = key_end(text);
        std::string_view value = text.substr(end);
        auto skip_space = [&value] {
            while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
        };
        skip_space();
        if (!value.empty() && (value.front() == '=' || value.front() == ':'))
            value.remove_prefix(1);
        skip_space();
        auto key = decoded(text.substr(0, end)), told = decoded(value);
        if (!key || !told) {
            return fail(Errc::invalid_argument,
                        fmt::format("line {}: a \\u there is no character's", line->number));
        }
        properties.push_back(
            {.key = *std::move(key), .value = *std::move(told), .line = line->number});
    }
    return properties;
}

}  // namespace pinflow::app
