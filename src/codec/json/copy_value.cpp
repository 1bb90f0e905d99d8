// SPDX-License-Identifier: Apache-2.0
// JsonReader's way through values nobody looks into: checked to the last byte and copied minified.
#include <algorithm>

#include "codec/json/escape.h"
#include "codec/json/reader.h"
#include "codec/json/utf8.h"

namespace pinflow::json {

void JsonReader::flush(std::string& out) {
    out.append(text_.data() + copy_from_, at_ - copy_from_);
    copy_from_ = at_;
}

void JsonReader::drop_space(std::string& out) {
    if (at_ < text_.size() && text_[at_] > ' ') return;
    flush(out);
    skip_space();
    copy_from_ = at_;
}

bool JsonReader::copy_any(std::string& out) {
    if (at_ == text_.size()) return refuse_value();
    switch (text_[at_]) {
        case '{': return copy_object(out);
        case '[': return copy_array(out);
        case '"': return copy_string(out);
        case 't': return take_word("true");
        case 'f': return take_word("false");
        case 'n': return take_word("null");
        default: break;
    }
    bool is_number = text_[at_] == '-' || (text_[at_] >= '0' && text_[at_] <= '9');
    return is_number ? take_number() : refuse_value();
}

// As walk_in, with the space left out of the copy.
bool JsonReader::copy_next(char closing, const char* problem, std::string& out, bool& has_more) {
    drop_space(out);
    if (!next_in(closing, problem, has_more)) return false;
    if (!has_more) return true;
    drop_space(out);
    return is_value_next(closing);
}

bool JsonReader::copy_object(std::string& out) {
    if (!enter('{')) return false;
    std::size_t first_name = names_.size();
    for (;;) {
        bool has_more = false;
        if (!copy_next('}', "expected ',' or '}'", out, has_more)) return false;
        if (!has_more) break;
        if (!copy_member(out)) return false;
    }
    bool is_unique = check_names(out, first_name);
    names_.resize(first_name);
    return is_unique;
}

bool JsonReader::copy_member(std::string& out) {
    std::size_t position = at_;
    std::size_t waiting = at_ - copy_from_;
    std::size_t begin_in_output = out.size() + waiting;
    std::size_t copy_from = copy_from_;
    if (!copy_string(out)) return false;
    if (copy_from_ == copy_from) {
        names_.push_back({position, at_ - position, false, position});
    } else {
        flush(out);
        names_.push_back({begin_in_output, out.size() - begin_in_output, true, position});
    }
    drop_space(out);
    if (!take(':')) return refuse("expected ':'");
    drop_space(out);
    return copy_any(out);
}

bool JsonReader::copy_array(std::string& out) {
    if (!enter('[')) return false;
    for (;;) {
        bool has_more = false;
        if (!copy_next(']', "expected ',' or ']'", out, has_more)) return false;
        if (!has_more) return true;
        if (!copy_any(out)) return false;
    }
}

bool JsonReader::copy_string(std::string& out) {
    if (!take('"')) return refuse("expected a string");
    for (;;) {
        at_ = plain_run_end(text_, at_);
        if (at_ == text_.size()) return refuse("the text ends within a string");
        char c = text_[at_];
        if (c == '"') break;
        if (c == '\\' ? !copy_escape(out) : !scan_utf8()) return false;
    }
    ++at_;
    return true;
}

// Escapes of two characters are minimal already, but for that of the slash; the others are
// resolved.
bool JsonReader::copy_escape(std::string& out) {
    constexpr std::string_view kMinimal = "\"\\bfnrt";
    bool is_minimal =
        at_ + 1 < text_.size() && kMinimal.find(text_[at_ + 1]) != std::string_view::npos;
    if (is_minimal) {
        at_ += 2;
        return true;
    }
    flush(out);
    char32_t code_point = 0;
    if (!scan_escape(code_point)) return false;
    copy_from_ = at_;
    bool needs_escape = code_point < 0x20 || code_point == '"' || code_point == '\\';
    if (needs_escape) {
        append_ascii_escape(out, static_cast<char>(code_point));
    } else {
        append_utf8(out, code_point);
    }
    return true;
}

bool JsonReader::check_names(const std::string& out, std::size_t first) {
    constexpr std::size_t kPairwiseMax = 24;  // below, comparing all pairs is cheaper than sorting
    auto text = [&](const Name& name) {
        return (name.is_in_output ? std::string_view(out) : text_).substr(name.begin, name.bytes);
    };
    auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first);
    auto twice = names_.end();
    if (names_.size() - first <= kPairwiseMax) {
        for (auto i = begin; i != names_.end() && twice == names_.end(); ++i) {
            twice = std::find_if(i + 1, names_.end(), [&](const Name& other) {
                return other.bytes == i->bytes && text(other) == text(*i);
            });
        }
    } else {
        std::sort(begin, names_.end(), [&](const Name& a, const Name& b) {
            return std::pair(text(a), a.position) < std::pair(text(b), b.position);
        });
        twice = std::adjacent_find(
            begin, names_.end(), [&](const Name& a, const Name& b) { return text(a) == text(b); });
        if (twice != names_.end()) ++twice;
    }
    if (twice == names_.end()) return true;
    return refuse_at(twice->position, "the same name stands twice in an object");
}

}  // namespace pinflow::json
