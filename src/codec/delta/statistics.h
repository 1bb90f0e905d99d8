// SPDX-License-Identifier: Apache-2.0
// The statistics of one data file: what `add.stats` holds. Readers skip files by them, so a bound
// that is not certain is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pinflow::delta {

struct ColumnBounds {
    std::string column;
    std::int64_t null_count = 0;
    std::optional<std::string> min_json;  // JSON values: 12, "art", "2020-01-02T03:04:05.000Z"
    std::optional<std::string> max_json;
};

struct FileStatistics {
    std::int64_t row_count = 0;
    std::vector<ColumnBounds> columns;
};

std::string write_statistics(const FileStatistics& statistics);

// numRecords, or nothing when the text does not say.
std::optional<std::int64_t> row_count_of(std::string_view stats);

}  // namespace pinflow::delta
