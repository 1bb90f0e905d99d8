// SPDX-License-Identifier: Apache-2.0
#include "batch/batch_run.h"

#include <utility>

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

}  // namespace

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
    for (std::size_t at = 0; at < pipeline.kinds.size(); ++at) {
        const PipelineKind& kind = pipeline.kinds[at];
        Result<KindReport> done =
            co_await run_kind(ports, kind, std::move(inputs.by_kind[at]), settings.kind);
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
