// SPDX-License-Identifier: Apache-2.0
#include "ports/run_book.h"

#include "base/check.h"

namespace pinflow {

std::string_view name_of(RunTrigger trigger) {
    switch (trigger) {
        case RunTrigger::scheduled: return "scheduled";
        case RunTrigger::manual: return "manual";
        case RunTrigger::backfill: return "backfill";
    }
    CHECK(false);
}

std::string_view name_of(RunState state) {
    switch (state) {
        case RunState::queued: return "queued";
        case RunState::running: return "running";
        case RunState::succeeded: return "succeeded";
        case RunState::failed: return "failed";
        case RunState::cancelled: return "cancelled";
        case RunState::killed: return "killed";
        case RunState::skipped: return "skipped";
    }
    CHECK(false);
}

std::string_view name_of(StepState state) {
    switch (state) {
        case StepState::waiting: return "waiting";
        case StepState::running: return "running";
        case StepState::succeeded: return "succeeded";
        case StepState::failed: return "failed";
        case StepState::upstream_failed: return "upstream_failed";
        case StepState::cancelled: return "cancelled";
        case StepState::killed: return "killed";
    }
    CHECK(false);
}

bool is_live(RunState state) { return state == RunState::queued || state == RunState::running; }

}  // namespace pinflow
