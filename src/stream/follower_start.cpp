// SPDX-License-Identifier: Apache-2.0
// Where a follower stands when it starts: by the work book, or, where that knows nothing (it was
// lost), by the lineage that the table's own files carry.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "stream/follower.h"

namespace pinflow::stream {
namespace {

// Decimal texts of any length, as integers.
bool is_before(const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// shard -> last sequence number, of all the files' tags "shard -> first..last".
std::map<std::string, std::string> last_sequences(const TableSnapshot& table,
                                                  const std::string& stream) {
    std::map<std::string, std::string> last;
    for (const DataFile& file : table.files) {
        auto named = file.tags.find("stream");
        if (named == file.tags.end() || named->second != stream) continue;
        for (const auto& [shard, range] : file.tags) {
            std::size_t dots = range.find("..");
            if (shard == "stream" || dots == std::string::npos) continue;
            std::string sequence = range.substr(dots + 2);
            auto [known, is_new] = last.try_emplace(shard, sequence);
            if (!is_new && is_before(known->second, sequence)) known->second = sequence;
        }
    }
    return last;
}

// Rows that a batch added, by its files' tags.
std::int64_t rows_of_batch(const TableSnapshot& table, const std::string& stream,
                           std::int64_t batch) {
    std::map<std::string, std::string> wanted{{"stream", stream}, {"batch", std::to_string(batch)}};
    std::int64_t rows = 0;
    for (const DataFile& file : table.files) {
        bool is_of_batch = std::ranges::all_of(wanted, [&](const auto& tag) {
            auto found = file.tags.find(tag.first);
            return found != file.tags.end() && found->second == tag.second;
        });
        if (is_of_batch) rows += std::max<std::int64_t>(0, file.row_count);
    }
    return rows;
}

}  // namespace

Task<Status> Follower::load() {
    if (!is_loaded_) {
        CO_TRY(table_, context_.lake.table(table_name_));
        CO_TRY(quarantine_, context_.lake.table(table_name_ + "_quarantine"));
        CO_TRY(auto saved, co_await context_.book.get(state_key(info_.name, table_name_)));
        if (saved) {
            auto state = FollowerState::decode(*saved);
            if (!state) co_return with_context(state.error(), "work book: " + info_.name);
            state_ = std::move(*state);
        } else {
            CO_TRY_STATUS(co_await begin_state());
        }
        is_loaded_ = true;
    }
    if (!may_be_same(state_.stream_life, info_.life)) co_return co_await restart_for_new_stream();
    state_.stream_life = info_.life;
    co_return Status{};
}

Task<Status> Follower::begin_state() {
    state_ = {};
    state_.stream = info_.name;
    state_.table = table_name_;
    state_.stream_life = info_.life;
    auto table = co_await table_->look(std::nullopt);
    if (table && table->batches.contains(app_id_)) co_return co_await recover_from_table(*table);
    if (!table && table.error().code != Errc::not_found) co_return std::unexpected(table.error());
    co_return Status{};
}

// The table was written by this job, and the work book does not know it. The files' lineage tells
// what is in the table, so that nothing is appended twice. The ledger begins with the table's rows.
Task<Status> Follower::recover_from_table(const TableSnapshot& table) {
    state_.batch = table.batches.at(app_id_);
    state_.ledger.read = state_.ledger.written = table.row_count();
    std::map<std::string, std::string> last = last_sequences(table, info_.name);
    auto quarantine = co_await quarantine_->look(std::nullopt);
    if (quarantine && quarantine->batches.contains(app_id_)) {
        std::int64_t batch = quarantine->batches.at(app_id_);
        // A batch that reached the quarantine alone is read again: rather twice there than lost.
        if (batch <= state_.batch) {
            for (auto& [shard, sequence] : last_sequences(*quarantine, info_.name)) {
                auto [known, is_new] = last.try_emplace(shard, sequence);
                if (!is_new && is_before(known->second, sequence)) known->second = sequence;
            }
        }
        state_.batch = std::max(state_.batch, batch);
        state_.ledger.quarantined = quarantine->row_count();
        state_.ledger.read += state_.ledger.quarantined;
    } else if (!quarantine && quarantine.error().code != Errc::not_found) {
        co_return std::unexpected(quarantine.error());
    }
    for (const ShardInfo& shard : info_.shards) {
        auto sequence = last.find(shard.id);
        if (sequence == last.end()) continue;
        auto position = co_await context_.source.after(info_.name, shard.id, sequence->second);
        if (position) {
            state_.positions[shard.id] = position->token;
        } else if (position.error().code != Errc::not_found || !shard.is_closed()) {
            co_return std::unexpected(position.error());
        }
    }
    log_warn("stream", "{}: not in the work book; going on behind batch {} by the table's lineage",
             table_name_, state_.batch);
    co_return Status{};
}

// The stream was removed and created again: its shards begin anew, the batch numbers go on.
Task<Status> Follower::restart_for_new_stream() {
    if (!state_.promised.empty()) {
        log_error("stream", "{}: batch {} was promised, and its stream is removed", table_name_,
                  state_.batch);
    }
    FollowerState next = state_;
    next.stream_life = info_.life;
    next.positions.clear();
    next.finished.clear();
    next.promised.clear();
    CO_TRY_STATUS(co_await save(next));
    state_ = std::move(next);
    co_return Status{};
}

// Retention took the records of a promised batch before a restart could repeat it. What the tables
// have of it counts; what they have not is lost, and is said.
Task<Status> Follower::finish_from_tables() {
    Ledger batch;
    auto table = co_await table_->look(std::nullopt);
    if (table) batch.written = rows_of_batch(*table, info_.name, state_.batch);
    if (!table && table.error().code != Errc::not_found) co_return std::unexpected(table.error());
    auto refused = co_await quarantine_->look(std::nullopt);
    if (refused) batch.quarantined = rows_of_batch(*refused, info_.name, state_.batch);
    if (!refused && refused.error().code != Errc::not_found) {
        co_return std::unexpected(refused.error());
    }
    batch.read = batch.written + batch.quarantined;
    std::int64_t promised = 0;
    for (const ShardRange& range : state_.promised) promised += range.record_count;
    log_error("stream", "{}: batch {} of {} records is gone from {}; the tables have {} of it",
              table_name_, state_.batch, promised, info_.name, batch.read);
    co_return co_await finish(batch);
}

}  // namespace pinflow::stream
