// SPDX-License-Identifier: Apache-2.0
#include "batch/cell_text.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

namespace pinflow::batch {
namespace {

void write_real(json::JsonWriter& writer, double value) {
    if (std::isnan(value)) {
        writer.value(std::string_view("NaN"));
    } else if (std::isinf(value)) {
        writer.value(std::string_view(value > 0 ? "Infinity" : "-Infinity"));
    } else {
        writer.value(value);
    }
}

void write_list(json::JsonWriter& writer, const Column& column, std::size_t row) {
    writer.begin_array();
    std::span<const double> items = column.list(row);
    for (std::size_t item = 0; item < items.size(); ++item) {
        if (column.list_valid(row)[item]) {
            write_real(writer, items[item]);
        } else {
            writer.null();
        }
    }
    writer.end_array();
}

}  // namespace

std::string timestamp_text(std::int64_t unix_us) {
    using namespace std::chrono;
    sys_time<microseconds> at{microseconds{unix_us}};
    auto day = floor<days>(at);
    year_month_day date{day};
    hh_mm_ss time{at - day};
    std::string text =
        fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    time.hours().count(), time.minutes().count(), time.seconds().count());
    if (time.subseconds().count() == 0) return text;
    text += fmt::format(".{:06}", time.subseconds().count());
    return text.substr(0, text.find_last_not_of('0') + 1);
}

json::WriterOptions answer_style() { return {.whole_doubles_as_integers = true}; }

void write_cell(json::JsonWriter& writer, const Column& column, std::size_t row) {
    if (column.is_null(row)) {
        writer.null();
        return;
    }
    switch (column.type) {
        case ColumnType::boolean: writer.value(column.integers[row] != 0); break;
        case ColumnType::int32:
        case ColumnType::int64: writer.value(column.integers[row]); break;
        case ColumnType::float64: write_real(writer, column.floats[row]); break;
        case ColumnType::text:
        case ColumnType::binary: writer.value(column.text(row)); break;
        case ColumnType::timestamp:
            writer.value(std::string_view(timestamp_text(column.integers[row])));
            break;
        case ColumnType::float64_list: write_list(writer, column, row); break;
    }
}

std::string cell_json(const Column& column, std::size_t row) {
    json::JsonWriter writer(answer_style());
    write_cell(writer, column, row);
    return std::move(writer).take();
}

std::string cell_text(const Column& column, std::size_t row) {
    if (column.is_null(row)) return {};
    switch (column.type) {
        case ColumnType::text:
        case ColumnType::binary: return std::string(column.text(row));
        case ColumnType::timestamp: return timestamp_text(column.integers[row]);
        case ColumnType::float64: {
            std::string json = cell_json(column, row);
            return json.starts_with('"') ? json.substr(1, json.size() - 2) : json;
        }
        default: return cell_json(column, row);
    }
}

void write_row(json::JsonWriter& writer, const Rows& rows, std::size_t row) {
    writer.begin_object();
    for (std::size_t at = 0; at < rows.columns.size(); ++at) {
        writer.key(rows.schema[at].name);
        write_cell(writer, rows.columns[at], row);
    }
    writer.end_object();
}

}  // namespace pinflow::batch
