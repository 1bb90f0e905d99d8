// SPDX-License-Identifier: Apache-2.0
#include "batch/table_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/text.h"
#include "batch/cell_text.h"
#include "batch/shown_text.h"

namespace pinflow::batch {
namespace {

constexpr std::size_t kWidthMin = 20;
constexpr std::size_t kBarMax = 24;
constexpr std::size_t kColumnMin = 6;  // a column is not squeezed further
constexpr std::string_view kGap = "  ";

bool is_number(ColumnType type) {
    return type == ColumnType::int32 || type == ColumnType::int64 || type == ColumnType::float64;
}

double number_at(const Column& column, std::size_t row) {
    return column.type == ColumnType::float64 ? column.floats[row]
                                              : static_cast<double>(column.integers[row]);
}

// The greatest value of a column that bars can be drawn for, or 0.
double bar_scale(const Rows& rows, std::size_t row_count) {
    if (rows.columns.size() < 2 || !is_number(rows.columns.back().type)) return 0;
    double greatest = 0;
    for (std::size_t row = 0; row < row_count; ++row) {
        if (rows.columns.back().is_null(row)) continue;
        double value = number_at(rows.columns.back(), row);
        if (!(value >= 0) || std::isinf(value)) return 0;
        greatest = std::max(greatest, value);
    }
    return greatest;
}

// Eighths of a cell, so that small differences show.
std::string bar(double share, std::size_t width, bool ascii) {
    double cells = share * static_cast<double>(width);
    if (ascii) return std::string(static_cast<std::size_t>(std::lround(cells)), '#');
    constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    auto eighths = static_cast<std::size_t>(std::lround(cells * 8));
    std::string text;
    for (std::size_t whole = eighths / 8; whole > 0; --whole) text += "█";
    return text + std::string(kEighths[eighths % 8]);
}

std::string padded(std::string text, std::size_t width, bool to_the_right) {
    std::string blanks(width - std::min(width, shown_width(text)), ' ');
    return to_the_right ? blanks + text : text + blanks;
}

class TableDrawing {
public:
    TableDrawing(const Rows& rows, const TableStyle& style)
        : rows_(rows),
          style_(style),
          row_count_(style.rows_max == 0 ? rows.count() : std::min(rows.count(), style.rows_max)),
          scale_(bar_scale(rows, row_count_)) {
        fill();
        fit();
    }

    std::string draw() const {
        std::string out = line(0);
        std::string_view rule = style_.ascii ? "-" : "─";
        for (std::size_t at = 0; at < widths_.size(); ++at) {
            if (at > 0) out += kGap;
            for (std::size_t cell = 0; cell < widths_[at]; ++cell) out += rule;
        }
        out += '\n';
        for (std::size_t row = 0; row < row_count_; ++row) out += line(row + 1);
        if (std::size_t hidden = rows_.count() - row_count_; hidden > 0) {
            out += fmt::format("{} {} more {}\n", style_.ascii ? "..." : "…",
                               with_thousands(static_cast<std::int64_t>(hidden)),
                               hidden == 1 ? "row" : "rows");
        }
        return out;
    }

private:
    // lines_[0] is the header.
    void fill() {
        lines_.emplace_back();
        for (const Field& field : rows_.schema) lines_[0].push_back(without_controls(field.name));
        for (std::size_t row = 0; row < row_count_; ++row) {
            std::vector<std::string>& cells = lines_.emplace_back();
            for (std::size_t at = 0; at < rows_.columns.size(); ++at)
                cells.push_back(shown(row, at));
        }
        for (std::size_t at = 0; at < rows_.columns.size(); ++at) {
            std::size_t widest = 1;
            for (const auto& cells : lines_) widest = std::max(widest, shown_width(cells[at]));
            widths_.push_back(widest);
        }
    }

    std::string shown(std::size_t row, std::size_t at) const {
        const Column& column = rows_.columns[at];
        if (column.is_null(row)) return style_.ascii ? "-" : "–";
        bool is_counted =
            scale_ > 0 && at + 1 == rows_.columns.size() && column.type != ColumnType::float64;
        if (is_counted) return with_thousands(column.integers[row]);
        return without_controls(cell_text(column, row));
    }

    // The bar gets what is left; then the widest columns give way until the line fits.
    void fit() {
        std::size_t width = std::max(style_.width, kWidthMin);
        auto used = [&] {
            return std::accumulate(widths_.begin(), widths_.end(),
                                   kGap.size() * (widths_.size() - 1));
        };
        if (widths_.empty()) return;
        if (scale_ > 0 && used() + kGap.size() + 4 <= width) {
            bar_width_ = std::min(kBarMax, width - used() - kGap.size());
        }
        while (used() > width) {
            std::size_t& widest = *std::ranges::max_element(widths_);
            if (widest <= kColumnMin) break;
            --widest;
        }
    }

    std::string line(std::size_t index) const {
        std::string out;
        for (std::size_t at = 0; at < widths_.size(); ++at) {
            if (at > 0) out += kGap;
            std::string text =
                cut_to_width(lines_[index][at], widths_[at], style_.ascii ? "." : "…");
            out += padded(std::move(text), widths_[at], is_number(rows_.columns[at].type));
        }
        if (index > 0 && bar_width_ > 0 && !rows_.columns.back().is_null(index - 1)) {
            out += kGap;
            out +=
                bar(number_at(rows_.columns.back(), index - 1) / scale_, bar_width_, style_.ascii);
        }
        out.erase(out.find_last_not_of(' ') + 1);
        return out + '\n';
    }

    const Rows& rows_;
    const TableStyle& style_;
    std::size_t row_count_;
    double scale_;
    std::size_t bar_width_ = 0;
    std::vector<std::vector<std::string>> lines_;
    std::vector<std::size_t> widths_;
};

}  // namespace

std::string table_text(const Rows& rows, const TableStyle& style) {
    return TableDrawing(rows, style).draw();
}

}  // namespace pinflow::batch
