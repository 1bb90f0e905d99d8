// SPDX-License-Identifier: Apache-2.0
#include "stream/stream_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <utility>

#include "base/log.h"
#include "stream/follower.h"

namespace pinflow::stream {
namespace {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace

// Held by the one pass or drain under way.
class StreamJob::Turn {
public:
    explicit Turn(StreamJob* job) : job_(job) { job_->has_turn_ = true; }
    Turn(Turn&& other) noexcept : job_(std::exchange(other.job_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
        if (job_ != nullptr) job_->has_turn_ = false;
    }

private:
    StreamJob* job_;
};

Result<std::unique_ptr<StreamJob>> StreamJob::open(ShardStream& streams, EventLog& topics,
                                                   Lake& lake, SqlEngine& engine, WorkBook& book,
                                                   Clock& clock, Meter& meter,
                                                   std::vector<PipelineKind> kinds,
                                                   StreamSettings settings) {
    for (const PipelineKind& kind : kinds) {
        auto decoder = records::Decoder::open(kind.shape);
        if (!decoder) return with_context(decoder.error(), "kind " + kind.name);
    }
    if (settings.commit_interval_ms < 0) {
        return fail(Errc::invalid_argument, "stream.commit.interval is below 0");
    }
    if (settings.memory_bytes < StreamSettings::kMemoryBytesMin) {
        return fail(Errc::invalid_argument,
                    fmt::format("{} bytes of memory are fewer than the stream job's {}",
                                settings.memory_bytes, StreamSettings::kMemoryBytesMin));
    }
    auto source =
        settings.source == SourceKind::streams ? read_streams(streams) : read_topics(topics);
    return std::unique_ptr<StreamJob>(new StreamJob(std::move(source), lake, engine, book, clock,
                                                    meter, std::move(kinds), settings));
}

StreamJob::StreamJob(std::unique_ptr<RecordSource> source, Lake& lake, SqlEngine& engine,
                     WorkBook& book, Clock& clock, Meter& meter, std::vector<PipelineKind> kinds,
                     StreamSettings settings)
    : source_(std::move(source)),
      lake_(lake),
      book_(book),
      clock_(clock),
      meter_(meter),
      kinds_(std::move(kinds)),
      settings_(settings),
      session_(engine) {}

StreamJob::~StreamJob() = default;

Task<void> StreamJob::run() {
    is_running_ = true;
    while (!is_stopping_) {
        auto committed = co_await pass();
        note_pass(committed);
        if (is_stopping_) break;
        bool has_more = committed && *committed;
        co_await wait(has_more ? std::chrono::microseconds{0} : look_interval());
    }
    is_running_ = false;
}

void StreamJob::note_pass(const Result<bool>& committed) {
    if (!committed) log_error("stream", "{}; tried again", committed.error().text);
    std::scoped_lock lock(published_mutex_);
    pass_problem_ = committed ? "" : committed.error().text;
}

Task<Result<bool>> StreamJob::pass() {
    Turn turn = co_await take_turn();
    co_return co_await pass_in_turn();
}

Task<Result<bool>> StreamJob::pass_in_turn() {
    const std::int64_t rest_us =
        std::min(kDiscoveryRest * discovery_took_us_, kDiscoveryRestMostUs);
    const std::int64_t interval_us = std::max(settings_.discovery_interval_ms * 1'000, rest_us);
    if (!discovered_us_ || clock_.steady_us() - *discovered_us_ >= interval_us) {
        CO_TRY_STATUS(co_await discover());
    }
    bool has_committed = false;
    bool has_failed = false;
    for (auto& [key, follower] : followers_) {
        if (is_stopping_) break;
        if (!follower->is_due(settings_.commit_interval_ms)) continue;
        auto worked = co_await follower->work(session_);
        if (!worked) {
            follower->note_failure(worked.error());
            session_.close();
            has_failed = true;
            continue;
        }
        if (worked->has_committed) has_committed = true;
        if (worked->has_ended_shard) discovered_us_.reset();  // its children may be new
    }
    if (has_committed) last_commit_us_ = clock_.steady_us();
    if (has_committed || has_failed || published_.size() != followers_.size()) publish();
    co_return has_committed;
}

Task<Status> StreamJob::drain() {
    Turn turn = co_await take_turn();
    CO_TRY_STATUS(co_await discover());
    Status first_failure;
    for (auto& [key, follower] : followers_) {
        Status drained = co_await drain_one(*follower);
        if (!drained && first_failure) first_failure = std::move(drained);
    }
    publish();
    co_return first_failure;
}

Task<Status> StreamJob::drain_one(Follower& follower) {
    for (int failures = 0;;) {
        auto worked = co_await follower.work(session_);
        if (worked && worked->is_at_tip) co_return Status{};
        if (worked) continue;
        follower.note_failure(worked.error());
        session_.close();
        if (++failures == kDrainAttempts) {
            co_return with_context(worked.error(), "table " + follower.table());
        }
        co_await wait(std::chrono::microseconds{kRetryFirstUs});
    }
}

Task<void> StreamJob::stop() {
    is_stopping_ = true;
    if (waiting_ != nullptr) waiting_->cancel();
    while (is_running_) co_await wait(std::chrono::milliseconds{1});
    Turn turn = co_await take_turn();  // a drain under way ends first
    session_.close();
}

// --- what there is to follow --------------------------------------------------------------------

Task<Status> StreamJob::discover() {
    const std::int64_t began_us = clock_.steady_us();
    CO_TRY(auto names, co_await source_->list());
    for (const std::string& name : names) CO_TRY_STATUS(co_await follow(name));
    std::erase_if(followers_, [&](const auto& entry) {
        return !std::ranges::binary_search(names, entry.first.first);
    });
    discovered_us_ = clock_.steady_us();
    discovery_took_us_ = *discovered_us_ - began_us;
    co_return Status{};
}

Task<Status> StreamJob::follow(const std::string& stream) {
    for (const PipelineKind& kind : kinds_) {
        bool is_topic = settings_.source == SourceKind::topics;
        auto user = match_user(is_topic ? kind.topic : kind.stream, stream);
        if (!user) continue;
        std::string table = expand_user(kind.stream_table, *user);
        auto& follower = followers_[{stream, table}];
        if (!follower) {
            CO_TRY(auto decoder, records::Decoder::open(kind.shape));
            FollowerContext context{*source_, lake_, book_, clock_, meter_, settings_};
            follower = std::make_unique<Follower>(context, kind, std::move(decoder), stream, table);
        }
        auto info = co_await source_->describe(stream);
        if (info) {
            follower->update(std::move(*info));
        } else if (info.error().code != Errc::not_found) {  // removed since it was listed
            co_return std::unexpected(info.error());
        }
    }
    co_return Status{};
}

// --- what others may ask ------------------------------------------------------------------------

void StreamJob::publish() {
    std::vector<TableStatus> now;
    for (auto& [key, follower] : followers_) {
        now.push_back({key.first, key.second, follower->ledger(), follower->problem(),
                       follower->positions()});
    }
    std::scoped_lock lock(published_mutex_);
    published_ = std::move(now);
}

std::string StreamJob::problem() const {
    std::scoped_lock lock(published_mutex_);
    if (!pass_problem_.empty()) return pass_problem_;
    auto stuck =
        std::ranges::find_if(published_, [](auto& table) { return !table.problem.empty(); });
    return stuck == published_.end() ? "" : stuck->problem;
}

// Positions are opaque: which of two is earlier cannot be told.
std::optional<std::string> StreamJob::needs_from(const std::string& stream,
                                                 const std::string& shard) const {
    bool is_topic = settings_.source == SourceKind::topics;
    bool is_followed = std::ranges::any_of(kinds_, [&](const PipelineKind& kind) {
        return match_user(is_topic ? kind.topic : kind.stream, stream).has_value();
    });
    if (!is_followed) return std::nullopt;
    std::optional<std::string> earliest;
    for (const TableStatus& table : tables()) {
        if (table.stream != stream) continue;
        auto position = table.positions.find(shard);
        if (position == table.positions.end()) return "";
        if (earliest && *earliest != position->second) return "";  // they differ: hold all
        earliest = position->second;
    }
    return earliest.value_or("");
}

std::vector<TableStatus> StreamJob::tables() const {
    std::scoped_lock lock(published_mutex_);
    return published_;
}

Ledger StreamJob::ledger() const {
    Ledger sum;
    for (const TableStatus& table : tables()) sum += table.ledger;
    return sum;
}

Task<Result<std::vector<TableStatus>>> StreamJob::ledgers() {
    CO_TRY(auto entries, co_await book_.list(std::string(kStatePrefix)));
    std::vector<TableStatus> found;
    for (auto& [key, value] : entries) {
        auto state = FollowerState::decode(value);
        if (!state) co_return with_context(state.error(), "work book: " + key);
        found.push_back(
            {state->stream, state->table, state->ledger, "", std::move(state->positions)});
    }
    co_return found;
}

// --- waiting ------------------------------------------------------------------------------------

Task<StreamJob::Turn> StreamJob::take_turn() {
    while (has_turn_) co_await wait(std::chrono::milliseconds{1});
    co_return Turn(this);
}

Task<void> StreamJob::wait(std::chrono::microseconds time) {
    Timer timer(co_await asio::this_coro::executor, time);
    bool is_outermost = waiting_ == nullptr;
    if (is_outermost) waiting_ = &timer;
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable_t<Executor>{}));
    if (is_outermost) waiting_ = nullptr;
}

std::chrono::microseconds StreamJob::look_interval() const {
    std::size_t shards = 0;
    for (auto& [key, follower] : followers_) shards += follower->shard_count();
    bool is_idle = clock_.steady_us() - last_commit_us_ >= kIdleAfterUs;
    return std::max(is_idle ? kIdleLookInterval : kLookInterval,
                    kLookCostPerShard * static_cast<std::int64_t>(shards));
}

}  // namespace pinflow::stream
