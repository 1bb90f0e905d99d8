// SPDX-License-Identifier: Apache-2.0
#include "batch/kept_rows.h"

#include <algorithm>
#include <cstring>

namespace pinflow::batch {
namespace {

template <class Vector>
void keep_each(Vector& values, const std::vector<bool>& kept) {
    if (values.empty()) return;
    std::size_t to = 0;
    for (std::size_t from = 0; from < kept.size(); ++from)
        if (kept[from]) values[to++] = values[from];
    values.resize(to);
}

// Bytes or items that lie one after the other, with the end of each row's.
template <class Vector>
void keep_stretches(Vector& values, const std::vector<std::uint64_t>& ends,
                    const std::vector<bool>& kept) {
    std::uint64_t to = 0;
    for (std::size_t row = 0; row < kept.size(); ++row) {
        std::uint64_t begin = row == 0 ? 0 : ends[row - 1];
        if (!kept[row]) continue;
        auto first = values.begin() + static_cast<std::ptrdiff_t>(begin);
        auto last = values.begin() + static_cast<std::ptrdiff_t>(ends[row]);
        std::copy(first, last, values.begin() + static_cast<std::ptrdiff_t>(to));
        to += ends[row] - begin;
    }
    values.resize(to);
}

void keep_ends(std::vector<std::uint64_t>& ends, const std::vector<bool>& kept) {
    std::uint64_t begin = 0, end = 0;
    std::size_t to = 0;
    for (std::size_t row = 0; row < kept.size(); ++row) {
        std::uint64_t length = ends[row] - begin;
        begin = ends[row];
        if (!kept[row]) continue;
        end += length;
        ends[to++] = end;
    }
    ends.resize(to);
}

void keep_cells(Column& column, const std::vector<bool>& kept) {
    bool is_list = column.type == ColumnType::float64_list;
    if (!column.ends.empty()) {
        if (is_list) {
            keep_stretches(column.floats, column.ends, kept);
            keep_stretches(column.item_valid, column.ends, kept);
        } else {
            keep_stretches(column.arena, column.ends, kept);
        }
        keep_ends(column.ends, kept);
    }
    keep_each(column.integers, kept);
    if (!is_list) keep_each(column.floats, kept);
    keep_each(column.valid, kept);
}

}  // namespace

void keep_rows(Rows& rows, const std::vector<bool>& kept) {
    if (kept.empty() || std::ranges::find(kept, false) == kept.end()) return;
    for (Column& column : rows.columns) keep_cells(column, kept);
}

}  // namespace pinflow::batch
