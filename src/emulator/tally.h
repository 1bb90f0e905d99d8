// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/emulator.h"

namespace pinflow::emulator {

// The counts of a run, kept by all its workers. Any thread.
class Tally final {
public:
    void add_draw() { ++draws_; }
    void add_post() { ++posts_; }
    void add_accepted(Road road) { ++(road == Road::batch ? accepted_batch_ : accepted_stream_); }
    void add_rejected(std::string_view form, std::string_view reason);
    void add_unfinished(std::string_view form, std::string_view reason);
    void add_in_doubt() { ++in_doubt_; }
    void add_retry() { ++retries_; }

    EmulatorCounts counts() const;
    std::vector<ReasonCount> reasons() const;  // the most frequent first

private:
    void add_reason(std::string_view form, std::string_view reason);

    std::atomic<std::int64_t> draws_ = 0;
    std::atomic<std::int64_t> posts_ = 0;
    std::atomic<std::int64_t> accepted_batch_ = 0;
    std::atomic<std::int64_t> accepted_stream_ = 0;
    std::atomic<std::int64_t> rejected_ = 0;
    std::atomic<std::int64_t> unfinished_ = 0;
    std::atomic<std::int64_t> in_doubt_ = 0;
    std::atomic<std::int64_t> retries_ = 0;

    mutable std::mutex mutex_;
    std::vector<ReasonCount> reasons_;
    std::int64_t other_reasons_ = 0;
};

}  // namespace pinflow::emulator
