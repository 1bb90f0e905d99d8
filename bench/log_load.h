// SPDX-License-Identifier: Apache-2.0
// The load: so many writers, each a coroutine with one append outstanding, taking the partitions in
// turn. All of them live on one reactor; the log's committer is the second thread.
#pragma once

#include <atomic>
#include <future>
#include <memory>

#include "base/reactor.h"
#include "bench/quantiles.h"
#include "ports/event_log.h"

namespace pinflow::bench {

struct LoadShape {
    std::string topic = "bench";
    std::int32_t writers = 1;
    std::int32_t partitions = 1;
    std::int32_t records_per_batch = 1;
    std::size_t record_bytes = 700;  // a realistic pin
};

class LogLoad {
public:
    // Makes the topic. `log` outlives the load.
    static Result<std::unique_ptr<LogLoad>> open(EventLog& log, LoadShape shape);

    void start();
    // Appends acknowledged since start(). Any thread.
    std::int64_t acknowledged() const { return acknowledged_; }
    bool has_failed() const { return is_stopping_; }  // before stop(): an append did; stop() tells
    // From here on latencies are kept.
    void begin_measuring();
    // Lets every writer finish its append; the latencies since begin_measuring(). An error is the
    // first append's that failed: a run with errors has no figures.
    Result<Samples> stop();

private:
    struct Writer {
        std::vector<PartitionBatch> batch;
        Samples samples;
        std::future<Status> done;
    };

    LogLoad(EventLog& log, LoadShape shape) : log_(log), shape_(std::move(shape)) {}
    Task<Status> write(Writer& writer);

    EventLog& log_;
    LoadShape shape_;
    std::vector<Writer> writers_;
    std::int32_t next_partition_ = 0;  // the reactor's
    std::atomic<std::int64_t> acknowledged_ = 0;
    std::atomic<bool> is_measuring_ = false;
    std::atomic<bool> is_stopping_ = false;
    Reactor reactor_{"bench-writers"};
};

}  // namespace pinflow::bench
