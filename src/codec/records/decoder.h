// SPDX-License-Identifier: Apache-2.0
// Stored JSON becomes typed columns here, for the batch and the stream alike.
//
// A document is an object (one record), an array of objects (a record each), or, where the shape
// declares it, a string that wraps one of these. Every record becomes a row or is refused with a
// reason: a value of the wrong type is null (integer column: "33", 20.5, 24.0, true, out of range);
// a text column takes any other JSON value as its JSON text; a double also takes NaN and Infinity,
// as words or texts; unknown fields are ignored; the last of repeated keys counts. A record needs a
// whole-number key. Nothing here is specific to one pipeline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/records/document.h"
#include "record/pipeline.h"
#include "record/rows.h"

namespace pinflow::records {

inline constexpr std::size_t kDocumentBytesMax = 16 << 20;
inline constexpr int kDepthMax = 1000;                // containers in one another; Jackson's limit
inline constexpr std::size_t kNumberCharsMax = 1000;  // Jackson's limit
inline constexpr int kUnwrapMax = 3;                  // strings in one another

// One record that gave no row.
struct Refusal {
    std::string reason;  // one of reasons.h
    std::string raw;     // the record's bytes as stored
};

class Decoder final {
public:
    // invalid_argument: the key is not a column of whole numbers. unsupported: a column type that
    // JSON has no form for (timestamp, binary: declare it string and cast it in the cleaning).
    static Result<Decoder> open(const RecordShape& shape);

    // From now on only these of the shape's columns, by index, are appended, in this order. A
    // record's other fields are checked all the same: which records are refused does not change.
    void choose(std::vector<std::size_t> columns);

    // Appends the document's records to `rows` (of the chosen columns), or to `refused`. Returns
    // how many records it counted for, at least one: the sum of what it appended to the two.
    std::int64_t decode(std::string_view document, Rows& rows, std::vector<Refusal>& refused);

    const Schema& columns() const { return shape_.columns; }  // all of them

private:
    explicit Decoder(const RecordShape& shape);

    std::int64_t take_records(std::string_view document, Rows& rows, std::vector<Refusal>& refused);
    bool unwrap(std::string_view text);
    bool looks_wrapped(std::string_view text) const;
    std::string_view key_of(std::span<const Cell> record, std::int64_t& key) const;
    bool has_other_column(std::span<const Cell> record) const;
    void append_row(std::span<const Cell> record, std::int64_t key, Rows& rows) const;
    void append_cell(const Cell& cell, Column& column) const;

    RecordShape shape_;
    std::vector<std::size_t> chosen_;
    std::size_t key_column_ = 0;
    std::vector<std::size_t> fallback_slots_;
    DocumentReader reader_;
    std::string unwrapped_;
};

}  // namespace pinflow::records
