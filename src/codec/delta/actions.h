// SPDX-License-Identifier: Apache-2.0
// The actions of a Delta log entry as values (Delta transaction log protocol, "Actions").
// docs/formats/delta.md says which of their fields we write.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace pinflow::delta {

using Properties = std::map<std::string, std::string>;
using PartitionValues = std::map<std::string, std::optional<std::string>>;

struct Protocol {
    int min_reader_version = 1;
    int min_writer_version = 2;
    std::vector<std::string> reader_features;  // from reader version 3 on
    std::vector<std::string> writer_features;  // from writer version 7 on
    bool operator==(const Protocol&) const = default;
};

struct MetaData {
    std::string id;      // a GUID, the table's for ever
    std::string schema;  // Spark's JSON (schema_json.h)
    std::vector<std::string> partition_columns;
    Properties configuration;
    std::int64_t created_time_ms = 0;
    std::string format = "parquet";
    bool operator==(const MetaData&) const = default;
};

struct AddFile {
    std::string path;  // relative to the table, decoded
    std::uint64_t bytes = 0;
    std::int64_t modified_ms = 0;
    bool data_change = true;
    std::string stats;  // JSON text (statistics.h); empty: none
    Properties tags;
    PartitionValues partition_values;
    bool has_deletion_vector = false;  // some of its rows are gone: only read, never written
    bool operator==(const AddFile&) const = default;
};

struct RemoveFile {
    std::string path;  // relative to the table, decoded
    std::int64_t deleted_ms = 0;
    bool data_change = true;
    std::uint64_t bytes = 0;
    PartitionValues partition_values;
    bool operator==(const RemoveFile&) const = default;
};

// The last batch number of an application: what makes its appends idempotent.
struct Transaction {
    std::string app_id;
    std::int64_t version = 0;
    std::int64_t updated_ms = 0;
    bool operator==(const Transaction&) const = default;
};

struct CommitInfo {
    std::int64_t time_ms = 0;
    std::string operation;  // "CREATE TABLE", "WRITE"
    Properties parameters;
    Properties metrics;
    std::string engine;
    std::string transaction_id;  // unique to this attempt: how a writer knows its own commit again
    bool operator==(const CommitInfo&) const = default;
};

using Action = std::variant<CommitInfo, Protocol, MetaData, Transaction, RemoveFile, AddFile>;

// One line an action, each ended by a line feed.
std::string write_actions(const std::vector<Action>& actions);

// Unknown actions and fields are passed over, as the protocol demands. corrupt, naming the line,
// when one is no JSON object or lacks what its action must have; unsupported for sidecars (the
// v2Checkpoint feature), without which the table would seem emptier than it is.
// Two errors of other writers are understood: `stats` as an object, and a modificationTime in
// seconds.
Result<std::vector<Action>> read_actions(std::string_view lines);

}  // namespace pinflow::delta
