// SPDX-License-Identifier: Apache-2.0
// The admin address: health, metrics, status as JSON, the runs, and the page that draws it. Read
// only, but for the runs.
#pragma once

#include <functional>
#include <string>

#include "dash/log_pages.h"
#include "dash/runs_api.h"
#include "dash/tables_look.h"
#include "ports/clock.h"
#include "ports/files.h"
#include "ports/meter.h"
#include "ports/table.h"
#include "record/http.h"

namespace pinflow::dash {

struct AdminSettings {
    std::string version;
    std::string data_directory;     // shown
    std::string reports_directory;  // answers.json and ledger.json of the last batch run
    std::string durability;         // "fsync", "os" or "memory"
    std::string last_failure_json;  // why an earlier process ended; empty if none did
};

// Why a station is not getting on: what failed, where, and what to try.
struct Problem {
    std::string station;  // "sink"
    std::string text;
};

// What the running program says of itself; any thread may call.
struct AdminProbes {
    std::function<Status()> health;  // an error says why it is not healthy
    std::function<bool()> is_ready;
    std::function<std::vector<std::string>()> damage;  // stored bytes that were found damaged
    std::function<std::vector<Problem>()> problems;    // none: all is well
    std::function<std::string()> stream_ledgers_json;  // an object: table -> ledger
    SunkTo sunk_to;
    RunControls runs;
};

// What the pages are read from; all outlive the API.
struct AdminPorts {
    Meter& meter;
    Lake& lake;
    EventLog& topics;
    ShardStream& streams;
    Files& files;
    Clock& clock;
};

// All calls on the admin reactor, which is its own: they read files and may block.
class AdminApi final {
public:
    AdminApi(AdminSettings settings, AdminProbes probes, AdminPorts ports);

    // GET and HEAD of the paths in routes (admin_api.cpp). A Host that is no loopback name or
    // address gets 421: a page of a foreign site must not read this one by DNS rebinding.
    Task<HttpResponse> answer(HttpRequest request);

private:
    Task<HttpResponse> status();
    Task<HttpResponse> log_page(std::string_view path);
    std::vector<Problem> problems_with(const std::string& of_tables) const;
    HttpResponse health() const;
    HttpResponse metrics() const;
    std::string report_text(const std::string& name) const;  // "null" when there is none

    AdminSettings settings_;
    AdminProbes probes_;
    AdminPorts ports_;
    TablesLook tables_;
    std::int64_t started_us_;
};

// The readings in Prometheus' text form (version 0.0.4).
std::string prometheus_text(const std::vector<MeterReading>& readings);

}  // namespace pinflow::dash
