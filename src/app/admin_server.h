// SPDX-License-Identifier: Apache-2.0
// The admin address as net/ serves it, with the log's own counts brought to the meter first.
#pragma once

#include "base/byte_budget.h"
#include "dash/admin_api.h"
#include "eventlog/native_log.h"
#include "net/http_server.h"

namespace pinflow::app {

class AdminServer final : public net::HttpHandler {
public:
    AdminServer(dash::AdminSettings settings, dash::AdminProbes probes, Meter& meter,
                eventlog::NativeLog& log, EventLog& topics, ShardStream& streams,
                ByteBudget& budget, Lake& lake, Files& files, Clock& clock)
        : log_(log),
          budget_(budget),
          records_(meter.counter("pinflow_log_records_total", MeterKind::counter,
                                 "Records made durable.", {})),
          bytes_(meter.counter("pinflow_log_bytes_total", MeterKind::counter, "Bytes made durable.",
                               {})),
          groups_(meter.counter("pinflow_log_commit_groups_total", MeterKind::counter,
                                "Groups of records made durable at once.", {})),
          refused_(meter.counter("pinflow_log_refused_total", MeterKind::counter,
                                 "Appends turned away: queue or disk full, or the log failed.",
                                 {})),
          budget_limit_(meter.counter("pinflow_buffer_bytes_limit", MeterKind::gauge,
                                      "The byte budget of all buffers.", {})),
          budget_held_(meter.counter("pinflow_buffer_bytes_held", MeterKind::gauge,
                                     "Bytes held of it now.", {})),
          budget_refused_(meter.counter("pinflow_buffer_leases_refused_total", MeterKind::counter,
                                        "Times that nothing was left of it.", {})),
          api_(std::move(settings), std::move(probes),
               {meter, lake, topics, streams, files, clock}) {}

    Task<HttpResponse> handle(HttpRequest request) override {
        auto counts = log_.counts();
        records_.set(counts.records);
        bytes_.set(counts.bytes);
        groups_.set(counts.groups);
        refused_.set(counts.refused);
        budget_limit_.set(static_cast<std::int64_t>(budget_.limit_bytes()));
        budget_held_.set(static_cast<std::int64_t>(budget_.held_bytes()));
        budget_refused_.set(budget_.refused());
        return api_.answer(std::move(request));
    }

private:
    eventlog::NativeLog& log_;
    ByteBudget& budget_;
    Counter& records_;
    Counter& bytes_;
    Counter& groups_;
    Counter& refused_;
    Counter& budget_limit_;
    Counter& budget_held_;
    Counter& budget_refused_;
    dash::AdminApi api_;
};

}  // namespace pinflow::app
