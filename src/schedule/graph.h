// SPDX-License-Identifier: Apache-2.0
// Steps and what each needs. Values: execution.h runs them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/ledger.h"

namespace pinflow::schedule {

// What a step's work is given. Its own thread calls; the step's end takes it away.
class StepContext {
public:
    virtual ~StepContext() = default;

    virtual int attempt() const = 0;  // from 1

    // A line for the run book; there within a look (execution.h), bounded as ports/run_book.h says.
    virtual void log(std::string text) = 0;

    // True once the step should end: cancelled, or out of time. An error that it returns then is
    // not read; that it is done all the same is.
    virtual bool is_stopped() const = 0;

    // `interrupt` is called from another thread when the step should end, and again at each look
    // until it has: so it may come a moment too early, such as before a query. It must not block,
    // and whatever it touches must live until the work returns.
    virtual void when_stopped(std::function<void()> interrupt) = 0;
};

// A ledger if the step read records. Blocks as long as it likes.
using StepWork = std::function<Result<std::optional<Ledger>>(StepContext& context)>;

struct Step {
    std::string name;
    std::vector<std::string> needs;  // names of steps that must have succeeded
    StepWork work;
    int retries = 0;
    std::int64_t retry_delay_ms = 0;  // by the monotonic clock
    std::int64_t timeout_ms = 0;      // of each attempt; 0: none
};

inline constexpr std::size_t kStepsMax = 1'000;

// Steps in an order in which they could run one by one; checked when made.
class Graph final {
public:
    // invalid_argument: two of one name, a need that is no step (with the nearest), a cycle (told
    // as a -> b -> a), more than kStepsMax.
    static Result<Graph> make(std::vector<Step> steps);

    const std::vector<Step>& steps() const { return steps_; }
    const std::vector<std::size_t>& needs(std::size_t step) const { return needs_[step]; }

private:
    std::vector<Step> steps_;
    std::vector<std::vector<std::size_t>> needs_;  // positions
};

// An error that the same input gives again is not tried again: wrong SQL, a test that did not hold.
bool is_worth_retrying(Errc code);

}  // namespace pinflow::schedule
