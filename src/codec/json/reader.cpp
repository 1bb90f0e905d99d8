// SPDX-License-Identifier: Apache-2.0
#include "codec/json/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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
        refuse_value();
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
    refuse_value();
    return failure();
}

bool JsonReader::refuse_value() {
    if (at_ == text_.size()) {
        return refuse(at_ == 0 ? "the text is empty" : "the text ends where a value should be");
    }
    bool is_mark = text_.substr(at_).starts_with("\xEF\xBB\xBF");
    return refuse(is_mark ? "a byte order mark is not JSON" : "expected a value");
}

bool JsonReader::take_digits() {
    std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin || refuse("expected a digit");
}

bool JsonReader::take_number() {
    take('-');
    if (take('0')) {
        bool has_more = at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9';
        if (has_more) return refuse("a number cannot begin with 0");
    } else if (!take_digits()) {
        return false;
    }
    if (take('.') && !take_digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('+')) take('-');
    return take_digits();
}

bool JsonReader::enter(char bracket) {
    skip_space();
    if (!take(bracket)) return false;
    is_first_ = true;
    return ++depth_ <= limits_.depth_max || refuse_at(at_ - 1, "nested too deep");
}

// After a value or an opening bracket, and space: is there a further value? Takes the comma before
// it, or the closing bracket.
bool JsonReader::next_in(char closing, const char* problem, bool& has_more) {
    if (at_ == text_.size()) return refuse("the text ends within an array or object");
    bool is_first = std::exchange(is_first_, false);
    has_more = !take(closing);
    if (!has_more) --depth_;
    return !has_more || is_first || take(',') || refuse(problem);
}

// After next_in said that there is more, and space.
bool JsonReader::is_value_next(char closing) {
    bool is_closed = at_ < text_.size() && text_[at_] == closing;
    return !is_closed || refuse("a comma without a value");
}

bool JsonReader::walk_in(char closing, const char* problem, bool& has_more) {
    skip_space();
    if (!next_in(closing, problem, has_more)) return false;
    if (!has_more) return true;
    skip_space();
    return is_value_next(closing);
}

Status JsonReader::enter_object() {
    if (!enter('{')) return problem_ ? failure() : wrong_kind(Kind::object);
    entered_.push_back(seen_.size());
    return {};
}

Result<std::optional<std::string>> JsonReader::next_member() {
    bool has_more = false;
    if (!walk_in('}', "expected ',' or '}'", has_more)) return failure();
    if (!has_more) {
        seen_.resize(entered_.back());
        entered_.pop_back();
        return std::optional<std::string>();
    }
    std::size_t begin = at_;
    std::string name;
    if (!scan_string(name)) return failure();
    skip_space();
    if (!take(':')) {
        refuse("expected ':'");
        return failure();
    }
    auto first = seen_.begin() + static_cast<std::ptrdiff_t>(entered_.back());
    if (std::find(first, seen_.end(), name) != seen_.end()) {
        refuse_at(begin, "the same name stands twice in an object");
        return failure();
    }
    seen_.push_back(name);
    return std::optional(std::move(name));
}

Status JsonReader::enter_array() {
    if (!enter('[')) return problem_ ? failure() : wrong_kind(Kind::array);
    return {};
}

Result<bool> JsonReader::next_element() {
    bool has_more = false;
    if (!walk_in(']', "expected ',' or ']'", has_more)) return failure();
    return has_more;
}

Result<std::string> JsonReader::read_string() {
    TRY(Kind kind, peek());
    if (kind != Kind::string) return wrong_kind(Kind::string);
    std::string text;
    if (!scan_string(text)) return failure();
    return text;
}

Result<std::int64_t> JsonReader::read_int() {
    TRY(Kind kind, peek());
    if (kind != Kind::number) return wrong_kind(Kind::number);
    std::size_t begin = at_;
    if (!take_number()) return failure();
    auto number = parse_int(text_.substr(begin, at_ - begin));
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

Status JsonReader::copy_value(std::string& out) {
    constexpr std::size_t kUsualBytes = 1 << 10;  // spares growing step by step; larger values grow
    skip_space();
    out.reserve(out.size() + std::min(text_.size() - at_, kUsualBytes));
    copy_from_ = at_;
    bool is_ok = copy_any(out);
    flush(out);
    return status(is_ok);
}

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
