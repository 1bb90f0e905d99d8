// SPDX-License-Identifier: Apache-2.0
#include "engine/copy_result.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>

#include "engine/chunks.h"
#include "engine/parquet_stats.h"

namespace pinflow::engine {
namespace {

// The columns of the answer: filename, count, file_size_bytes, footer_size_bytes,
// column_statistics MAP(VARCHAR, MAP(VARCHAR, VARCHAR)), partition_keys.
constexpr idx_t kPathColumn = 0;
constexpr idx_t kCountColumn = 1;
constexpr idx_t kBytesColumn = 2;
constexpr idx_t kStatisticsColumn = 4;

// DuckDB keeps a MAP as a LIST of STRUCT(key, value).
struct MapVector {
    MapVector(const DuckDb& api, duckdb_vector map)
        : entries(static_cast<const duckdb_list_entry*>(api.vector_get_data(map))),
          keys(api.struct_vector_get_child(api.list_vector_get_child(map), 0)),
          values(api.struct_vector_get_child(api.list_vector_get_child(map), 1)) {}

    const duckdb_list_entry* entries;
    duckdb_vector keys;
    duckdb_vector values;
};

std::map<std::string, CopyStats> statistics_at(const DuckDb& api, duckdb_vector vector,
                                               std::size_t row) {
    std::map<std::string, CopyStats> by_path;
    MapVector columns(api, vector);
    MapVector facts(api, columns.values);
    auto [first, count] = columns.entries[row];
    for (idx_t at = first; at < first + count; ++at) {
        CopyStats& stats = by_path[std::string(string_at(api, columns.keys, at))];
        auto [fact, facts_count] = facts.entries[at];
        for (idx_t end = fact + facts_count; fact < end; ++fact)
            stats.emplace(string_at(api, facts.keys, fact), string_at(api, facts.values, fact));
    }
    return by_path;
}

}  // namespace

Result<std::vector<ParquetFile>> take_parquet_files(const DuckDb& api, QueryResult& result,
                                                    const Schema& schema) {
    std::vector<ParquetFile> files;
    while (api.column_count(result.out()) > kStatisticsColumn) {
        Chunk chunk(api, api.fetch_chunk(*result.out()));
        if (chunk.get() == nullptr) break;
        auto vector = [&](idx_t column) { return api.data_chunk_get_vector(chunk.get(), column); };
        auto number = [&](idx_t column, std::size_t row) {
            return static_cast<const std::uint64_t*>(api.vector_get_data(vector(column)))[row];
        };
        for (std::size_t row = 0; row < api.data_chunk_get_size(chunk.get()); ++row) {
            files.push_back({.path = std::string(string_at(api, vector(kPathColumn), row)),
                             .bytes = number(kBytesColumn, row),
                             .row_count = static_cast<std::int64_t>(number(kCountColumn, row)),
                             .schema = schema,
                             .stats = column_stats(
                                 schema, statistics_at(api, vector(kStatisticsColumn), row))});
        }
    }
    if (files.empty())
        return fail(Errc::internal, fmt::format("DuckDB {} says nothing of the file it wrote",
                                                api.library_version()));
    return files;
}

}  // namespace pinflow::engine
