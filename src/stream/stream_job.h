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
#include "ports/shard_stream.h"
#include "ports/sql_engine.h"
#include "ports/table.h"
#include "ports/work_book.h"
#include "record/ledger.h"
#include "record/pipeline.h"
#include "stream/engine_session.h"
#include "stream/record_source.h"
#include "stream/settings.h"

namespace pinflow::stream {

class Follower;

struct TableStatus {
    std::string stream;
    std::string table;
    Ledger ledger;        // of all committed batches
    std::string problem;  // why it is not getting on; empty when all is well
    std::map<std::string, std::string> positions;  // shard -> token, behind all committed batches
};

// Follows every stream whose name fits a kind's pattern, for whatever user, into that user's table:
// the batch's cleaning, record by record, exactly once, fresh within the commit interval. Records
// that cannot be rows lie in `<table>_quarantine`. A table that cannot be written waits and is
// tried again; the others go on. It lives on one background reactor, which it blocks while it
// works.
class StreamJob final {
public:
    // invalid_argument for a kind whose shape no decoder can read.
    static Result<std::unique_ptr<StreamJob>> open(ShardStream& streams, EventLog& topics,
                                                   Lake& lake, SqlEngine& engine, WorkBook& book,
                                                   Clock& clock, Meter& meter,
                                                   std::vector<PipelineKind> kinds,
                                                   StreamSettings settings);
    ~StreamJob();
    StreamJob(const StreamJob&) = delete;
    StreamJob& operator=(const StreamJob&) = delete;

    // Works until stop().
    Task<void> run();

    // Ok when all that was in the streams at the call is in the tables. On the job's reactor, with
    // run() at work or without.
    Task<Status> drain();

    // Ends run() behind the batch under way. Nothing is lost: the next start goes on.
    Task<void> stop();

    // One look at every stream: true when something was committed. What run() does over and over.
    Task<Result<bool>> pass();

    // Of every table this job has ever written, from the work book.
    Task<Result<std::vector<TableStatus>>> ledgers();

    // Any thread: the tables followed now.
    std::vector<TableStatus> tables() const;
    Ledger ledger() const;        // their sum
    std::string problem() const;  // why one is not getting on; empty when all is well

    // Any thread: where in a shard the job would go on after a restart; empty if that is not known,
    // or not the same for all tables that follow the stream. Nothing if none does.
    std::optional<std::string> needs_from(const std::string& stream,
                                          const std::string& shard) const;

private:
    using Key = std::pair<std::string, std::string>;  // stream, table
    class Turn;

    StreamJob(std::unique_ptr<RecordSource> source, Lake& lake, SqlEngine& engine, WorkBook& book,
              Clock& clock, Meter& meter, std::vector<PipelineKind> kinds, StreamSettings settings);

    Task<Status> discover();
    Task<Status> follow(const std::string& stream);
    Task<Result<bool>> pass_in_turn();
    Task<Status> drain_one(Follower& follower);
    void note_pass(const Result<bool>& committed);
    void publish();

    Task<Turn> take_turn();
    Task<void> wait(std::chrono::microseconds time);
    std::chrono::microseconds look_interval() const;

    const std::unique_ptr<RecordSource> source_;
    Lake& lake_;
    WorkBook& book_;
    Clock& clock_;
    Meter& meter_;
    const std::vector<PipelineKind> kinds_;  // followers refer to them
    const StreamSettings settings_;
    EngineSession session_;

    std::map<Key, std::unique_ptr<Follower>> followers_;
    std::optional<std::int64_t> discovered_us_;
    std::int64_t discovery_took_us_ = 0;
    std::int64_t last_commit_us_ = 0;

    bool has_turn_ = false;  // a pass or a drain is under way: they do not interleave
    bool is_running_ = false;
    bool is_stopping_ = false;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>* waiting_ = nullptr;

    mutable std::mutex published_mutex_;
    std::vector<TableStatus> published_;
    std::string pass_problem_;
};

}  // namespace pinflow::stream
