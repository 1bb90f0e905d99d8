// SPDX-License-Identifier: Apache-2.0
#include "batch/stored_records.h"

#include <fmt/format.h>

#include "base/text.h"
#include "batch/cleaning.h"
#include "batch/part_decoder.h"

namespace pinflow::batch {
namespace {

std::string quoted(std::string_view name) {
    std::string text = "\"";
    for (char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
    return text + '"';
}

std::string column_list(const Schema& schema) {
    std::vector<std::string> names;
    for (const Field& field : schema) names.push_back(quoted(field.name));
    return join(names, ", ");
}

// A record's position in the arrival of everything: its object's rank, then line and item, as one
// whole number of 128 bits, which is grouped and compared as cheaply as it gets. Only positions and
// keys are; the records themselves are read once more, where they are the last.
constexpr std::string_view kPositions = R"sql(
CREATE OR REPLACE TABLE pinflow_objects AS
SELECT topic, part, first, CAST(row_number() OVER (ORDER BY first, part, topic) AS HUGEINT) AS rank
FROM (SELECT DISTINCT pinflow_topic AS topic, pinflow_partition AS part,
             pinflow_offset - pinflow_line + 1 AS first
      FROM pinflow_stored);
CREATE OR REPLACE VIEW pinflow_placed AS
SELECT s.*, o.rank * 18446744073709551616 + s.pinflow_line * 16777216 + s.pinflow_item AS position
FROM pinflow_stored s JOIN pinflow_objects o
  ON o.topic = s.pinflow_topic AND o.part = s.pinflow_partition
 AND o.first = s.pinflow_offset - s.pinflow_line + 1;
)sql";

Result<std::int64_t> count(SqlSession& session, const std::string& what) {
    TRY(Rows rows, session.query(fmt::format("SELECT {} FROM pinflow_stored", what)));
    return rows.columns.at(0).integers.at(0);
}

}  // namespace

Schema raw_schema(const RecordShape& shape) {
    Schema schema = shape.columns;
    schema.insert(schema.end(), place_schema().begin(), place_schema().end());
    return schema;
}

Result<std::int64_t> view_stored_records(SqlSession& session, const PipelineKind& kind,
                                         const std::vector<std::string>& parquet_paths) {
    TRY_STATUS(session.create_view("pinflow_stored", raw_schema(kind.shape), parquet_paths));
    TRY(std::int64_t records, count(session, "count(*)"));
    std::string key = quoted(kind.shape.key);
    TRY(std::int64_t keys, count(session, fmt::format("count(DISTINCT {})", key)));
    std::string columns = column_list(kind.shape.columns);
    if (keys == records) {
        TRY_STATUS(
            session.execute(fmt::format("CREATE OR REPLACE VIEW {} AS SELECT {} FROM "
                                        "pinflow_stored",
                                        kRawView, columns)));
        return keys;
    }
    TRY_STATUS(session.execute(kPositions));
    TRY_STATUS(session.execute(
        fmt::format("CREATE OR REPLACE VIEW {} AS SELECT {} FROM pinflow_placed WHERE position IN "
                    "(SELECT max(position) FROM pinflow_placed GROUP BY {})",
                    kRawView, columns, key)));
    return keys;
}

}  // namespace pinflow::batch
