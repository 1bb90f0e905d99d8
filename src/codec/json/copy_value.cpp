// SPDX-License-Identifier: Apache-2.0
// JsonReader's way through values nobody looks into: checked to the last byte and copied minified.
#include <algorithm>

#include "codec/json/reader.h"

namespace pinflow::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool JsonReader::copy_any(std::string& out) {
    auto kind = peek();
    if (!kind) return false;
    switch (*kind) {
        case Kind::object: return copy_object(out);
        case Kind::array: return copy_array(out);
        case Kind::string: return scan_string(out, true);
        case Kind::number: return copy_number(out);
        case Kind::boolean: return copy_word(text_[at_] == 't' ? "true" : "false", out);
        case Kind::null: return copy_word("null", out);
    }
    return false;
}

bool JsonReader::copy_object(std::string& out) {
    if (!enter('{')) return false;
    out.push_back('{');
    std::size_t first_name = names_.size();
    for (bool is_first = true;; is_first = false) {
        bool has_more = false;
        if (!next_in('}', "expected ',' or '}'", has_more)) return false;
        if (!has_more) break;
        if (!is_first) out.push_back(',');
        if (!copy_member(out)) return false;
    }
    out.push_back('}');
    bool is_unique = check_names(out, first_name);
    names_.resize(first_name);
    return is_unique;
}

bool JsonReader::copy_member(std::string& out) {
    Name name{.begin = out.size(), .bytes = 0, .position = at_};
    if (!scan_string(out, true)) return false;
    name.bytes = out.size() - name.begin;
    names_.push_back(name);
    skip_space();
    if (!take(':')) return refuse("expected ':'");
    out.push_back(':');
    return copy_any(out);
}

bool JsonReader::copy_array(std::string& out) {
    if (!enter('[')) return false;
    out.push_back('[');
    for (bool is_first = true;; is_first = false) {
        bool has_more = false;
        if (!next_in(']', "expected ',' or ']'", has_more)) return false;
        if (!has_more) break;
        if (!is_first) out.push_back(',');
        if (!copy_any(out)) return false;
    }
    out.push_back(']');
    return true;
}

bool JsonReader::copy_word(std::string_view word, std::string& out) {
    if (!take_word(word)) return false;
    out.append(word);
    return true;
}

bool JsonReader::copy_digits() {
    std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > begin || refuse("expected a digit");
}

bool JsonReader::copy_number(std::string& out) {
    std::size_t begin = at_;
    take('-');
    bool is_zero = take('0');
    if (is_zero && at_ < text_.size() && is_digit(text_[at_])) {
        return refuse("a number cannot begin with 0");
    }
    if (!is_zero && !copy_digits()) return false;
    if (take('.') && !copy_digits()) return false;
    if (take('e') || take('E')) {
        if (!take('+')) take('-');
        if (!copy_digits()) return false;
    }
    out.append(text_, begin, at_ - begin);
    return true;
}

// Minified names are equal exactly when the names are: every character has one minified form.
bool JsonReader::check_names(const std::string& out, std::size_t first) {
    constexpr std::size_t kPairwiseMax = 24;  // below, comparing all pairs is cheaper than sorting
    auto text = [&](const Name& name) {
        return std::string_view(out).substr(name.begin, name.bytes);
    };
    auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first);
    auto twice = names_.end();
    if (names_.size() - first <= kPairwiseMax) {
        for (auto i = begin; i != names_.end() && twice == names_.end(); ++i) {
            twice = std::find_if(i + 1, names_.end(),
                                 [&](const Name& other) { return text(other) == text(*i); });
        }
    } else {
        std::sort(begin, names_.end(), [&](const Name& a, const Name& b) {
            return std::pair(text(a), a.position) < std::pair(text(b), b.position);
        });
        twice = std::adjacent_find(begin, names_.end(), [&](const Name& a, const Name& b) {
            return text(a) == text(b);
        });
        if (twice != names_.end()) ++twice;
    }
    if (twice == names_.end()) return true;
    return refuse_at(twice->position, "the same name stands twice in an object");
}

}  // namespace pinflow::json
