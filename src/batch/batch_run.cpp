// SPDX-License-Identifier: Apache-2.0
#include "batch/batch_run.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <future>
#include <utility>

#include "base/reactor.h"
#include "batch/load_new.h"
#include "batch/load_whole.h"

namespace pinflow::batch {
namespace {

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

Result<KindReport> run_kind_here(BatchPorts ports, const PipelineKind& kind,
                                 std::vector<SinkObject> objects, KindSettings settings) {
    auto done = run_here(run_kind(ports, kind, std::move(objects), std::move(settings)));
    if (!done) return with_context(std::move(done).error(), "batch, kind " + kind.name);
    return done;
}

// One kind reads and decodes while another waits for the disk. The first error, by the kinds'
// order; the others are waited for, and what they have committed stays.
Result<std::vector<KindReport>> run_side_by_side(BatchPorts ports, const Pipeline& pipeline,
                                                 Inputs& inputs, const BatchSettings& settings) {
    KindSettings share = settings.kind;
    std::size_t at_once = kinds_at_once(share.sql, pipeline.kinds.size());
    share.sql = share_of(share.sql, at_once);
    std::deque<std::future<Result<KindReport>>> running;
    std::vector<KindReport> reports;
    Status failure;
    auto take_first = [&] {
        Result<KindReport> done = running.front().get();
        running.pop_front();
        if (!done && failure) failure = std::unexpected(done.error());
        if (!done) return;
        settings.on_kind(*done);
        reports.push_back(*std::move(done));
    };
    for (std::size_t at = 0; at < pipeline.kinds.size(); ++at) {
        if (running.size() == at_once) take_first();
        if (!failure) break;
        running.push_back(std::async(std::launch::async, run_kind_here, ports,
                                     std::cref(pipeline.kinds[at]), std::move(inputs.by_kind[at]),
                                     share));
    }
    while (!running.empty()) take_first();
    if (!failure) return std::unexpected(std::move(failure).error());
    return reports;
}

}  // namespace

std::size_t kinds_at_once(const SqlSettings& sql, std::size_t kinds) {
    std::size_t most = std::min(kinds, kKindsAtOnceMax);
    if (sql.memory_bytes_max > 0) most = std::min(most, sql.memory_bytes_max / kKindMemoryBytesMin);
    return std::max<std::size_t>(most, 1);
}

SqlSettings share_of(SqlSettings sql, std::size_t count) {
    sql.memory_bytes_max /= std::max<std::size_t>(count, 1);
    return sql;
}

Ledger BatchReport::total() const {
    Ledger sum;
    for (const KindReport& kind : kinds) sum += kind.ledger;
    return sum;
}

std::string quarantine_table(const PipelineKind& kind) { return kind.table + "_quarantine"; }
std::string raw_table(const PipelineKind& kind) { return kind.table + "_raw"; }

Task<Result<KindReport>> run_kind(BatchPorts ports, const PipelineKind& kind,
                                  std::vector<SinkObject> objects, KindSettings settings) {
    std::int64_t began_us = ports.clock.steady_us();
    settings.sql.any_order = true;
    auto load = kind.load == Load::only_new
                    ? load_new(ports, kind, std::move(objects), std::move(settings))
                    : load_whole(ports, kind, std::move(objects), std::move(settings));
    CO_TRY(KindReport report, co_await std::move(load));
    report.duration_us = ports.clock.steady_us() - began_us;
    count_outcomes(ports.meter, report);
    co_return report;
}

Task<Result<BatchReport>> run_batch(BatchPorts ports, const Pipeline& pipeline,
                                    BatchSettings settings) {
    std::int64_t began_us = ports.clock.steady_us();
    BatchReport report{.started_ms = ports.clock.now_ms()};
    CO_TRY(Inputs inputs, co_await find_inputs(ports.objects, pipeline, settings.prefix));
    CO_TRY(report.kinds, run_side_by_side(ports, pipeline, inputs, settings));
    report.ignored_count = inputs.ignored_count;
    report.ignored = std::move(inputs.ignored);
    report.duration_us = ports.clock.steady_us() - began_us;
    co_return report;
}

}  // namespace pinflow::batch
