// SPDX-License-Identifier: Apache-2.0
#include "codec/json/reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"

namespace pinflow::json {

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::object: return "an object";
        case Kind::array: return "an array";
        case Kind::string: return "a string";
        case Kind::number: return "a number";
        case Kind::boolean: return "true or false";
        case Kind::null: return "null";
    }
    return "";
}

bool JsonReader::refuse_at(std::size_t position, const char* problem) {
    if (problem_ == nullptr) {
        problem_ = problem;
        problem_at_ = position;
    }
    return false;
}

std::unexpected<Error> JsonReader::failure() const {
    CHECK(problem_ != nullptr);
    return fail(Errc::invalid_argument, fmt::format("JSON, byte {}: {}", problem_at_, problem_));
}

Status JsonReader::status(bool is_ok) const {
    if (is_ok) return {};
    return failure();
}

std::unexpected<Error> JsonReader::wrong_kind(Kind wanted) {
    auto kind = peek();
    if (!kind) return std::unexpected(std::move(kind).error());
    return fail(Errc::invalid_argument, fmt::format("JSON, byte {}: expected {}, found {}", at_,
                                                    name_of(wanted), name_of(*kind)));
}

bool JsonReader::skip_space() {
    while (at_ < text_.size()) {
        char c = text_[at_];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return true;
        ++at_;
    }
    return false;
}

bool JsonReader::take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
}

bool JsonReader::take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return refuse("expected a value");
    at_ += word.size();
    return true;
}

Result<Kind> JsonReader::peek() {
    if (problem_ != nullptr) return failure();
    if (!skip_space()) {
        refuse(at_ == 0 ? "the text is empty" : "the text ends where a value should be");
        return failure();
    }
    switch (text_[at_]) {
        case '{': return Kind::object;
        case '[': return Kind::array;
        case '"': return Kind::string;
        case 't':
        case 'f': return Kind::boolean;
        case 'n': return Kind::null;
        case '-': return Kind::number;
        default: break;
    }
    if (text_[at_] >= '0' && text_[at_] <= '9') return Kind::number;
    refuse(text_.substr(at_).starts_with("\xEF\xBB\xBF") ? "a byte order mark is not JSON"
                                                         : "expected a value");
    return failure();
}

bool JsonReader::enter(char bracket) {
    skip_space();
    if (!take(bracket)) return false;
    is_first_ = true;
    return ++depth_ <= limits_.depth_max || refuse_at(at_ - 1, "nested too deep");
}

// After a value or an opening bracket: is there a further one?
bool JsonReader::next_in(char closing, const char* problem, bool& has_more) {
    if (!skip_space()) return refuse("the text ends within an array or object");
    bool is_first = std::exchange(is_first_, false);
    has_more = !take(closing);
    if (!has_more) {
        --depth_;
        return true;
    }
    if (is_first) return true;
    if (!take(',')) return refuse(problem);
    skip_space();
    return text_.substr(at_, 1) != std::string_view(&closing, 1) || refuse("a comma without a value");
}

Status JsonReader::enter_object() {
    if (!enter('{')) return problem_ ? failure() : wrong_kind(Kind::object);
    seen_.emplace_back();
    return {};
}

Result<std::optional<std::string>> JsonReader::next_member() {
    bool has_more = false;
    if (!next_in('}', "expected ',' or '}'", has_more)) return failure();
    if (!has_more) {
        seen_.pop_back();
        return std::optional<std::string>();
    }
    std::size_t begin = at_;
    std::string name;
    if (!scan_string(name, false)) return failure();
    skip_space();
    if (!take(':')) {
        refuse("expected ':'");
        return failure();
    }
    if (std::ranges::find(seen_.back(), name) != seen_.back().end()) {
        refuse_at(begin, "the same name stands twice in an object");
        return failure();
    }
    seen_.back().push_back(name);
    return std::optional(std::move(name));
}

Status JsonReader::enter_array() {
    if (!enter('[')) return problem_ ? failure() : wrong_kind(Kind::array);
    return {};
}

Result<bool> JsonReader::next_element() {
    bool has_more = false;
    if (!next_in(']', "expected ',' or ']'", has_more)) return failure();
    return has_more;
}

Result<std::string> JsonReader::read_string() {
    TRY(Kind kind, peek());
    if (kind != Kind::string) return wrong_kind(Kind::string);
    std::string text;
    if (!scan_string(text, false)) return failure();
    return text;
}

Result<std::int64_t> JsonReader::read_int() {
    TRY(Kind kind, peek());
    if (kind != Kind::number) return wrong_kind(Kind::number);
    std::size_t begin = at_;
    std::string digits;
    if (!copy_number(digits)) return failure();
    auto number = parse_int(digits);
    if (!number) {
        refuse_at(begin, "not an integer of 64 bits");
        return failure();
    }
    return *number;
}

Result<bool> JsonReader::read_bool() {
    TRY(Kind kind, peek());
    if (kind != Kind::boolean) return wrong_kind(Kind::boolean);
    bool is_true = text_[at_] == 't';
    if (!take_word(is_true ? "true" : "false")) return failure();
    return is_true;
}

Status JsonReader::read_null() {
    TRY(Kind kind, peek());
    if (kind != Kind::null) return wrong_kind(Kind::null);
    return status(take_word("null"));
}

Status JsonReader::copy_value(std::string& out) { return status(copy_any(out)); }

Status JsonReader::skip_value() {
    std::string ignored;
    return copy_value(ignored);
}

Status JsonReader::finish() {
    if (problem_ != nullptr) return failure();
    if (!skip_space()) return {};
    return status(refuse("something follows the end of the value"));
}

}  // namespace pinflow::json
