// SPDX-License-Identifier: Apache-2.0
// What the application reports: application/tables.py writes it, report.json.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/ledger.h"
#include "record/pipeline.h"
#include "record/rows.h"

namespace pinflow::spark {

inline constexpr std::size_t kReportBytesMax = 64 << 20;

struct KindOutcome {
    std::string kind;
    std::string table;
    Ledger ledger;
    std::map<std::string, std::int64_t> reasons;
    std::int64_t objects = 0;
    std::int64_t bytes = 0;
    std::int64_t table_version = 0;
    std::int64_t quarantine_version = 0;
    std::int64_t duration_us = 0;
};

struct AnswerOutcome {
    std::string name;
    Rows rows;
    std::int64_t duration_us = 0;
};

struct IgnoredOutcome {
    std::string key;
    std::string reason;
};

struct Report {
    std::string spark_version;
    std::vector<KindOutcome> kinds;
    std::vector<AnswerOutcome> answers;
    std::int64_t ignored_count = 0;
    std::vector<IgnoredOutcome> ignored;
};

// corrupt: not a report, or a ledger that does not add up. The application's own error comes as it
// was meant: its code, and its text with the pipeline's file and line in front.
Result<Report> parse_report(std::string_view json, const Pipeline& pipeline);

}  // namespace pinflow::spark
