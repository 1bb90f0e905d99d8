// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/topics.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinflow::kafka {
namespace {

constexpr std::int64_t kFreshUs = 5'000'000;
constexpr std::int64_t kListFreshUs = 1'000'000;
constexpr std::int32_t kPartitionsMax = 10'000;
constexpr std::chrono::milliseconds kLookAgain{20};  // while a change makes its way round

using MetadataPtr =
    std::unique_ptr<const struct rd_kafka_metadata, Freeing<rd_kafka_metadata_destroy>>;

// __consumer_offsets, __transaction_state, __amazon_msk_canary, …: nobody's records.
bool is_internal(std::string_view name) { return name.starts_with("__"); }

Error no_such(const std::string& name) {
    return {Errc::not_found, fmt::format("there is no topic '{}'", name)};
}

bool has_leaders(const rd_kafka_metadata_topic& topic) {
    return std::all_of(topic.partitions, topic.partitions + topic.partition_cnt,
                       [](const auto& partition) { return partition.leader >= 0; });
}

// Kafka's protocol says no time of creation, and librdkafka 2.0 no topic id: both stay empty.
TopicInfo info_of(const rd_kafka_metadata_topic& topic) {
    return {.name = topic.topic, .partitions = topic.partition_cnt, .created_ms = 0, .uuid = ""};
}

}  // namespace

// --- asking, on the questions' thread -----------------------------------------------------------

Result<TopicInfo> Topics::ask_one(const std::string& name, bool wants_leaders) {
    TopicPtr topic(rd_kafka_topic_new(asking_.get(), name.c_str(), nullptr));
    if (!topic) return std::unexpected(asking_.failure(rd_kafka_last_error(), name));
    const struct rd_kafka_metadata* raw = nullptr;
    TRY_STATUS(asking_.ask([&](int timeout_ms) {
        return rd_kafka_metadata(asking_.get(), 0, topic.get(), &raw, timeout_ms);
    }));
    MetadataPtr metadata(raw);
    if (metadata->topic_cnt != 1) return std::unexpected(no_such(name));
    const rd_kafka_metadata_topic& found = metadata->topics[0];
    if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
        found.err == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION) {
        return std::unexpected(no_such(name));
    }
    bool is_incomplete = found.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
                         (wants_leaders && !has_leaders(found));
    if (is_incomplete && wants_leaders) {
        return fail(Errc::unavailable, fmt::format("topic '{}' has no leaders yet", name));
    }
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR && !is_incomplete) {
        return std::unexpected(asking_.failure(
            found.err, fmt::format("topic '{}': {}", name, rd_kafka_err2str(found.err))));
    }
    return info_of(found);
}

Result<std::vector<TopicInfo>> Topics::ask_all() {
    const struct rd_kafka_metadata* raw = nullptr;
    TRY_STATUS(asking_.ask([&](int timeout_ms) {
        return rd_kafka_metadata(asking_.get(), 1, nullptr, &raw, timeout_ms);
    }));
    MetadataPtr metadata(raw);
    std::vector<TopicInfo> topics;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const rd_kafka_metadata_topic& topic = metadata->topics[i];
        if (topic.err == RD_KAFKA_RESP_ERR_NO_ERROR && !is_internal(topic.topic)) {
            topics.push_back(info_of(topic));
        }
    }
    std::ranges::sort(topics, {}, &TopicInfo::name);
    return topics;
}

// Unless it was asked meanwhile by who stood before in the row.
Result<TopicInfo> Topics::ask_and_remember(const std::string& name, std::int64_t since_us) {
    {
        std::scoped_lock lock(mutex_);
        auto known = known_.find(name);
        if (known != known_.end() && known->second.asked_us > since_us) return known->second.info;
    }
    std::int64_t now_us = clock_.steady_us();
    auto info = ask_one(name);
    std::scoped_lock lock(mutex_);
    auto known = known_.find(name);
    if (info) {
        known_[name] = {*info, now_us, false};
    } else if (info.error().code == Errc::unavailable && known != known_.end()) {
        // Brokers that do not answer say nothing against what was known.
        known->second.asked_us = clock_.steady_us();
        known->second.is_being_asked = false;
        return known->second.info;
    } else if (known != known_.end()) {
        known_.erase(known);
    }
    return info;
}

// --- what is known ------------------------------------------------------------------------------

Task<Result<TopicInfo>> Topics::describe(std::string name) {
    std::int64_t now_us = clock_.steady_us();
    {
        std::scoped_lock lock(mutex_);
        auto known = known_.find(name);
        if (known != known_.end()) {
            Known& topic = known->second;
            if (now_us - topic.asked_us < kFreshUs || topic.is_being_asked) co_return topic.info;
            topic.is_being_asked = true;  // by us; others go on with what was known
        }
    }
    if (!check_topic_name(name)) co_return std::unexpected(no_such(name));
    co_return co_await questions_.ask<TopicInfo>(
        [this, name, now_us] { return ask_and_remember(name, now_us); });
}

Task<Status> Topics::find(TopicPartition partition) {
    CO_TRY(TopicInfo info, co_await describe(partition.topic));
    if (partition.partition >= info.partitions) {  // it may have grown since
        forget(partition.topic);
        CO_TRY(info, co_await describe(partition.topic));
    }
    if (partition.partition >= 0 && partition.partition < info.partitions) co_return Status{};
    co_return fail(Errc::not_found, fmt::format("topic '{}' has no partition {}", partition.topic,
                                                partition.partition));
}

