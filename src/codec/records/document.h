// SPDX-License-Identifier: Apache-2.0
// One walk over one JSON document: checks all of it, and picks the wanted fields of its objects.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "record/schema.h"

namespace pinflow::records {

// The value of one wanted field of one object.
struct Cell {
    enum class State : std::uint8_t {
        absent,  // the object has no such field
        null,
        wrong_type,  // there, but not of the column's type: null in the row
        value,
    };
    State state = State::absent;
    std::uint32_t item_count =
        0;                     // float64_list: this many of the reader's items, from `integer` on
    std::int64_t integer = 0;  // boolean, int32, int64
    double real = 0;           // float64
    std::string_view text;     // text: into the document or the reader, until the next read

    bool has_value() const { return state == State::value; }
    void set_null() { state = State::null; }
    void set_integer(std::int64_t whole) { state = State::value, integer = whole; }
    void set_real(double number) { state = State::value, real = number; }
    void set_text(std::string_view utf8) { state = State::value, text = utf8; }
    // The last of repeated keys counts; but Spark's reader leaves the earlier value standing when
    // the later one is not of the column's type (JacksonParser.convertObject).
    void set_wrong_type() {
        if (!has_value()) state = State::wrong_type;
    }
};

enum class DocumentForm { records, text, refused };

class DocumentReader final {
public:
    explicit DocumentReader(Schema slots);
    ~DocumentReader();
    DocumentReader(DocumentReader&&) noexcept;
    DocumentReader& operator=(DocumentReader&&) noexcept;

    // What the document is. What it found lives until the next read. `document` need not outlive
    // it.
    DocumentForm read(std::string_view document);

    std::string_view reason() const;   // of a refused document
    std::string_view text() const;     // of a document that is a string
    std::size_t record_count() const;  // of a document that is an object (1) or an array of them
    std::span<const Cell> record(std::size_t index) const;  // one cell a slot, in order
    std::string_view raw(std::size_t index) const;          // the object's own bytes
    std::span<const double> items(const Cell& cell) const;
    std::span<const std::uint8_t> items_valid(const Cell& cell) const;

private:
    class Walk;
    std::unique_ptr<Walk> walk_;
};

}  // namespace pinflow::records
