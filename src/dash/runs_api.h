// SPDX-License-Identifier: Apache-2.0
// The runs over HTTP: GET /api/v1/runs, GET /api/v1/runs/<id>, POST /api/v1/runs
// {"date":"2026-11-25"} (the date may be left out), POST /api/v1/runs/<id>/cancel, POST
// /api/v1/flush.
#pragma once

#include <functional>
#include <string>

#include "ports/run_book.h"
#include "record/http.h"

namespace pinflow::dash {

// What the page may ask of the running program; any thread may call, and it may block.
struct RunControls {
    RunBook* book = nullptr;                             // null: there is no schedule
    std::function<std::string()> next_json;              // when the next run is due, and why
    std::function<Result<Run>(std::string date)> start;  // empty: today
    std::function<Status()> flush_sink;                  // what was accepted is in objects after it
};

inline constexpr std::size_t kRunsShownMax = 50;

// Nothing when the path is none of these. A POST that another site's page makes a browser send is
// 403: it says so by its Origin.
Task<std::optional<HttpResponse>> answer_runs(const RunControls& controls,
                                              const HttpRequest& request, std::string_view path);

// {"next":{…},"runs":[…]}: the newest first.
Task<std::string> recent_runs_json(const RunControls& controls, std::size_t runs_max);

}  // namespace pinflow::dash