// Sink and stream look for new topics five times a second.
Task<Result<std::vector<TopicInfo>>> Topics::list() {
    std::int64_t now_us = clock_.steady_us();
    {
        std::scoped_lock lock(mutex_);
        if (listed_ && now_us - listed_us_ < kListFreshUs) co_return *listed_;
    }
    auto listed = co_await questions_.ask<std::vector<TopicInfo>>([this] { return ask_all(); });
    if (!listed) co_return listed;
    std::scoped_lock lock(mutex_);
    if (changed_us_ < now_us) listed_ = *listed;
    listed_us_ = now_us;
    co_return listed;
}

void Topics::forget(const std::string& name) {
    std::scoped_lock lock(mutex_);
    known_.erase(name);
    listed_.reset();
    changed_us_ = clock_.steady_us();
}

// --- making and removing ------------------------------------------------------------------------

// request(queue) sends it; the one topic's outcome is waited for.
template <class Request>
Status Topics::administer(Request request) {
    QueuePtr queue(rd_kafka_queue_new(asking_.get()));
    std::unique_ptr<rd_kafka_AdminOptions_t, Freeing<rd_kafka_AdminOptions_destroy>> options(
        rd_kafka_AdminOptions_new(asking_.get(), RD_KAFKA_ADMIN_OP_ANY));
    auto timeout_ms = static_cast<int>(settings_.request_timeout_ms);
    char text[512];
    rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, text, sizeof text);
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout_ms, text, sizeof text);
    request(options.get(), queue.get());
    constexpr int kGraceMs = 1'000;  // the request has its own timeout, which says more
    EventPtr event(rd_kafka_queue_poll(queue.get(), timeout_ms + kGraceMs));
    if (!event) return std::unexpected(asking_.failure(RD_KAFKA_RESP_ERR__TIMED_OUT));
    if (auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::unexpected(asking_.failure(code, rd_kafka_event_error_string(event.get())));
    }
    std::size_t count = 0;
    const rd_kafka_topic_result_t** results = nullptr;
    if (auto* created = rd_kafka_event_CreateTopics_result(event.get())) {
        results = rd_kafka_CreateTopics_result_topics(created, &count);
    } else if (auto* deleted = rd_kafka_event_DeleteTopics_result(event.get())) {
        results = rd_kafka_DeleteTopics_result_topics(deleted, &count);
    }
    for (std::size_t i = 0; i < count; ++i) {
        auto code = rd_kafka_topic_result_error(results[i]);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        const char* said = rd_kafka_topic_result_error_string(results[i]);
        return std::unexpected(asking_.failure(
            code, fmt::format("topic '{}': {}", rd_kafka_topic_result_name(results[i]),
                              said != nullptr ? said : rd_kafka_err2str(code))));
    }
    return {};
}

Status Topics::make(const std::string& name, std::int32_t partitions) {
    char text[512];
    std::unique_ptr<rd_kafka_NewTopic_t, Freeing<rd_kafka_NewTopic_destroy>> topic(
        rd_kafka_NewTopic_new(name.c_str(), partitions, settings_.replication_factor, text,
                              sizeof text));
    if (!topic) return fail(Errc::invalid_argument, text);
    rd_kafka_NewTopic_t* one = topic.get();
    return administer([&](auto* options, auto* queue) {
        rd_kafka_CreateTopics(asking_.get(), &one, 1, options, queue);
    });
}

Status Topics::drop(const std::string& name) {
    std::unique_ptr<rd_kafka_DeleteTopic_t, Freeing<rd_kafka_DeleteTopic_destroy>> topic(
        rd_kafka_DeleteTopic_new(name.c_str()));
    rd_kafka_DeleteTopic_t* one = topic.get();
    return administer([&](auto* options, auto* queue) {
        rd_kafka_DeleteTopics(asking_.get(), &one, 1, options, queue);
    });
}

// Kafka answers before every broker knows; who asks next must find the topic, and its leaders.
Task<Result<TopicInfo>> Topics::create(std::string name, std::int32_t partitions,
                                       std::function<void()> made) {
    CO_TRY_STATUS(check_topic_name(name));
    if (partitions < 1 || partitions > kPartitionsMax) {
        co_return fail(Errc::invalid_argument, fmt::format("a topic has 1 to {} partitions, not {}",
                                                           kPartitionsMax, partitions));
    }
    auto work = [this, name, partitions, made = std::move(made)]() -> Result<TopicInfo> {
        TRY_STATUS(make(name, partitions));
        std::int64_t until_us = clock_.steady_us() + settings_.request_timeout_ms * 1'000;
        for (;;) {
            auto info = ask_one(name, true);
            if (info) {
                made();
                return info;
            }
            if (clock_.steady_us() >= until_us || !questions_.pause(kLookAgain)) return info;
        }
    };
    auto created = co_await questions_.ask<TopicInfo>(std::move(work));
    forget(name);
    co_return created;
}

Task<Status> Topics::remove(std::string name) {
    if (!check_topic_name(name)) co_return std::unexpected(no_such(name));
    auto work = [this, name]() -> Status {
        TRY_STATUS(drop(name));
        std::int64_t until_us = clock_.steady_us() + settings_.request_timeout_ms * 1'000;
        while (clock_.steady_us() < until_us) {
            auto info = ask_one(name);
            if (!info && info.error().code == Errc::not_found) break;
            if (!questions_.pause(kLookAgain)) break;
        }
        return {};
    };
    Status removed = co_await questions_.ask<void>(std::move(work));
    forget(name);
    co_return removed;
}

}  // namespace pinflow::kafka
