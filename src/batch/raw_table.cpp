// SPDX-License-Identifier: Apache-2.0
#include "batch/raw_table.h"

#include <fmt/format.h>

#include "base/text.h"

namespace pinflow::batch {
namespace {

// Documents decoded before they go to the engine in one append: large enough that the appender's
// fixed cost does not show, small enough to stay in a cache.
constexpr std::size_t kPendingBytesMax = 4 << 20;

Schema records_schema(const RecordShape& shape) {
    Schema schema = shape.columns;
    schema.push_back({.name = kPositionColumn, .type = ColumnType::int64});
    return schema;
}

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

}  // namespace

const Schema& quarantine_schema() {
    static const Schema schema{{"reason", ColumnType::text},     {"topic", ColumnType::text},
                               {"partition", ColumnType::int32}, {"offset", ColumnType::int64},
                               {"line", ColumnType::int64},      {"object", ColumnType::text},
                               {"raw", ColumnType::binary}};
    return schema;
}

Result<RawTable> RawTable::open(SqlSession& session, const PipelineKind& kind) {
    TRY(records::Decoder decoder, records::Decoder::open(kind.shape));
    RawTable table(session, kind, std::move(decoder));
    TRY_STATUS(table.create_tables());
    return table;
}

RawTable::RawTable(SqlSession& session, const PipelineKind& kind, records::Decoder decoder)
    : session_(session),
      kind_(kind),
      decoder_(std::move(decoder)),
      filling_(
          std::make_unique<Pending>(Rows(records_schema(kind.shape)), Rows(quarantine_schema()))),
      appending_(std::make_unique<Pending>(*filling_)) {}

Status RawTable::create_tables() {
    TRY_STATUS(session_.create_table(kRecordsTable, filling_->records.schema));
    return session_.create_table(kQuarantineTable, filling_->quarantined.schema);
}

Status RawTable::add(std::string_view document, const Place& place) {
    Rows& records = filling_->records;
    std::size_t before = records.count();
    counts_.read += decoder_.decode(document, records, refused_);
    for (std::size_t row = before; row < records.count(); ++row) {
        records.columns.back().push_integer(position_++);
    }
    for (const records::Refusal& refusal : refused_) quarantine(refusal, place);
    refused_.clear();
    pending_bytes_ += document.size();
    return pending_bytes_ < kPendingBytesMax ? Status{} : hand_over();
}

void RawTable::quarantine(const records::Refusal& refusal, const Place& place) {
    ++counts_.quarantined;
    ++counts_.reasons[refusal.reason];
    std::vector<Column>& columns = filling_->quarantined.columns;
    columns[0].push_text(refusal.reason);
    columns[1].push_text(place.topic);
    columns[2].push_integer(place.partition);
    columns[3].push_integer(place.offset);
    columns[4].push_integer(place.line);
    columns[5].push_text(place.object);
    columns[6].push_text(refusal.raw);
}

// What is filled goes to the engine on another thread, once that is done with the one before.
Status RawTable::hand_over() {
    TRY_STATUS(wait_for_append());
    std::swap(filling_, appending_);
    filling_->clear();
    pending_bytes_ = 0;
    counts_.accepted += static_cast<std::int64_t>(appending_->records.count());
    append_ = std::async(std::launch::async, [&session = session_, chunk = appending_.get()] {
        Status done;
        if (chunk->records.count() > 0) done = session.append(kRecordsTable, chunk->records);
        if (done && chunk->quarantined.count() > 0) {
            done = session.append(kQuarantineTable, chunk->quarantined);
        }
        return done;
    });
    return {};
}

Status RawTable::wait_for_append() { return append_.valid() ? append_.get() : Status{}; }

Result<RawCounts> RawTable::finish(bool in_order) {
    TRY_STATUS(hand_over());
    TRY_STATUS(wait_for_append());
    // The last of each key by position. A semi-join on positions moves 8 bytes a record; a window
    // over whole rows would sort all of them.
    TRY_STATUS(session_.execute(fmt::format(
        "CREATE OR REPLACE VIEW raw AS SELECT {0} FROM {1} WHERE {2} IN "
        "(SELECT max({2}) FROM {1} GROUP BY {3}){4}",
        column_list(kind_.shape.columns), kRecordsTable, kPositionColumn, quoted(kind_.shape.key),
        in_order ? fmt::format(" ORDER BY {}", kPositionColumn) : "")));
    TRY(counts_.latest, count_latest());
    return counts_;
}

Result<std::int64_t> RawTable::count_latest() {
    TRY(Rows rows, session_.query(fmt::format("SELECT count(DISTINCT {}) FROM {}",
                                              quoted(kind_.shape.key), kRecordsTable)));
    return rows.columns.at(0).integers.at(0);
}

}  // namespace pinflow::batch
