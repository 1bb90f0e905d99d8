// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/kafka_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "remote/kafka/appender.h"
#include "remote/kafka/ends.h"
#include "remote/kafka/questions.h"
#include "remote/kafka/readers.h"
#include "remote/kafka/topics.h"

namespace pinflow::kafka {
namespace {

constexpr std::chrono::milliseconds kCloseGrace{5'000};
constexpr std::int64_t kLookAgainUs = 1'000'000;
constexpr int kMovesMax = 10;  // of a reader while one fetch waits for it

ConfEntries asking_entries() {
    return {{"allow.auto.create.topics", "false"}, {"isolation.level", "read_committed"}};
}

}  // namespace

Result<std::unique_ptr<KafkaLog>> KafkaLog::open(KafkaSettings settings, Clock& clock) {
    TRY_STATUS(check_settings(settings));
    std::unique_ptr<KafkaLog> log(new KafkaLog(std::move(settings), clock));
    TRY_STATUS(log->start());
    return log;
}

KafkaLog::KafkaLog(KafkaSettings settings, Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {}

Status KafkaLog::start() {
    questions_ = std::make_unique<Questions>();
    auto poll_soon = [this](Handle& handle) { questions_->tell([&handle] { handle.poll(); }); };
    TRY(asking_, Handle::open(settings_, clock_, Handle::Kind::consumer, asking_entries(),
                              {.delivered = {}, .has_events = poll_soon}));
    topics_ = std::make_unique<Topics>(settings_, clock_, *questions_, *asking_,
                                       [this](const std::string& name) { start_anew(name); });
    ends_ = std::make_unique<Ends>(clock_, *questions_, *topics_, *asking_);
    readers_ = std::make_unique<Readers>(settings_, clock_, *ends_, poll_soon);
    TRY(appender_, Appender::open(settings_, clock_, *ends_));
    return {};
}

KafkaLog::~KafkaLog() { close(); }

void KafkaLog::close() {
    if (std::exchange(is_closed_, true)) return;
    if (appender_) appender_->close(kCloseGrace);
    if (questions_) questions_->stop();
    if (readers_) readers_->close();
}

// --- appending ----------------------------------------------------------------------------------

Task<std::vector<Result<Appended>>> KafkaLog::append(std::span<PartitionBatch> batches,
                                                     IdempotencyKey key) {
    std::vector<Status> allowed;
    for (const PartitionBatch& batch : batches) {
        if (!key.text.empty()) {
            allowed.push_back(fail(Errc::unsupported,
                                   "Kafka keeps no idempotency keys: over a real Kafka, send the "
                                   "records without one"));
            continue;
        }
        allowed.push_back(co_await topics_->find(batch.partition));
    }
    auto outcomes = co_await appender_->append(batches, std::move(allowed));
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (!outcomes[i]) look_again(batches[i].partition.topic, outcomes[i].error().code);
    }
    co_return outcomes;
}

// librdkafka remembers that a topic was unknown or forbidden, and refuses appends to it unasked
// until it looks again by itself, minutes later.
void KafkaLog::look_again(const std::string& topic, Errc code) {
    if (code != Errc::not_found && code != Errc::permission) return;
    topics_->forget(topic);
    std::int64_t now_us = clock_.steady_us();
    std::int64_t last_us = looked_again_us_.load();
    if (now_us - last_us < kLookAgainUs ||
        !looked_again_us_.compare_exchange_strong(last_us, now_us))
        return;
    questions_->tell([this, topic] { appender_->know_topic(topic); });
}

// --- reading ------------------------------------------------------------------------------------

Task<Result<std::shared_ptr<Reader>>> KafkaLog::reader_at(TopicPartition partition, Offset from) {
    if (auto reader = readers_->find(partition, from)) co_return reader;
    co_return co_await questions_->ask<std::shared_ptr<Reader>>(
        [this, partition, from] { return readers_->open(partition, from); });
}

Task<Result<Fetched>> KafkaLog::answer(TopicPartition partition, std::string batches, Offset next) {
    CO_TRY(OffsetRange range, co_await ends_->of(std::move(partition)));
    range.end = std::max(range.end, next);
    co_return Fetched{std::move(batches), range};
}

Task<Result<Fetched>> KafkaLog::fetch(TopicPartition partition, Offset from, FetchLimits limits) {
    CO_TRY_STATUS(co_await topics_->find(partition));
    using namespace std::chrono;
    const auto begin = steady_clock::now();
    const auto empty_at = begin + limits.wait_max;
    const auto given_up_at = begin + limits.wait_max + milliseconds(settings_.request_timeout_ms);
    for (int moves = 0;;) {
        CO_TRY(auto reader, co_await reader_at(partition, from));
        std::uint64_t seen = reader->events();
        auto taken = reader->take(from, limits.bytes_max);
        if (!taken) {
            questions_->tell([this, reader] { readers_->drop(reader); });
            if (taken.error().code == Errc::not_found) forget_topic(partition.topic);
            co_return std::unexpected(taken.error());
        }
        if (!taken->batches.empty()) {
            co_return co_await answer(partition, std::move(taken->batches), taken->next);
        }
        if (taken->has_moved) {
            if (++moves < kMovesMax) continue;
            co_return fail(Errc::unavailable,
                           fmt::format("too many read {}/{} at once, each somewhere else",
                                       partition.topic, partition.partition));
        }
        auto until = given_up_at;
        auto now = steady_clock::now();
        if (taken->is_at_end && now < empty_at) {
            until = empty_at;
        } else if (taken->is_at_end) {
            // Are the brokers there, and is there nothing that has not come yet?
            auto empty = co_await answer(partition, {}, from);
            if (!empty || empty->offsets.end <= from) co_return empty;
        }
        if (now >= given_up_at) {
            co_return std::unexpected(asking_->failure(
                RD_KAFKA_RESP_ERR__TIMED_OUT,
                fmt::format("{}/{}: no answer from offset {} on within {} ms", partition.topic,
                            partition.partition, from, settings_.request_timeout_ms)));
        }
        co_await reader->wait(seen, until);
    }
}

Task<Result<OffsetRange>> KafkaLog::offsets(TopicPartition partition) {
    CO_TRY_STATUS(co_await topics_->find(partition));
    co_return co_await ends_->of(partition);
}

Task<Result<Offset>> KafkaLog::offset_at(TopicPartition partition, Timestamp time) {
    CO_TRY_STATUS(co_await topics_->find(partition));
    CO_TRY(auto found, co_await ends_->at(partition, time));
    if (found) co_return *found;
    CO_TRY(OffsetRange range, co_await ends_->of(partition));
    co_return range.end;
}

// --- topics -------------------------------------------------------------------------------------

void KafkaLog::forget_topic(const std::string& name) {
    topics_->forget(name);
    ends_->forget_topic(name);
    questions_->tell([this, name] { readers_->drop_topic(name); });
}

// On the questions' thread. A reader of the topic's former life would go on in it, and the producer
// in its sequence numbers.
void KafkaLog::start_anew(const std::string& name) {
    log_warn("kafka", "topic {} was removed and made anew", name);
    ends_->forget_topic(name);
    readers_->drop_topic(name);
    appender_->forget_topic(name);
    appender_->know_topic(name);
}

Task<Result<TopicInfo>> KafkaLog::create_topic(std::string name, std::int32_t partitions) {
    ends_->forget_topic(name);
    co_return co_await topics_->create(name, partitions,
                                       [this, name] { appender_->know_topic(name); });
}

Task<Status> KafkaLog::remove_topic(std::string name) {
    Status removed = co_await topics_->remove(name);
    if (!removed) co_return removed;
    appender_->forget_topic(name);
    forget_topic(name);
    co_return removed;
}

Task<Result<TopicInfo>> KafkaLog::describe_topic(std::string name) {
    return topics_->describe(std::move(name));
}

Task<Result<std::vector<TopicInfo>>> KafkaLog::list_topics() { return topics_->list(); }

// --- checking -----------------------------------------------------------------------------------

Result<KafkaLog::Checked> KafkaLog::check(const std::vector<std::string>& topics) {
    Checked checked;
    TRY(auto all, topics_->ask_all());
    for (const std::string& name : topics) {
        if (std::ranges::find(all, name, &TopicInfo::name) != all.end()) continue;
        // What an account may not see is left out of the list; asked for by name, it is refused.
        auto one = topics_->ask_one(name);
        if (!one && one.error().code != Errc::not_found)
            return std::unexpected(std::move(one).error());
        if (!one) checked.missing_topics.push_back(name);
    }
    checked.topics = all.size();
    TRY_STATUS(appender_->check());
    checked.cluster = asking_->cluster(static_cast<int>(settings_.request_timeout_ms));
    return checked;
}

}  // namespace pinflow::kafka
