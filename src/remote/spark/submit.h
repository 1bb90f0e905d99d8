// SPDX-License-Identifier: Apache-2.0
// spark-submit, as a child with its log in a file.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"

namespace pinflow::spark {

struct SubmitSettings {
    std::string program = "spark-submit";
    std::string master = "local[*]";
    std::string packages;           // Maven coordinates, by comma
    std::string packages_left_out;  // of what those ask for, by comma
    std::string jars;               // files by comma, or one folder of them
    std::string python;             // empty: the one beside `program`, else Spark's own choice
    std::vector<std::string> properties;  // "spark.executor.memory=4g"
    // Handed on instead of what this process has under these names; an empty one not at all. May
    // hold secrets: an environment is seen by its own user alone.
    std::map<std::string, std::string> environment;
    std::int64_t timeout_ms = 3'600'000;
};

struct Submission {
    std::string script;  // the application's batch.py or stream.py
    std::vector<std::string> arguments;
    std::string log;  // what it prints, replaced
};

// The command line, which holds no secret.
std::vector<std::string> submit_arguments(const SubmitSettings& settings,
                                          const Submission& submission);

// Runs it to its end; blocks. Its whole process group ends with it: on a stop (cancelled) and past
// the timeout (timed_out) by SIGTERM, and SIGKILL kGraceMs later. not_found: no such program, no
// Java, no Delta jars. unavailable: it ended with an error; the text has the log's last lines and
// where it is. PINFLOW_* variables are not handed on: they may hold secrets of other services.
Status run_submit(const SubmitSettings& settings, const Submission& submission,
                  std::stop_token stop = {});

inline constexpr std::int64_t kGraceMs = 10'000;

}  // namespace pinflow::spark
