// SPDX-License-Identifier: Apache-2.0
// What the steps of one date's run tell one another when each is a process of its own: small files
// under <data dir>/steps/<date>/, each replaced whole, so a step may be run again at any time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/data_directory.h"
#include "batch/batch_run.h"
#include "ports/files.h"

namespace pinflow::app {

inline constexpr std::size_t kStepDatesKept = 60;

struct LoadNote {
    Timestamp started_ms = 0;
    Timestamp until_ms = 0;  // the newest object's last change: what came later is another run's
    std::int64_t ignored_count = 0;
    std::vector<batch::IgnoredObject> ignored;
};

class StepNotes final {
public:
    StepNotes(Files& files, const DataDirectory& directory, std::string date)
        : files_(files), directory_(directory.steps()), date_(std::move(date)) {}

    // The date's first step is done: what a run of it before has noted goes, and so do the oldest
    // dates past kStepDatesKept.
    Status begin(const LoadNote& note);

    // failed_check, with what to run, when the step has not been done for this date.
    Result<LoadNote> load();

    Status write_kind(const batch::KindReport& report);
    Result<batch::KindReport> kind(const std::string& name);  // as load()

private:
    std::string path(const std::string& step) const;
    Result<std::string> read(const std::string& step);
    Status remove_date(const std::string& date);

    Files& files_;
    const std::string directory_;
    const std::string date_;
};

}  // namespace pinflow::app
