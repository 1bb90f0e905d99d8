// SPDX-License-Identifier: Apache-2.0
// SQL over typed columns and Parquet files. Native twin: engine/ (DuckDB). All calls block: use
// them on a background reactor or a command's own thread. One session is used by one thread at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/rows.h"

namespace pinflow {

struct ColumnStats {
    std::string column;
    std::int64_t null_count = 0;
    // As JSON values ready for Delta statistics ("12", "\"art\"", "\"2020-01-02T03:04:05.000Z\"");
    // absent for lists, binary, or when every value is null or a NaN.
    std::optional<std::string> min_json;
    std::optional<std::string> max_json;
};

// A finished local Parquet file, not yet synced: the object store does that.
struct ParquetFile {
    std::string path;
    std::uint64_t bytes = 0;
    std::int64_t row_count = 0;
    Schema schema;
    std::vector<ColumnStats> stats;
};

struct SqlSettings {
    int threads = 0;                     // 0: one a core. Micro-batches want 1
    std::uint64_t memory_bytes_max = 0;  // 0: the engine's default
    std::string spill_directory;         // for a folder of the session's own; empty: no spilling
    bool any_order = false;              // true: rows without ORDER BY may come as is quickest
    bool allow_files = true;             // false: SQL typed by users cannot name files
};

// One reading of a RowSource, from its first row to its last. Destroyed with the statement.
class RowPass {
public:
    virtual ~RowPass() = default;

    // Puts the next rows into `rows`, which is empty and of the columns asked for; false: there are
    // no more. In no particular order. Several threads of the engine at once; it may block. Its
    // error becomes the statement's.
    virtual Result<bool> next(Rows& rows) = 0;
};

// Rows that a statement reads as it goes, instead of a table that holds them.
class RowSource {
public:
    virtual ~RowSource() = default;
    virtual const Schema& schema() const = 0;

    // `columns`: which of the schema's the statement wants, by index. Any thread of the engine.
    virtual Result<std::unique_ptr<RowPass>> begin(std::vector<std::size_t> columns) = 0;
};

class SqlSession {
public:
    virtual ~SqlSession() = default;

    // Runs statements for their effect. The error carries the engine's own text and hint.
    virtual Status execute(std::string_view sql) = 0;

    // Creates (or replaces) an empty table, and adds rows to it. Schemas must be equal.
    virtual Status create_table(std::string_view name, const Schema& schema) = 0;
    virtual Status append(std::string_view name, const Rows& rows) = 0;

    // A view `name` over Parquet files of one schema. Timestamps appear as UTC TIMESTAMP, so that
    // year() is quick (reference: year() on a zoned timestamp costs ten times more).
    // Columns absent in a file are null. No file at all gives an empty view of `schema`.
    virtual Status create_view(std::string_view name, const Schema& schema,
                               const std::vector<std::string>& parquet_paths) = 0;

    // A view `name` whose every reading is a pass over the source, which outlives the session.
    virtual Status create_source(std::string_view name, RowSource& source) = 0;

    // One select, all of it in memory. Integer sums and decimals arrive as int64 or float64.
    virtual Result<Rows> query(std::string_view sql) = 0;

    // One select into one Parquet file (zstd), columns cast to `schema`; zero rows give a valid
    // file.
    virtual Result<ParquetFile> write_parquet(std::string_view sql, const Schema& schema,
                                              const std::string& path) = 0;

    // The same into as many files as it takes, each closed once it is over `file_bytes`. Their
    // names follow from `path`: "a/b.parquet" gives a/b_0.parquet, a/b_1.parquet ... One at least.
    virtual Result<std::vector<ParquetFile>> write_parquet_files(std::string_view sql,
                                                                 const Schema& schema,
                                                                 const std::string& path,
                                                                 std::uint64_t file_bytes) = 0;

    virtual void interrupt() = 0;  // from any thread: the running call fails with `cancelled`
};

class SqlEngine {
public:
    virtual ~SqlEngine() = default;

    // A session of its own, in memory, time zone UTC, nothing fetched from any network.
    // unavailable when the engine's library cannot be loaded (the text says where it was looked
    // for).
    virtual Result<std::unique_ptr<SqlSession>> open_session(const SqlSettings& settings) = 0;
};

}  // namespace pinflow
