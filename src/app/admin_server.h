// SPDX-License-Identifier: Apache-2.0
// The admin address as net/ serves it, with the log's own counts brought to the meter first.
#pragma once

#include "dash/admin_api.h"
#include "eventlog/native_log.h"
#include "net/http_server.h"

namespace pinflow::app {

class AdminServer final : public net::HttpHandler {
public:
    AdminServer(dash::AdminSettings settings, dash::AdminProbes probes, Meter& meter,
                eventlog::NativeLog& log, Lake& lake, Files& files, Clock& clock)
        : log_(log),
          records_(meter.counter("pinflow_log_records_total", MeterKind::counter,
                                 "Records made durable.", {})),
          bytes_(meter.counter("pinflow_log_bytes_total", MeterKind::counter, "Bytes made durable.",
                               {})),
          groups_(meter.counter("pinflow_log_commit_groups_total", MeterKind::counter,
                                "Groups of records made durable at once.", {})),
          refused_(meter.counter("pinflow_log_refused_total", MeterKind::counter,
                                 "Appends turned away: queue or disk full, or the log failed.",
                                 {})),
          api_(std::move(settings), std::move(probes), meter, lake, files, clock) {}

    Task<HttpResponse> handle(HttpRequest request) override {
        auto counts = log_.counts();
        records_.set(counts.records);
        bytes_.set(counts.bytes);
        groups_.set(counts.groups);
        refused_.set(counts.refused);
        return api_.answer(std::move(request));
    }

private:
    eventlog::NativeLog& log_;
    Counter& records_;
    Counter& bytes_;
    Counter& groups_;
    Counter& refused_;
    dash::AdminApi api_;
};

}  // namespace pinflow::app
