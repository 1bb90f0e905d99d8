// SPDX-License-Identifier: Apache-2.0
// A batch from reading to commit. How a follower finds where it stands: follower_start.cpp.
#include "stream/follower.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/log.h"

namespace pinflow::stream {
namespace {

std::int64_t count_records(const std::vector<ShardPart>& parts) {
    std::int64_t count = 0;
    for (const ShardPart& part : parts) count += static_cast<std::int64_t>(part.records.size());
    return count;
}

// However small its data.
std::size_t bytes_held(const ShardRecord& record) {
    return sizeof record + record.data.size() + record.partition_key.size();
}

// What a source says of records that retention took, or that are not those promised.
bool is_gone(const Error& error) {
    return error.code == Errc::invalid_argument || error.code == Errc::corrupt;
}

bool has_end(const std::vector<ShardPart>& parts) {
    return std::ranges::any_of(parts, &ShardPart::is_end);
}

}  // namespace

Follower::Follower(FollowerContext context, const PipelineKind& kind, records::Decoder decoder,
                   std::string stream, std::string table)
    : context_(context),
      kind_(kind),
      decoder_(std::move(decoder)),
      info_{std::move(stream), {}, {}},
      table_name_(std::move(table)),
      app_id_(fmt::format("pinflow/{}/{}", info_.name, table_name_)) {}

Task<Result<Follower::Outcome>> Follower::work(EngineSession& session) {
    CO_TRY_STATUS(co_await load());
    Outcome outcome;
    std::vector<ShardPart> parts;
    if (!state_.promised.empty()) {
        auto again = co_await read_promised();
        if (!again && is_gone(again.error())) {
            CO_TRY_STATUS(co_await finish_from_tables());
            outcome.has_committed = true;
            co_return outcome;
        }
        if (!again) co_return std::unexpected(again.error());
        parts = std::move(*again);
    } else {
        CO_TRY(Look look, co_await read_new());
        outcome.is_at_tip = look.is_at_tip;
        if (!look.ended.empty()) {
            CO_TRY_STATUS(co_await finish_empty(look.ended));
            outcome.has_ended_shard = true;
        }
        if (look.parts.empty()) co_return outcome;
        parts = std::move(look.parts);
        CO_TRY_STATUS(co_await promise(parts));
    }
    if (has_end(parts)) outcome.has_ended_shard = true;
    DecodedBatch batch = decode_batch(decoder_, info_.name, parts);
    CHECK(batch.ledger.adds_up(), "each record is a row or a refusal");
    CO_TRY_STATUS(co_await append(session, batch));
    CO_TRY_STATUS(co_await finish(batch.ledger));
    outcome.has_committed = true;
    co_return outcome;
}

// --- reading ------------------------------------------------------------------------------------

Task<Result<Follower::Look>> Follower::read_new() {
    Look look;
    std::size_t bytes_left = context_.settings.batch_bytes_max();
    for (std::size_t i = 0; i < info_.shards.size(); ++i) {
        const ShardInfo& shard = info_.shards[(first_shard_ + i) % info_.shards.size()];
        if (state_.finished.contains(shard.id)) continue;
        if (waits_for_parents(shard)) {
            look.is_at_tip = false;
            continue;
        }
        CO_TRY(ShardPart part, co_await read_from_position(shard, bytes_left, look.is_at_tip));
        bool has_moved = part.to != part.from;
        if (part.records.empty() && part.is_end) look.ended.push_back(shard.id);
        if (!part.records.empty()) {
            look.parts.push_back(std::move(part));
        } else if (has_moved &&
                   !part.is_end) {  // over what held no record; noted by the next commit
            state_.positions[part.shard] = part.to.token;
        }
        if (bytes_left == 0 ||
            count_records(look.parts) >= static_cast<std::int64_t>(kBatchRecordsMax)) {
            look.is_at_tip = false;
            break;
        }
    }
    ++first_shard_;
    co_return look;
}

Task<Result<ShardPart>> Follower::read_from_position(const ShardInfo& shard,
                                                     std::size_t& bytes_left, bool& is_at_tip) {
    ShardPart part{.shard = shard.id, .from = {}, .to = {}, .records = {}};
    auto known = state_.positions.find(shard.id);
    if (known != state_.positions.end()) {
        part.from.token = known->second;
    } else {
        auto beginning = co_await context_.source.beginning(info_.name, shard.id);
        if (!beginning && beginning.error().code == Errc::not_found && shard.is_closed()) {
            part.is_end = true;  // gone with all its records, as in read_shard
            co_return part;
        }
        if (!beginning) co_return std::unexpected(beginning.error());
        part.from = *std::move(beginning);
    }
    CO_TRY_STATUS(co_await read_shard(part, shard.is_closed(), bytes_left, is_at_tip));
    co_return part;
}

// Reads until the shard gives nothing more, or the batch is full.
Task<Status> Follower::read_shard(ShardPart& part, bool is_closed, std::size_t& bytes_left,
                                  bool& is_at_tip) {
    const std::size_t read_bytes = context_.settings.read_bytes();
    part.to = part.from;
    while (bytes_left > 0 && part.records.size() < kBatchRecordsMax) {
        std::size_t records_max = kBatchRecordsMax - part.records.size();
        auto read = co_await context_.source.read(info_.name, part.shard, part.to, records_max,
                                                  std::min(read_bytes, bytes_left));
        if (!read && read.error().code == Errc::invalid_argument && part.to == part.from) {
            CO_TRY_STATUS(co_await go_to_beginning(part));
            continue;
        }
        if (!read && read.error().code == Errc::not_found && is_closed) {
            // Retention takes a closed shard with its last record; Amazon's own client library
            // (KinesisDataFetcher) reads this as the end of the shard, too.
            log_warn("stream", "{} {}: closed, and gone", info_.name, part.shard);
            part.is_end = true;
            co_return Status{};
        }
        if (!read) co_return with_context(read.error(), info_.name + " " + part.shard);
        part.is_end = read->is_end;
        part.to = read->next;
        if (read->records.empty()) {
            if (read->behind_ms > 0) is_at_tip = false;
            co_return Status{};
        }
        for (ShardRecord& record : read->records) {
            bytes_left -= std::min(bytes_left, bytes_held(record));
            part.records.push_back(std::move(record));
        }
        if (part.is_end) co_return Status{};
    }
    is_at_tip = false;
    co_return Status{};
}

// The shard does not know the position any more: retention took records unread. Said, and passed
// over. An error when the position is the beginning already.
Task<Status> Follower::go_to_beginning(ShardPart& part) {
    CO_TRY_STATUS(co_await check_same_stream());
    CO_TRY(ShardPosition beginning, co_await context_.source.beginning(info_.name, part.shard));
    if (beginning == part.from) {
        co_return fail(Errc::corrupt, fmt::format("{} {}: its own beginning is no position in it",
                                                  info_.name, part.shard));
    }
    log_error("stream", "{} {}: position {} is gone; records before {} were never read", info_.name,
              part.shard, part.from.token, beginning.token);
    part.from = part.to = std::move(beginning);
    co_return Status{};
}

// A position is unknown also in a stream that was removed and made anew meanwhile.
Task<Status> Follower::check_same_stream() {
    CO_TRY(SourceInfo now, co_await context_.source.describe(info_.name));
    if (may_be_same(state_.stream_life, now.life)) co_return Status{};
    co_return fail(Errc::conflict, info_.name + ": was removed and made anew");
}

Task<Result<std::vector<ShardPart>>> Follower::read_promised() {
    std::vector<ShardPart> parts;
    for (const ShardRange& range : state_.promised) {
        CO_TRY(parts.emplace_back(), co_await read_range(range));
    }
    co_return parts;
}

// The same records as were promised, or an error.
Task<Result<ShardPart>> Follower::read_range(ShardRange range) {
    ShardPart part{.shard = range.shard,
                   .from = {range.from},
                   .to = {range.from},
                   .records = {},
                   .is_end = range.is_end};
    auto wanted = static_cast<std::size_t>(range.record_count);
    while (part.records.size() < wanted) {
        auto read = co_await context_.source.read(info_.name, part.shard, part.to,
                                                  wanted - part.records.size(),
                                                  context_.settings.read_bytes());
        if (!read && read.error().code == Errc::not_found && may_be_gone(range.shard)) break;
        if (!read) co_return with_context(read.error(), info_.name + " " + part.shard);
        if (read->records.empty() && (read->behind_ms == 0 || read->is_end)) break;
        part.to = read->next;
        std::ranges::move(read->records, std::back_inserter(part.records));
    }
    if (part.records.size() != wanted ||
        part.records.front().sequence_number != range.first_sequence ||
        part.records.back().sequence_number != range.last_sequence) {
        co_return fail(
            Errc::corrupt,
            fmt::format("{} {}: records {} to {} of batch {} are not there any more", info_.name,
                        range.shard, range.first_sequence, range.last_sequence, state_.batch));
    }
    part.to.token = range.to;
    co_return part;
}

// --- committing ---------------------------------------------------------------------------------

// Durable before anything is appended: whoever comes after a crash repeats this very batch.
Task<Status> Follower::promise(const std::vector<ShardPart>& parts) {
    FollowerState next = state_;
    ++next.batch;
    for (const ShardPart& part : parts) {
        next.promised.push_back({part.shard, part.from.token, part.to.token,
                                 static_cast<std::int64_t>(part.records.size()),
                                 part.records.front().sequence_number,
                                 part.records.back().sequence_number, part.is_end});
    }
    CO_TRY_STATUS(co_await save(next));
    state_ = std::move(next);
    co_return Status{};
}

// Quarantine first, so that a table never shows a batch whose refusals are nowhere. Both appends
// have the batch's number: repeated after a crash, they add nothing.
Task<Status> Follower::append(EngineSession& engine, const DecodedBatch& batch) {
    CO_TRY(SqlSession * session, engine.get());
    if (batch.quarantined.count() > 0) {
        CO_TRY(std::string path, context_.lake.staging_path());
        CO_TRY(ParquetFile file, write_quarantined(*session, batch.quarantined, path));
        CO_TRY_STATUS(co_await append_to(*quarantine_, quarantine_schema(), std::move(file)));
    }
    if (batch.rows.count() > 0) {
        CO_TRY(std::string path, context_.lake.staging_path());
        CO_TRY(ParquetFile file, write_cleaned(*session, kind_, batch.rows, path));
        CO_TRY_STATUS(co_await append_to(*table_, kind_.cleaned, std::move(file)));
    }
    co_return Status{};
}

Task<Status> Follower::append_to(Table& table, const Schema& schema, ParquetFile file) {
    std::vector<TableFile> files;
    files.push_back({std::move(file), lineage()});
    BatchId id{app_id_, state_.batch};
    auto appended = co_await table.append(files, id);
    if (!appended && appended.error().code == Errc::not_found) {
        CO_TRY_STATUS(co_await table.ensure(schema));
        appended = co_await table.append(std::move(files), id);
    }
    if (!appended) co_return std::unexpected(appended.error());
    co_return Status{};
}

Task<Status> Follower::finish(const Ledger& batch) {
    FollowerState next = state_;
    for (const ShardRange& range : next.promised) {
        next.positions[range.shard] = range.to;
        if (range.is_end) note_finished(next, range.shard);
    }
    next.promised.clear();
    next.ledger += batch;
    CO_TRY_STATUS(co_await save(next));
    state_ = std::move(next);
    committed_us_ = context_.clock.steady_us();
    retry_us_.reset();
    Labels labels{{"table", table_name_}};
    auto add = [&](const char* name, const char* text, std::int64_t amount) {
        context_.meter.counter(name, MeterKind::counter, text, labels).add(amount);
    };
    add("pinflow_stream_commits_total", "Batches committed by the stream job.", 1);
    add("pinflow_stream_records_total", "Records read by the stream job.", batch.read);
    add("pinflow_stream_rows_total", "Rows appended by the stream job.", batch.written);
    add("pinflow_stream_quarantined_total", "Records quarantined by the stream job.",
        batch.quarantined);
    co_return Status{};
}

Task<Status> Follower::save(const FollowerState& state) {
    std::vector<WorkChange> changes;
    changes.push_back({state_key(info_.name, table_name_), FollowerState::encode(state)});
    return context_.book.commit(std::move(changes));
}

std::map<std::string, std::string> Follower::lineage() const {
    std::map<std::string, std::string> tags{{"stream", info_.name},
                                            {"batch", std::to_string(state_.batch)}};
    for (const ShardRange& range : state_.promised) {
        tags[range.shard] = fmt::format("{}..{}", range.first_sequence, range.last_sequence);
    }
    return tags;
}

// --- when ---------------------------------------------------------------------------------------

bool Follower::is_due(std::int64_t commit_interval_ms) const {
    std::int64_t now_us = context_.clock.steady_us();
    if (retry_us_) return now_us >= *retry_us_;
    return !committed_us_ || now_us - *committed_us_ >= commit_interval_ms * 1'000;
}

void Follower::note_failure(const Error& error) {
    retry_delay_us_ = retry_us_ ? std::min(retry_delay_us_ * 2, kRetryMostUs) : kRetryFirstUs;
    retry_us_ = context_.clock.steady_us() + retry_delay_us_;
    problem_ = fmt::format("{} -> {}: {}", info_.name, table_name_, error.text);
    context_.meter
        .counter("pinflow_stream_failures_total", MeterKind::counter,
                 "Batches of the stream job that failed and are tried again.",
                 {{"table", table_name_}})
        .add();
    log_error("stream", "{}; tried again in {} ms", problem_, retry_delay_us_ / 1'000);
}

}  // namespace pinflow::stream
