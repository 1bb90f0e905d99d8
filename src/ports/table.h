// SPDX-License-Identifier: Apache-2.0
// Tables of immutable Parquet files with a commit log. Native twin: lake/ (Delta Lake).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/sql_engine.h"
#include "record/record.h"
#include "record/schema.h"

namespace pinflow {

struct DataFile {
    std::string key;         // within the lake's object store: "pin/part-….parquet"
    std::string local_path;  // where the engine reads it
    std::uint64_t bytes = 0;
    std::int64_t row_count = -1;              // -1: unknown (a foreign file without statistics)
    std::map<std::string, std::string> tags;  // lineage: which offsets are in it
};

struct TableSnapshot {
    std::int64_t version = 0;
    Schema schema;
    std::vector<DataFile> files;
    std::map<std::string, std::int64_t> batches;    // application id -> last batch number committed
    std::map<std::string, std::string> properties;  // the table's own, by name

    std::int64_t row_count() const {
        std::int64_t total = 0;
        for (const DataFile& file : files) total += file.row_count < 0 ? 0 : file.row_count;
        return total;
    }
};

// Makes an append idempotent: the same (app_id, number) is committed once, whoever repeats it.
struct BatchId {
    std::string app_id;
    std::int64_t number = 0;
};

struct TableFile {
    ParquetFile parquet;
    std::map<std::string, std::string> tags;
};

// One commit that may remove, add and note at once.
struct TableChange {
    enum class Removes {
        nothing,
        tagged,  // the files that have `tag` among their tags
        everything,
    };
    Removes removes = Removes::nothing;
    std::pair<std::string, std::string> tag;  // name and value
    Schema schema;  // the table's afterwards: where rows stay, it must be what it was
    std::vector<TableFile> files;
    std::optional<BatchId> batch;
    std::map<std::string, std::string> properties;  // set to these; others stay; empty: taken away
};

struct TableCommit {
    std::int64_t version = 0;  // where the table stands now
    bool is_repeat = false;    // the batch had been committed before: nothing was added
};

struct TableEvent {
    std::int64_t version = 0;
    Timestamp time_ms = 0;
    std::string operation;  // "CREATE TABLE", "WRITE", ...
    std::int64_t rows_added = 0;
    std::int64_t files_added = 0;
    std::int64_t files_removed = 0;
};

// One writer process a table; readers anywhere. Any background reactor.
class Table {
public:
    virtual ~Table() = default;

    // The table at a version, or as it is now. not_found: no table, or no such version.
    // corrupt: the log does not parse. unsupported: it needs reader features we lack (named).
    // Its files lie where the engine can read them, which may take fetching them.
    virtual Task<Result<TableSnapshot>> read(std::optional<std::int64_t> version) = 0;

    // The same without fetching: for who wants to know of the files, not to read them. Their
    // local_path is empty where it is not known.
    virtual Task<Result<TableSnapshot>> look(std::optional<std::int64_t> version) = 0;

    // Creates it if absent. conflict if it is there with another schema.
    virtual Task<Status> ensure(Schema schema) = 0;

    // Adds the files in one commit; they are durable before the commit names them. Files without
    // rows are left out; with no rows at all only the batch number moves on.
    virtual Task<Result<TableCommit>> append(std::vector<TableFile> files, BatchId batch) = 0;

    // Replaces all rows in one commit, and the schema with it.
    virtual Task<Result<TableCommit>> replace(Schema schema, std::vector<TableFile> files) = 0;

    // All of the change or nothing; creates the table if it is absent. A batch that was committed
    // before changes nothing. conflict for another schema beside rows that stay.
    virtual Task<Result<TableCommit>> change(TableChange change) = 0;

    virtual Task<Result<std::vector<TableEvent>>> history() = 0;  // newest first
};

class Lake {
public:
    virtual ~Lake() = default;

    // A handle; the table need not exist. invalid_argument for a name outside [a-zA-Z0-9_.-].
    virtual Result<std::unique_ptr<Table>> table(std::string name) = 0;

    virtual Task<Result<std::vector<std::string>>> list_tables() = 0;  // by name

    // A fresh path for a Parquet file to be written before it is handed to a table.
    virtual Result<std::string> staging_path() = 0;
};

}  // namespace pinflow
