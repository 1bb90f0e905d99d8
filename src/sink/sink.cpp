// SPDX-License-Identifier: Apache-2.0
// The loop of the sink, and one pass of it. How promises and objects are written: sink_write.cpp;
// how topics and ends are found: sink_look.cpp.
#include "sink/sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "base/text.h"
#include "sink/object_names.h"
#include "sink/partition.h"

namespace pinflow::sink {
namespace {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

Status check_settings(const SinkSettings& settings) {
    if (settings.flush_size < 1) {
        return fail(Errc::invalid_argument,
                    fmt::format("flush.size={} is below 1", settings.flush_size));
    }
    if (settings.puts_at_once < 1) return fail(Errc::invalid_argument, "puts_at_once is below 1");
    if (settings.memory_bytes < SinkSettings::kMemoryBytesMin) {
        return fail(Errc::invalid_argument,
                    fmt::format("{} bytes of memory are fewer than the sink's {}",
                                settings.memory_bytes, SinkSettings::kMemoryBytesMin));
    }
    const std::string& dir = settings.topics_dir;
    constexpr std::size_t kDirBytesMax = 200;
    if (dir.empty() || dir.size() > kDirBytesMax || dir.starts_with('/') || dir.ends_with('/')) {
        return fail(Errc::invalid_argument,
                    fmt::format("topics.dir='{}' is not 1-200 bytes without '/' at its ends", dir));
    }
    return {};
}

}  // namespace

// Held by the one pass under way.
class Sink::Turn {
public:
    explicit Turn(Sink* sink) : sink_(sink) { sink_->has_turn_ = true; }
    Turn(Turn&& other) noexcept : sink_(std::exchange(other.sink_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
        if (sink_ != nullptr) sink_->has_turn_ = false;
    }

private:
    Sink* sink_;
};

Result<std::unique_ptr<Sink>> Sink::open(EventLog& log, ObjectStore& store, WorkBook& book,
                                         Clock& clock, Meter& meter, SinkSettings settings) {
    TRY_STATUS(check_settings(settings));
    TRY(TopicPattern topics_regex, TopicPattern::open(settings.topics_regex));
    return std::unique_ptr<Sink>(
        new Sink(log, store, book, clock, meter, std::move(settings), std::move(topics_regex)));
}

Sink::Sink(EventLog& log, ObjectStore& store, WorkBook& book, Clock& clock, Meter& meter,
           SinkSettings settings, TopicPattern topics_regex)
    : log_(log),
      store_(store),
      book_(book),
      clock_(clock),
      meter_(meter),
      settings_(std::move(settings)),
      topics_regex_(std::move(topics_regex)) {}

Sink::~Sink() = default;

Task<void> Sink::run() {
    is_running_ = true;
    while (!is_stopping_) {
        auto wrote = co_await pass();
        if (!wrote) note_failed_pass(wrote.error());
        if (is_stopping_) break;
        bool has_more = wrote && *wrote;
        co_await wait(has_more ? std::chrono::microseconds{0} : look_interval());
    }
    is_running_ = false;
}

void Sink::note_failed_pass(const Error& error) {
    log_error("sink", "{}; tried again", error.text);
    std::scoped_lock lock(published_mutex_);
    published_.problem = error.text;  // until a pass gets through
}

Task<Result<bool>> Sink::pass() {
    Turn turn = co_await take_turn();
    co_return co_await pass_in_turn(false);
}

Task<Status> Sink::flush_all() {
    Turn turn = co_await take_turn();
    CO_TRY_STATUS(co_await load_states());
    CO_TRY_STATUS(co_await discover_topics());
    co_await look_at_ends();
    std::map<TopicPartition, Offset> targets;
    for (auto& [id, partition] : partitions_) {
        targets[id] = partition->end;
        partition->retry_us.reset();  // who asks to flush asks to try again now
    }
    for (int failures = 0; !has_reached(targets);) {
        auto wrote = co_await pass_in_turn(true);
        if (wrote && *wrote) continue;
        if (++failures < kFlushAttempts) {
            co_await wait(std::chrono::microseconds{kRetryFirstUs});
            continue;
        }
        if (!wrote) co_return std::unexpected(wrote.error());
        std::scoped_lock lock(published_mutex_);
        co_return fail(Errc::unavailable, "sink cannot flush: " + published_.problem);
    }
    co_return co_await settle();
}

Task<Status> Sink::stop(bool flush) {
    is_stopping_ = true;
    if (waiting_ != nullptr) waiting_->cancel();
    while (is_running_) co_await wait(std::chrono::milliseconds{1});
    if (flush) CO_TRY_STATUS(co_await flush_all());
    Turn turn = co_await take_turn();
    co_return co_await settle();
}

bool Sink::has_reached(const std::map<TopicPartition, Offset>& targets) const {
    return std::ranges::all_of(targets, [&](const auto& target) {
        auto found = partitions_.find(target.first);
        if (found == partitions_.end()) return true;  // its topic was removed
        const Partition& partition = *found->second;
        return partition.state.next >= target.second && !partition.has_unkept_promises();
    });
}

Task<Result<bool>> Sink::pass_in_turn(bool flush_rest) {
    CO_TRY_STATUS(co_await load_states());
    if (!discovered_us_ || clock_.steady_us() - *discovered_us_ >= kDiscoveryIntervalUs) {
        CO_TRY_STATUS(co_await discover_topics());
    }
    co_await look_at_ends();
    bool kept_any = co_await keep_promises();
    std::vector<Planned> planned;
    co_await plan(flush_rest, planned);
    if (!planned.empty()) {
        CO_TRY_STATUS(co_await promise(planned));
        write(planned);
    }
    bool has_worked = kept_any || !planned.empty();
    if (has_worked) last_work_us_ = clock_.steady_us();
    if (!has_worked && clock_.steady_us() - last_work_us_ >= kIdleAfterUs) {
        CO_TRY_STATUS(co_await settle());
    }
    publish();
    co_return has_worked;
}

// --- what others may ask ------------------------------------------------------------------------

void Sink::publish() {
    Published now;
    std::map<std::string, std::int64_t> pending;
    for (auto& [id, partition] : partitions_) {
        pending[id.topic] += partition->pending();
        now.needed_from[id] = partition->first_unkept();
        if (partition->retry_us && now.problem.empty()) now.problem = partition->problem;
        if (settings_.rotate_schedule_interval_ms < 1 || !partition->waiting_since_us) continue;
        std::int64_t flush_us =
            *partition->waiting_since_us + settings_.rotate_schedule_interval_ms * 1'000;
        now.next_flush_us = std::min(now.next_flush_us.value_or(flush_us), flush_us);
    }
    for (auto& [topic, records] : pending) {
        counters_of(topic).pending->set(records);
        now.lags.push_back({topic, records});
        now.pending_records += records;
    }
    std::scoped_lock lock(published_mutex_);
    published_ = std::move(now);
}

std::optional<Offset> Sink::needs_from(const TopicPartition& partition) const {
    if (!is_sunk(partition.topic)) return std::nullopt;
    std::scoped_lock lock(published_mutex_);
    auto found = published_.needed_from.find(partition);
    return found == published_.needed_from.end() ? 0 : found->second;
}

std::vector<TopicLag> Sink::lags() const {
    std::scoped_lock lock(published_mutex_);
    return published_.lags;
}

std::string Sink::problem() const {
    std::scoped_lock lock(published_mutex_);
    return published_.problem;
}

std::string Sink::waiting_reason() const {
    std::scoped_lock lock(published_mutex_);
    if (!published_.problem.empty()) return published_.problem;
    if (published_.pending_records == 0) return "nothing waits";
    std::string waiting =
        fmt::format("{} {} in no object yet", with_thousands(published_.pending_records),
                    published_.pending_records == 1 ? "record is" : "records are");
    if (!published_.next_flush_us) {
        return fmt::format("{}: an object is closed at flush.size={} records of a partition",
                           waiting, settings_.flush_size);
    }
    std::int64_t left_us =
        std::max<std::int64_t>(0, *published_.next_flush_us - clock_.steady_us());
    return fmt::format(
        "{}; next flush in {:.1f} s because rotate.schedule.interval.ms={} "
        "(sooner at flush.size={})",
        waiting, static_cast<double>(left_us) / 1e6, settings_.rotate_schedule_interval_ms,
        settings_.flush_size);
}

// --- waiting ------------------------------------------------------------------------------------

Task<Sink::Turn> Sink::take_turn() {
    while (has_turn_) co_await wait(std::chrono::milliseconds{1});
    co_return Turn(this);
}

Task<void> Sink::wait(std::chrono::microseconds time) {
    Timer timer(co_await asio::this_coro::executor, time);
    bool is_outermost = waiting_ == nullptr;
    if (is_outermost) waiting_ = &timer;
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable_t<Executor>{}));
    if (is_outermost) waiting_ = nullptr;
}

std::chrono::microseconds Sink::look_interval() const {
    constexpr std::chrono::microseconds kLookCost{20};  // keeps looking below a twentieth of a core
    bool is_idle = clock_.steady_us() - last_work_us_ >= kIdleAfterUs;
    std::chrono::microseconds least = is_idle ? kIdleLookInterval : kLookInterval;
    return std::max(least, kLookCost * static_cast<std::int64_t>(partitions_.size()));
}

}  // namespace pinflow::sink
