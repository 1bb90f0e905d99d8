// SPDX-License-Identifier: Apache-2.0
// A strict pull reader of one JSON text (RFC 8259, no extension of any kind). It is both the
// minifier's engine and the way to walk small documents whose shape is known: envelopes, settings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinflow::json {

struct Limits {
    int depth_max = 64;  // arrays and objects within one another; `[]` is one
};

enum class Kind { object, array, string, number, boolean, null };

std::string_view name_of(Kind kind);

// Reads front to back. Every failure is invalid_argument with the byte position, and final: do not
// go on after one. What is refused, where RFC 8259 leaves a choice: duplicate names in an object, a
// byte order mark, lone surrogates, more depth than the limit. Numbers have no limits: they are text.
class JsonReader final {
public:
    // `text` must outlive the reader.
    explicit JsonReader(std::string_view text, Limits limits = {}) : text_(text), limits_(limits) {}

    Result<Kind> peek();  // the kind of the value that comes next

    // enter_object, then next_member until it gives nothing, reading one value after each name.
    Status enter_object();
    Result<std::optional<std::string>> next_member();

    // enter_array, then next_element until it says false, reading one value after each true.
    Status enter_array();
    Result<bool> next_element();

    Result<std::string> read_string();  // with escapes resolved, as UTF-8
    Result<std::int64_t> read_int();    // a number without fraction and exponent, within 64 bits
    Result<bool> read_bool();
    Status read_null();

    // Appends the next value, whatever it is, minified: no white space outside strings, \u escapes
    // resolved but for control characters, quote and backslash; numbers and order of names as sent.
    Status copy_value(std::string& out);
    Status skip_value();

    Status finish();  // nothing but white space is left

    std::size_t position() const { return at_; }

private:
    struct Name {
        std::size_t begin;  // in the output of copy_value
        std::size_t bytes;
        std::size_t position;  // in the input
    };

    bool refuse(const char* problem) { return refuse_at(at_, problem); }
    bool refuse_at(std::size_t position, const char* problem);
    std::unexpected<Error> failure() const;
    Status status(bool is_ok) const;
    std::unexpected<Error> wrong_kind(Kind wanted);

    bool skip_space();  // false at the end of the text
    bool take(char c);
    bool take_word(std::string_view word);
    bool enter(char bracket);
    bool next_in(char closing, const char* problem, bool& has_more);

    bool copy_any(std::string& out);
    bool copy_object(std::string& out);
    bool copy_member(std::string& out);
    bool copy_array(std::string& out);
    bool copy_word(std::string_view word, std::string& out);
    bool copy_number(std::string& out);
    bool copy_digits();
    bool check_names(const std::string& out, std::size_t first);

    // Strings (scan_string.cpp). `escaped`: append in the minified JSON form, else the text itself.
    bool scan_string(std::string& out, bool escaped);
    bool scan_escape(std::string& out, bool escaped);
    bool scan_unicode_escape(char32_t& code_point);
    bool scan_unit(unsigned& unit);

    std::string_view text_;
    Limits limits_;
    std::size_t at_ = 0;
    bool is_first_ = false;  // just after a bracket: no comma is due
    int depth_ = 0;
    std::vector<Name> names_;                     // of the objects being copied, innermost last
    std::vector<std::vector<std::string>> seen_;  // names met by next_member, one list a bracket
    std::size_t problem_at_ = 0;
    const char* problem_ = nullptr;
};

}  // namespace pinflow::json
