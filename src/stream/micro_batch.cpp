// SPDX-License-Identifier: Apache-2.0
#include "stream/micro_batch.h"

#include <fmt/format.h>

namespace pinflow::stream {
namespace {

constexpr std::string_view kRawTable = "raw";  // what the kind's SQL selects from
constexpr std::string_view kQuarantineTable = "pinflow_quarantine";
constexpr std::int64_t kMicrosPerMilli = 1'000;

void append_refusal(Rows& quarantined, const records::Refusal& refusal, const std::string& stream,
                    const std::string& shard, const ShardRecord& record) {
    quarantined.columns[0].push_text(refusal.reason);
    quarantined.columns[1].push_text(stream);
    quarantined.columns[2].push_text(shard);
    quarantined.columns[3].push_text(record.sequence_number);
    quarantined.columns[4].push_text(refusal.raw);
    quarantined.columns[5].push_integer(record.arrival_ms * kMicrosPerMilli);
}

Result<ParquetFile> write_table(SqlSession& session, std::string_view table, const Rows& rows,
                                std::string_view sql, const Schema& schema,
                                const std::string& path) {
    TRY_STATUS(session.create_table(table, rows.schema));
    TRY_STATUS(session.append(table, rows));
    return session.write_parquet(sql, schema, path);
}

}  // namespace

const Schema& quarantine_schema() {
    static const Schema schema{
        {"reason", ColumnType::text}, {"stream", ColumnType::text},
        {"shard", ColumnType::text},  {"sequence_number", ColumnType::text},
        {"raw", ColumnType::binary},  {"arrival_time", ColumnType::timestamp}};
    return schema;
}

DecodedBatch decode_batch(records::Decoder& decoder, const std::string& stream,
                          const std::vector<ShardPart>& parts) {
    DecodedBatch batch{Rows(decoder.columns()), Rows(quarantine_schema()), {}};
    std::vector<records::Refusal> refused;
    for (const ShardPart& part : parts) {
        for (const ShardRecord& record : part.records) {
            refused.clear();
            batch.ledger.read += decoder.decode(record.data, batch.rows, refused);
            for (const records::Refusal& refusal : refused) {
                append_refusal(batch.quarantined, refusal, stream, part.shard, record);
            }
        }
    }
    batch.ledger.written = static_cast<std::int64_t>(batch.rows.count());
    batch.ledger.quarantined = static_cast<std::int64_t>(batch.quarantined.count());
    return batch;
}

Result<ParquetFile> write_cleaned(SqlSession& session, const PipelineKind& kind, const Rows& rows,
                                  const std::string& path) {
    auto file = write_table(session, kRawTable, rows, kind.clean_sql, kind.cleaned, path);
    if (!file) return with_context(file.error(), kind.clean_file);
    if (file->row_count != static_cast<std::int64_t>(rows.count())) {
        return fail(Errc::failed_check,
                    fmt::format("{}: made {} rows of {} records; cleaning gives one row a record "
                                "(filter in a question instead)",
                                kind.clean_file, file->row_count, rows.count()));
    }
    return file;
}

Result<ParquetFile> write_quarantined(SqlSession& session, const Rows& rows,
                                      const std::string& path) {
    return write_table(session, kQuarantineTable, rows,
                       fmt::format("SELECT * FROM {}", kQuarantineTable), quarantine_schema(),
                       path);
}

}  // namespace pinflow::stream
