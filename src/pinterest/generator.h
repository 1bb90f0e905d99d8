// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pinterest/followers.h"
#include "pinterest/layout.h"
#include "ports/source_db.h"

namespace pinflow::pinterest {

// Synthetic rows of the post database by the law that the course's data follows: the shape and dirt
// of pins, and people whose every property is the smallest of as many draws as they have pins. The same
// seed and row count give the same rows on every machine; a row does not depend on what was asked
// before. Any thread may ask. A few kilobytes, for any number of rows.
class Generator final {
public:
    static constexpr std::int64_t kRowsMax = 100'000'000;

    // 1 <= rows <= kRowsMax
    Generator(std::uint64_t seed, std::int64_t rows);

    std::int64_t rows() const { return rows_; }
    std::int64_t posters() const { return layout_.posters(); }  // beside the pseudo-poster

    // Row `row` of source_tables()[table]; `values` becomes one value a column and may be used again,
    // which spares allocations.
    void fill(std::size_t table, std::int64_t row, std::vector<SourceValue>& values) const;

private:
    void fill_pin(std::int64_t row, std::vector<SourceValue>& values) const;
    void fill_place(std::int64_t row, std::vector<SourceValue>& values) const;
    void fill_person(std::int64_t row, std::vector<SourceValue>& values) const;

    std::string followers_of(const RowPlace& place, std::int64_t row) const;

    std::uint64_t seed_;
    std::int64_t rows_;
    Layout layout_;
    Followers followers_;
};

}  // namespace pinflow::pinterest
