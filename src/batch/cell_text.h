// SPDX-License-Identifier: Apache-2.0
// One value of a column as people and programs read it.
#pragma once

#include <cstdint>
#include <string>

#include "codec/json/writer.h"
#include "record/rows.h"

namespace pinflow::batch {

// Microseconds since 1970 as "2022-12-31 23:59:59[.999999]" UTC, without trailing zeros.
std::string timestamp_text(std::int64_t unix_us);

// How answers are written: whole doubles as integers, timestamps as text, NaN and infinities as the
// texts "NaN", "Infinity", "-Infinity", binary as its text where it is UTF-8.
json::WriterOptions answer_style();
void write_cell(json::JsonWriter& writer, const Column& column, std::size_t row);

// The same value as JSON text, and as plain text (null is empty; a text has no quotes).
std::string cell_json(const Column& column, std::size_t row);
std::string cell_text(const Column& column, std::size_t row);

// {"column": value, …} in column order.
void write_row(json::JsonWriter& writer, const Rows& rows, std::size_t row);

}  // namespace pinflow::batch
