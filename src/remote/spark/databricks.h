// SPDX-License-Identifier: Apache-2.0
// The application on Databricks, by its REST API: files into a Unity Catalog volume (Files API,
// /api/2.0/fs/files), a one-time run (Jobs API 2.2, /api/2.2/jobs/runs/submit, get, get-output,
// cancel). Made from the public documentation and tested against its shapes, not against
// Databricks.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "remote/spark/application.h"

namespace pinflow::spark {

struct DatabricksSettings {
    std::string url;      // "https://dbc-….cloud.databricks.com"
    std::string token;    // never printed
    std::string folder;   // "/Volumes/main/default/pinflow"
    std::string cluster;  // an existing cluster's id, or a new_cluster as a JSON object
    std::int64_t timeout_ms = 3'600'000;
    std::int64_t poll_ms = 10'000;  // between two looks at the run
    std::int64_t retry_ms = 1'000;  // the first pause after 429 and 5xx; doubled each time
};

inline constexpr int kTriesMax = 6;  // of one request; a run is submitted under one token each time

// Uploads the files, runs batch.py with the arguments, and gives the text of its report. Blocks. A
// stop or the timeout cancels the run there (cancelled, timed_out). permission: 401, 403 (which
// setting to look at). unavailable: still refused after kTriesMax tries. failed_check: the run
// failed without a report; its own error and its page are in the text.
Result<std::string> run_on_databricks(const DatabricksSettings& settings,
                                      const std::vector<ApplicationFile>& files,
                                      std::vector<std::string> arguments,
                                      std::stop_token stop = {});

// Of net::HttpClient's error: the same, and which setting to look at.
Error unreached(Error error);

}  // namespace pinflow::spark
