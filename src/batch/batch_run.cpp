// SPDX-License-Identifier: Apache-2.0
#include "batch/batch_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "batch/lineage.h"
#include "batch/object_lines.h"
#include "batch/raw_table.h"

namespace pinflow::batch {
namespace {

Task<Result<RawCounts>> load(BatchPorts ports, SqlSession& session, const PipelineKind& kind,
                             const std::vector<SinkObject>& objects, Lineage& lineage) {
    CO_TRY(RawTable table, RawTable::open(session, kind));
    for (const SinkObject& object : objects) {
        Place place{.object = object.key,
                    .topic = object.topic,
                    .partition = object.partition,
                    .offset = object.first_offset};
        std::function<Status(std::string_view)> take = [&](std::string_view line) {
            ++place.line;
            Status added = table.add(line, place);
            ++place.offset;  // the sink writes one record a line, in offset order
            return added;
        };
        CO_TRY_STATUS(co_await read_lines(ports.objects, object.key, object.bytes, take));
        lineage.add(object.topic, object.partition, object.first_offset, place.offset);
    }
    co_return table.finish(false);
}

// The select must give the declared columns: a column that is not declared would be lost unsaid.
Status check_columns(SqlSession& session, const PipelineKind& kind) {
    Result<Rows> none = session.query("SELECT * FROM (\n" + kind.clean_sql + "\n) LIMIT 0");
    if (!none) return with_context(std::move(none).error(), kind.clean_file);
    std::vector<std::string> given;
    for (const Field& field : none->schema) given.push_back(field.name);
    std::vector<std::string> declared;
    for (const Field& field : kind.cleaned) declared.push_back(field.name);
    if (given == declared) return {};
    return fail(Errc::invalid_argument,
                fmt::format("{}: gives the columns {}; the pipeline's `cleaned` declares {}",
                            kind.clean_file, join(given, ", "), join(declared, ", ")));
}

Result<ParquetFile> write_clean(SqlSession& session, const PipelineKind& kind,
                                const RawCounts& counts, const std::string& path) {
    TRY_STATUS(check_columns(session, kind));
    Result<ParquetFile> file = session.write_parquet(kind.clean_sql, kind.cleaned, path);
    if (!file) return with_context(std::move(file).error(), kind.clean_file);
    if (file->row_count != counts.latest) {
        return fail(
            Errc::failed_check,
            fmt::format("{}: gives {} rows for {} records; it must be one record in, one row out "
                        "(no grouping, no filter)",
                        kind.clean_file, file->row_count, counts.latest));
    }
    return file;
}

Result<Ledger> close_ledger(const PipelineKind& kind, const RawCounts& counts,
                            const ParquetFile& clean, const ParquetFile& quarantine) {
    Ledger ledger{.read = counts.read,
                  .written = clean.row_count,
                  .quarantined = quarantine.row_count,
                  .duplicates = counts.accepted - counts.latest};
    if (ledger.adds_up() && quarantine.row_count == counts.quarantined) return ledger;
    return fail(
        Errc::internal,
        fmt::format("{}: the ledger does not add up: read {}, written {}, quarantined {} (of {} "
                    "refused), duplicates {}; nothing was committed. Please report this.",
                    kind.name, ledger.read, ledger.written, ledger.quarantined, counts.quarantined,
                    ledger.duplicates));
}

Task<Result<std::int64_t>> replace(Lake& lake, std::string name, Schema schema, ParquetFile file,
                                   std::map<std::string, std::string> tags) {
    CO_TRY(std::unique_ptr<Table> table, lake.table(name));
    std::vector<TableFile> files;
    if (file.row_count > 0) files.push_back({.parquet = std::move(file), .tags = std::move(tags)});
    CO_TRY(TableCommit commit, co_await table->replace(std::move(schema), std::move(files)));
    co_return commit.version;
}

void count_outcomes(Meter* meter, const KindReport& report) {
    if (meter == nullptr) return;
    auto add = [&](const char* outcome, std::int64_t records) {
        meter
            ->counter("pinflow_batch_records_total", MeterKind::counter,
                      "Records that the batch has read, by outcome",
                      {{"kind", report.kind}, {"outcome", outcome}})
            .add(records);
    };
    add("written", report.ledger.written);
    add("quarantined", report.ledger.quarantined);
    add("duplicate", report.ledger.duplicates);
}

}  // namespace

Ledger BatchReport::total() const {
    Ledger sum;
    for (const KindReport& kind : kinds) sum += kind.ledger;
    return sum;
}

std::string quarantine_table(const PipelineKind& kind) { return kind.table + "_quarantine"; }

Task<Result<KindReport>> run_kind(BatchPorts ports, const PipelineKind& kind,
                                  std::vector<SinkObject> objects, SqlSettings sql) {
    std::int64_t began_us = ports.clock.steady_us();
    CO_TRY(std::unique_ptr<SqlSession> session, ports.engine.open_session(sql));
    Lineage lineage;
    CO_TRY(RawCounts counts, co_await load(ports, *session, kind, objects, lineage));

    CO_TRY(std::string clean_path, ports.lake.staging_path());
    CO_TRY(ParquetFile clean, write_clean(*session, kind, counts, clean_path));
    CO_TRY(std::string quarantine_path, ports.lake.staging_path());
    std::string refused = fmt::format("SELECT * FROM {}", kQuarantineTable);
    CO_TRY(ParquetFile quarantine,
           session->write_parquet(refused, quarantine_schema(), quarantine_path));

    KindReport report{.kind = kind.name, .table = kind.table};
    CO_TRY(report.ledger, close_ledger(kind, counts, clean, quarantine));
    session.reset();  // its memory is not needed for the commits
    report.reasons = counts.reasons;
    report.objects = static_cast<std::int64_t>(objects.size());
    for (const SinkObject& object : objects) report.bytes += object.bytes;
    CO_TRY(report.table_version, co_await replace(ports.lake, kind.table, kind.cleaned,
                                                  std::move(clean), lineage.tags()));
    CO_TRY(report.quarantine_version,
           co_await replace(ports.lake, quarantine_table(kind), quarantine_schema(),
                            std::move(quarantine), lineage.tags()));
    report.duration_us = ports.clock.steady_us() - began_us;
    count_outcomes(ports.meter, report);
    co_return report;
}

Task<Result<BatchReport>> run_batch(BatchPorts ports, const Pipeline& pipeline,
                                    BatchSettings settings) {
    std::int64_t began_us = ports.clock.steady_us();
    BatchReport report{.started_ms = ports.clock.now_ms()};
    CO_TRY(Inputs inputs, co_await find_inputs(ports.objects, pipeline, settings.prefix));
    for (std::size_t at = 0; at < pipeline.kinds.size(); ++at) {
        const PipelineKind& kind = pipeline.kinds[at];
        Result<KindReport> done =
            co_await run_kind(ports, kind, std::move(inputs.by_kind[at]), settings.sql);
        if (!done) co_return with_context(std::move(done).error(), "batch, kind " + kind.name);
        settings.on_kind(*done);
        report.kinds.push_back(*std::move(done));
    }
    report.ignored_count = inputs.ignored_count;
    report.ignored = std::move(inputs.ignored);
    report.duration_us = ports.clock.steady_us() - began_us;
    co_return report;
}

}  // namespace pinflow::batch
