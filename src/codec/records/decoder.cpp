// SPDX-License-Identifier: Apache-2.0
#include "codec/records/decoder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "codec/records/reasons.h"

namespace pinflow::records {
namespace {

std::optional<std::size_t> index_of(const Schema& fields, std::string_view name) {
    auto found = std::ranges::find(fields, name, &Field::name);
    if (found == fields.end()) return std::nullopt;
    return static_cast<std::size_t>(found - fields.begin());
}

bool is_whole(ColumnType type) { return type == ColumnType::int32 || type == ColumnType::int64; }

// The columns, then the fallback keys that are no columns themselves.
Schema slots_of(const RecordShape& shape) {
    Schema slots = shape.columns;
    ColumnType key_type = slots[*index_of(slots, shape.key)].type;
    for (const std::string& name : shape.key_fallbacks) {
        if (!index_of(slots, name)) slots.push_back({.name = name, .type = key_type});
    }
    return slots;
}

}  // namespace

Result<Decoder> Decoder::open(const RecordShape& shape) {
    std::optional<std::size_t> key = index_of(shape.columns, shape.key);
    if (!key || !is_whole(shape.columns[*key].type)) {
        return fail(
            Errc::invalid_argument,
            fmt::format("key {}: must be one of the record's columns, of type bigint or int",
                        shape.key));
    }
    for (const Field& field : shape.columns) {
        if (field.type == ColumnType::timestamp || field.type == ColumnType::binary) {
            return fail(
                Errc::unsupported,
                fmt::format(
                    "record column {}: JSON has no {}; declare it string and cast it in the "
                    "cleaning SQL",
                    field.name, name_of(field.type)));
        }
    }
    return Decoder(shape);
}

Decoder::Decoder(const RecordShape& shape)
    : shape_(shape), key_column_(*index_of(shape.columns, shape.key)), reader_(slots_of(shape)) {
    Schema slots = slots_of(shape);
    for (const std::string& name : shape.key_fallbacks)
        fallback_slots_.push_back(*index_of(slots, name));
    for (std::size_t column = 0; column < shape_.columns.size(); ++column)
        chosen_.push_back(column);
}

void Decoder::choose(std::vector<std::size_t> columns) { chosen_ = std::move(columns); }

std::int64_t Decoder::decode(std::string_view document, Rows& rows, std::vector<Refusal>& refused) {
    DocumentForm form = reader_.read(document);
    int unwrapped = 0;
    while (form == DocumentForm::text) {
        if (shape_.unwrap.empty() || unwrapped++ == kUnwrapMax || !unwrap(reader_.text())) {
            refused.push_back({std::string(shape_.unwrap.empty() ? kNotObject : kWrappedUnknown),
                               std::string(document)});
            return 1;
        }
        form = reader_.read(unwrapped_);
    }
    if (form == DocumentForm::refused) {
        refused.push_back({std::string(reader_.reason()), std::string(document)});
        return 1;
    }
    return take_records(document, rows, refused);
}

std::int64_t Decoder::take_records(std::string_view document, Rows& rows,
                                   std::vector<Refusal>& refused) {
    std::size_t count = reader_.record_count();
    for (std::size_t index = 0; index < count; ++index) {
        std::span<const Cell> record = reader_.record(index);
        std::int64_t key = 0;
        std::string_view reason = key_of(record, key);
        if (reason.empty()) {
            append_row(record, key, rows);
        } else {
            // A document of one record is kept as it was stored, wrapping and all.
            std::string_view raw = count == 1 ? document : reader_.raw(index);
            refused.push_back({std::string(reason), std::string(raw)});
        }
    }
    return static_cast<std::int64_t>(count);
}

bool Decoder::looks_wrapped(std::string_view text) const {
    std::string_view inner = trim(text);
    return inner.starts_with('{') || inner.starts_with('[') || inner.starts_with('"');
}

// The first declared wrapping that fits. `text` lies in the reader, so it is copied out first.
bool Decoder::unwrap(std::string_view text) {
    std::string content(text);
    for (Unwrap wrapping : shape_.unwrap) {
        if (wrapping == Unwrap::json_string && looks_wrapped(content)) {
            unwrapped_ = std::move(content);
            return true;
        }
        if (wrapping == Unwrap::base64) {
            Result<std::string> decoded = base64_decode(content);
            if (decoded && looks_wrapped(*decoded)) {
                unwrapped_ = *std::move(decoded);
                return true;
            }
        }
    }
    return false;
}

// Puts the record's key into `key`, or says why it has none.
std::string_view Decoder::key_of(std::span<const Cell> record, std::int64_t& key) const {
    const Cell& own = record[key_column_];
    if (own.has_value()) {
        key = own.integer;
        return {};
    }
    for (std::size_t slot : fallback_slots_) {
        if (record[slot].has_value() && has_other_column(record)) {
            key = record[slot].integer;
            return {};
        }
    }
    if (own.state == Cell::State::null) return kKeyNull;
    return own.state == Cell::State::wrong_type ? kKeyNotWhole : kKeyMissing;
}

// A fallback key is believed only beside another column with a value: a record of another kind that
// strayed into this topic has none, and must not become a row of nulls.
bool Decoder::has_other_column(std::span<const Cell> record) const {
    for (std::size_t column = 0; column < shape_.columns.size(); ++column) {
        bool is_key = column == key_column_ || std::ranges::count(fallback_slots_, column) > 0;
        if (!is_key && record[column].has_value()) return true;
    }
    return false;
}

void Decoder::append_row(std::span<const Cell> record, std::int64_t key, Rows& rows) const {
    for (std::size_t at = 0; at < chosen_.size(); ++at) {
        std::size_t column = chosen_[at];
        if (column == key_column_) {
            rows.columns[at].push_integer(key);
        } else {
            append_cell(record[column], rows.columns[at]);
        }
    }
}

void Decoder::append_cell(const Cell& cell, Column& column) const {
    if (!cell.has_value()) return column.push_null();
    switch (column.type) {
        case ColumnType::boolean:
        case ColumnType::int32:
        case ColumnType::int64: return column.push_integer(cell.integer);
        case ColumnType::float64: return column.push_float(cell.real);
        case ColumnType::text: return column.push_text(cell.text);
        case ColumnType::float64_list:
            return column.push_list(reader_.items(cell), reader_.items_valid(cell));
        case ColumnType::timestamp:
        case ColumnType::binary: break;
    }
    CHECK(false, "open() refused this column type");
}

}  // namespace pinflow::records
