// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pinflow::json {

struct WriterOptions {
    bool escape_non_ascii = false;           // \uXXXX and surrogate pairs, as Python's json.dumps
    bool spaced = false;                     // ", " and ": ", as Python's json.dumps
    bool whole_doubles_as_integers = false;  // 3.0 as 3; otherwise 3.0, as Python's repr
};

// Builds one JSON text by appending; commas come by themselves. Text given to it should be UTF-8:
// ill-formed bytes become U+FFFD, so that what leaves is always JSON.
class JsonWriter final {
public:
    explicit JsonWriter(WriterOptions options = {}) : options_(options) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    JsonWriter& key(std::string_view name);
    JsonWriter& value(std::string_view text);
    JsonWriter& value(double number);  // shortest that reads back equal; NaN and infinities: null
    template <std::integral T>
    JsonWriter& value(T number) {
        if constexpr (std::same_as<T, bool>) {
            return raw(number ? "true" : "false");
        } else if constexpr (std::signed_integral<T>) {
            return integer(static_cast<std::int64_t>(number));
        } else {
            return unsigned_integer(static_cast<std::uint64_t>(number));
        }
    }
    JsonWriter& null() { return raw("null"); }
    JsonWriter& raw(std::string_view json);  // a finished JSON value, as it is

    // key(name) and value(v)
    template <class T>
    JsonWriter& member(std::string_view name, const T& v) {
        key(name);
        return value(v);
    }

    const std::string& text() const { return text_; }
    std::string take() &&;  // CHECKs that all that was begun has been ended

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    JsonWriter& integer(std::int64_t number);
    JsonWriter& unsigned_integer(std::uint64_t number);
    void separate();

    WriterOptions options_;
    std::string text_;
    bool needs_comma_ = false;
    int depth_ = 0;
};

// Appends `text` as a JSON string, quotes included.
void append_string(std::string& out, std::string_view text, bool escape_non_ascii = false);

}  // namespace pinflow::json
