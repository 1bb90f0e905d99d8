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
// byte order mark, lone surrogates, more depth than the limit. Numbers have no limits: they are
// text.
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
    // A member's name in an object being copied; minified, so equal names are equal texts.
    struct Name {
        std::size_t begin;
        std::size_t bytes;
        bool is_in_output;     // it had escapes; otherwise it stands in the input as it is
        std::size_t position;  // in the input
    };

    bool refuse(const char* problem) { return refuse_at(at_, problem); }
    bool refuse_at(std::size_t position, const char* problem);
    bool refuse_value();
    std::unexpected<Error> failure() const;
    Status status(bool is_ok) const;
    std::unexpected<Error> wrong_kind(Kind wanted);

    bool skip_space();  // false at the end of the text
    bool take(char c);
    bool take_word(std::string_view word);
    bool take_number();
    bool take_digits();
    bool enter(char bracket);
    bool next_in(char closing, const char* problem, bool& has_more);
    bool is_value_next(char closing);
    bool walk_in(char closing, const char* problem, bool& has_more);

    // What is copied is mostly what is there: [copy_from_, at_) waits to be appended in one piece,
    // and is appended where something must be left out or changed (copy_value.cpp).
    void flush(std::string& out);
    void drop_space(std::string& out);
    bool copy_any(std::string& out);
    bool copy_object(std::string& out);
    bool copy_member(std::string& out);
    bool copy_array(std::string& out);
    bool copy_string(std::string& out);
    bool copy_escape(std::string& out);
    bool copy_next(char closing, const char* problem, std::string& out, bool& has_more);
    bool check_names(const std::string& out, std::size_t first);

    // scan_string.cpp
    bool scan_string(std::string& out);
    bool scan_utf8();
    bool scan_escape(char32_t& code_point);
    bool scan_unicode_escape(char32_t& code_point);
    bool scan_unit(unsigned& unit);

    std::string_view text_;
    Limits limits_;
    std::size_t at_ = 0;
    bool is_first_ = false;  // just after a bracket: no comma is due
    int depth_ = 0;
    std::size_t copy_from_ = 0;
    std::vector<Name> names_;           // of the objects being copied, innermost last
    std::vector<std::string> seen_;     // names met by next_member, of the objects entered
    std::vector<std::size_t> entered_;  // where each one's begin in seen_
    std::size_t problem_at_ = 0;
    const char* problem_ = nullptr;
};

}  // namespace pinflow::json
