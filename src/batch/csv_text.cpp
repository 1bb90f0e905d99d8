// SPDX-License-Identifier: Apache-2.0
#include "batch/csv_text.h"

#include "batch/cell_text.h"

namespace pinflow::batch {
namespace {

void append_field(std::string& out, std::string_view text) {
    bool is_plain = !text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos;
    if (is_plain) {
        out += text;
        return;
    }
    out += '"';
    for (char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace

std::string csv_text(const Rows& rows) {
    std::string out;
    for (std::size_t at = 0; at < rows.schema.size(); ++at) {
        if (at > 0) out += ',';
        append_field(out, rows.schema[at].name);
    }
    out += "\r\n";
    for (std::size_t row = 0; row < rows.count(); ++row) {
        for (std::size_t at = 0; at < rows.columns.size(); ++at) {
            if (at > 0) out += ',';
            const Column& column = rows.columns[at];
            if (!column.is_null(row)) append_field(out, cell_text(column, row));
        }
        out += "\r\n";
    }
    return out;
}

}  // namespace pinflow::batch
