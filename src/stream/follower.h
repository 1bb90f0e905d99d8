// SPDX-License-Identifier: Apache-2.0
// One stream on its way into one table and its quarantine, batch by batch, each exactly once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "codec/records/decoder.h"
#include "ports/clock.h"
#include "ports/meter.h"
#include "ports/table.h"
#include "ports/work_book.h"
#include "record/pipeline.h"
#include "stream/engine_session.h"
#include "stream/follower_state.h"
#include "stream/micro_batch.h"
#include "stream/record_source.h"
#include "stream/settings.h"

namespace pinflow::stream {

// What a follower works with; all of it outlives the follower.
struct FollowerContext {
    RecordSource& source;
    Lake& lake;
    WorkBook& book;
    Clock& clock;
    Meter& meter;
    const StreamSettings& settings;
};

class Follower final {
public:
    Follower(FollowerContext context, const PipelineKind& kind, records::Decoder decoder,
             std::string stream, std::string table);

    // What the source says of the stream now: new shards, or a new stream of the old name.
    void update(SourceInfo info) { info_ = std::move(info); }

    struct Outcome {
        bool has_committed = false;
        bool is_at_tip = false;        // every shard was read to its end after the call began
        bool has_ended_shard = false;  // a closed one: what it was split or merged into is next
    };
    // Commits one batch of what there is, if there is anything. A failure changes nothing that the
    // next call does not put right. Blocks in the engine.
    Task<Result<Outcome>> work(EngineSession& session);

    const std::string& stream() const { return info_.name; }
    const std::string& table() const { return table_name_; }
    const Ledger& ledger() const { return state_.ledger; }
    const std::map<std::string, std::string>& positions() const { return state_.positions; }
    std::size_t shard_count() const { return info_.shards.size() - finished_count(); }

    // Whether work() is worth a call, by the commit interval and the backoff after failures.
    bool is_due(std::int64_t commit_interval_ms) const;
    void note_failure(const Error& error);
    void retry_now() { retry_us_.reset(); }
    std::string problem() const { return retry_us_ ? problem_ : std::string(); }

private:
    Task<Status> load();
    Task<Status> begin_state();
    Task<Status> recover_from_table(const TableSnapshot& table);
    Task<Status> restart_for_new_stream();
    Task<Status> finish_from_tables();

    // Of what a look at all the shards found.
    struct Look {
        std::vector<ShardPart> parts;    // those with records
        std::vector<std::string> ended;  // those at whose end there was nothing more
        bool is_at_tip = true;
    };
    Task<Result<Look>> read_new();
    Task<Result<ShardPart>> read_from_position(const ShardInfo& shard, std::size_t& bytes_left,
                                               bool& is_at_tip);
    Task<Status> go_to_beginning(ShardPart& part);
    Task<Status> read_shard(ShardPart& part, bool is_closed, std::size_t& bytes_left,
                            bool& is_at_tip);
    Task<Status> check_same_stream();

    // follower_shards.cpp: which shards may be read, in which order.
    bool is_listed(const std::string& shard) const;
    bool may_be_gone(const std::string& shard) const;
    bool waits_for_parents(const ShardInfo& shard) const;
    std::size_t finished_count() const;
    void note_finished(FollowerState& state, const std::string& shard) const;
    Task<Status> finish_empty(const std::vector<std::string>& shards);

    Task<Result<std::vector<ShardPart>>> read_promised();
    Task<Result<ShardPart>> read_range(ShardRange range);

    Task<Status> promise(const std::vector<ShardPart>& parts);
    Task<Status> append(EngineSession& session, const DecodedBatch& batch);
    Task<Status> finish(const Ledger& batch);
    Task<Status> append_to(Table& table, const Schema& schema, ParquetFile file);
    Task<Status> save(const FollowerState& state);
    std::map<std::string, std::string> lineage() const;

    FollowerContext context_;
    const PipelineKind& kind_;
    records::Decoder decoder_;
    SourceInfo info_;
    const std::string table_name_;
    const std::string app_id_;  // stable for ever: it makes the appends idempotent
    std::unique_ptr<Table> table_;
    std::unique_ptr<Table> quarantine_;

    bool is_loaded_ = false;
    FollowerState state_;
    std::size_t first_shard_ = 0;  // read first next time, for fairness

    std::optional<std::int64_t> committed_us_;
    std::optional<std::int64_t> retry_us_;
    std::int64_t retry_delay_us_ = 0;
    std::string problem_;
};

}  // namespace pinflow::stream
