// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/clock.h"
#include "ports/event_log.h"
#include "ports/meter.h"
#include "ports/object_store.h"
#include "ports/work_book.h"
#include "sink/object_builder.h"
#include "sink/partition_state.h"
#include "sink/settings.h"
#include "sink/topic_pattern.h"

namespace pinflow::sink {

struct TopicLag {
    std::string topic;
    std::int64_t pending_records = 0;  // durable in the log and in no object yet
};

// Follows the topics and writes each record's line into exactly one object, also when objects are
// closed by the clock and the process is killed: the ranges of the next objects are promised in the
// work book before any is written, and written again, with the same names and bytes, by whoever
// finds the promise unkept. It lives on one background reactor, which it may block.
class Sink final {
public:
    // invalid_argument for settings outside their range.
    static Result<std::unique_ptr<Sink>> open(EventLog& log, ObjectStore& store, WorkBook& book,
                                              Clock& clock, Meter& meter, SinkSettings settings);
    ~Sink();
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    // Works until stop(). Errors are logged, counted and tried again; nothing is left out.
    Task<void> run();

    // Ok when all that was durable in the log at the call is in objects. On the sink's reactor,
    // with run() at work or without.
    Task<Status> flush_all();

    // Ends run(); with `flush`, as flush_all(). Nothing is lost without: the next start goes on.
    Task<Status> stop(bool flush);

    // One look at the log, and what follows from it: true when objects were written. What run()
    // does over and over; for tests and commands without a loop.
    Task<Result<bool>> pass();

    // Any thread. "next flush in 3.2 s because rotate.schedule.interval.ms=5000"
    std::string waiting_reason() const;
    std::string problem() const;  // why it is not getting on; empty when all is well
    std::vector<TopicLag> lags() const;

    // Any thread: the first offset of a partition that is in no object yet, so that the log may
    // drop what lies before; 0 if that is not known. Nothing for a topic that is not sunk.
    std::optional<Offset> needs_from(const TopicPartition& partition) const;

private:
    struct Partition;
    struct Planned;
    struct TopicCounters;
    class Turn;

    Sink(EventLog& log, ObjectStore& store, WorkBook& book, Clock& clock, Meter& meter,
         SinkSettings settings, TopicPattern topics_regex);

    // The parts of a pass, in order.
    Task<Result<bool>> pass_in_turn(bool flush_rest);
    Task<Status> load_states();
    Task<Status> discover_topics();
    Task<void> look_at_ends();
    Task<bool> keep_promises();
    Task<void> plan(bool flush_rest, std::vector<Planned>& planned);
    Task<Status> promise(std::vector<Planned>& planned);
    void write(std::vector<Planned>& planned);
    Task<Status> settle();

    Task<void> look_at_end(Partition& partition);
    Task<Result<BuiltObject>> keep_promise(Partition& partition, OffsetRange range);
    Task<Result<bool>> is_kept_before_gone(Partition& partition, OffsetRange range);
    Task<Status> build(Partition& partition, bool flush_rest, std::vector<Planned>& planned);
    std::vector<Status> write_side_by_side(const std::vector<Planned>& planned);
    void note_kept(Partition& partition, const BuiltObject& object);
    Task<Status> write_object(Partition& partition, const BuiltObject& object);
    Task<Status> put_once(Partition& partition, std::string key, const std::string& bytes);

    bool is_sunk(const std::string& topic) const;
    void add_partitions(const TopicInfo& topic);
    void forget_topic(const std::string& topic);
    void go_on_at(Partition& partition, Offset next);
    bool is_due(const Partition& partition, bool flush_rest) const;
    bool is_time_up(const Partition& partition) const;
    void fail_partition(Partition& partition, const Error& error);
    void note_failed_pass(const Error& error);
    void publish();
    bool has_reached(const std::map<TopicPartition, Offset>& targets) const;
    TopicCounters& counters_of(const std::string& topic);

    Task<Turn> take_turn();
    Task<void> wait(std::chrono::microseconds time);
    std::chrono::microseconds look_interval() const;

    EventLog& log_;
    ObjectStore& store_;
    WorkBook& book_;
    Clock& clock_;
    Meter& meter_;
    const SinkSettings settings_;
    const TopicPattern topics_regex_;

    bool is_loaded_ = false;
    std::map<TopicPartition, PartitionState> found_states_;  // of topics not met yet
    std::map<TopicPartition, std::unique_ptr<Partition>> partitions_;
    std::map<std::string, TopicCounters> counters_;
    std::vector<WorkChange> forgotten_;  // keys of removed topics, for the next commit
    std::optional<std::int64_t> discovered_us_;
    std::int64_t last_work_us_ = 0;
    TopicPartition turn_after_;  // the partition planned first last time: others now

    bool has_turn_ = false;  // a pass is under way: passes do not interleave
    bool is_running_ = false;
    bool is_stopping_ = false;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>* waiting_ = nullptr;

    struct Published {
        std::vector<TopicLag> lags;
        std::map<TopicPartition, Offset> needed_from;
        std::int64_t pending_records = 0;
        std::optional<std::int64_t> next_flush_us;
        std::string problem;
    };
    mutable std::mutex published_mutex_;
    Published published_;
};

}  // namespace pinflow::sink
