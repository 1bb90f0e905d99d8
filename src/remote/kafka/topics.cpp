// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/topics.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinflow::kafka {
namespace {

constexpr std::int64_t kFreshUs = 5'000'000;
constexpr std::int64_t kListFreshUs = 1'000'000;
constexpr std::int32_t kPartitionsMax = 10'000;
constexpr std::size_t kLivesMax = 100'000;  // of names that there were, with those that are gone
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

// That has just answered, or, where it did by its bootstrap address, one that is up by its word.
// The controller, to whom librdkafka would turn, may be away.
std::int32_t one_broker(const struct rd_kafka_metadata& metadata) {
    if (metadata.orig_broker_id >= 0 || metadata.broker_cnt == 0) return metadata.orig_broker_id;
    return metadata.brokers[0].id;
}

// Kafka's protocol says no time of creation. Its topic ids are asked for apart.
TopicInfo info_of(const rd_kafka_metadata_topic& topic) {
    return {.name = topic.topic, .partitions = topic.partition_cnt, .created_ms = 0, .uuid = ""};
}

// "<cluster>/<topic id>", the id as Kafka's own tools write it; empty where there is none.
std::string uuid_of(const std::string& cluster, const rd_kafka_Uuid_t* id) {
    const bool is_zero = rd_kafka_Uuid_most_significant_bits(id) == 0 &&
                         rd_kafka_Uuid_least_significant_bits(id) == 0;
    if (is_zero || cluster.empty()) return "";
    std::string text = rd_kafka_Uuid_base64str(id);
    std::ranges::replace(text, '+', '-');  // librdkafka's base64 is not the one for names
    std::ranges::replace(text, '/', '_');
    return cluster + "/" + text;
}

}  // namespace

// --- asking, on the questions' thread -----------------------------------------------------------

// request(options, queue) sends it, to the controller if to no broker. Nothing where no answer
// came; it has its own timeout, which says more than ours.
template <class Request>
EventPtr Topics::administer(Request request, int timeout_ms, std::int32_t broker) {
    QueuePtr queue(rd_kafka_queue_new(asking_.get()));
    std::unique_ptr<rd_kafka_AdminOptions_t, Freeing<rd_kafka_AdminOptions_destroy>> options(
        rd_kafka_AdminOptions_new(asking_.get(), RD_KAFKA_ADMIN_OP_ANY));
    char text[512];
    rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, text, sizeof text);
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout_ms, text, sizeof text);
    if (broker >= 0) rd_kafka_AdminOptions_set_broker(options.get(), broker, text, sizeof text);
    request(options.get(), queue.get());
    constexpr int kGraceMs = 1'000;
    return EventPtr(rd_kafka_queue_poll(queue.get(), timeout_ms + kGraceMs));
}

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
    std::vector<TopicInfo> one{info_of(found)};
    TRY_STATUS(add_ids(one, one_broker(*metadata)));
    if (one.empty()) return std::unexpected(no_such(name));
    note_lives(one);
    return one.front();
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
    TRY_STATUS(add_ids(topics, one_broker(*metadata)));
    std::ranges::sort(topics, {}, &TopicInfo::name);
    note_lives(topics);
    return topics;
}

// Takes out of `topics` what is gone since. Kafka has ids from 2.8 on; before, all stay empty.
Status Topics::add_ids(std::vector<TopicInfo>& topics, std::int32_t broker) {
    if (topics.empty()) return {};
    std::vector<const char*> names;
    for (const TopicInfo& topic : topics) names.push_back(topic.name.c_str());
    std::unique_ptr<rd_kafka_TopicCollection_t, Freeing<rd_kafka_TopicCollection_destroy>> asked(
        rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
    EventPtr event;
    TRY_STATUS(asking_.ask([&](int timeout_ms) {
        event = administer(
            [&](auto* options, auto* queue) {
                rd_kafka_DescribeTopics(asking_.get(), asked.get(), options, queue);
            },
            timeout_ms, broker);
        return event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    }));
    std::size_t count = 0;
    const rd_kafka_TopicDescription_t** described = rd_kafka_DescribeTopics_result_topics(
        rd_kafka_event_DescribeTopics_result(event.get()), &count);
    const std::string cluster = asking_.cluster(0);
    std::map<std::string, std::string, std::less<>> uuids;
    for (std::size_t i = 0; i < count; ++i) {
        const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(described[i]);
        if (rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
        uuids[rd_kafka_TopicDescription_name(described[i])] =
            uuid_of(cluster, rd_kafka_TopicDescription_topic_id(described[i]));
    }
    std::erase_if(topics, [&](const TopicInfo& topic) { return !uuids.contains(topic.name); });
    for (TopicInfo& topic : topics) topic.uuid = uuids[topic.name];
    return {};
}

// What is known of a topic's offsets, and what was read ahead, is of the life that it has lost.
void Topics::note_lives(const std::vector<TopicInfo>& topics) {
    std::vector<std::string> anew;
    {
        std::scoped_lock lock(mutex_);
        for (const TopicInfo& topic : topics) {
            std::string& noted = uuids_[topic.name];
            if (!may_be_same({0, noted}, topic.life())) {
                anew.push_back(topic.name);
                known_.erase(topic.name);
            }
            noted = topic.uuid;
        }
        if (uuids_.size() > kLivesMax) uuids_.clear();
    }
    for (const std::string& name : anew) made_anew_(name);
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

// The one topic's outcome.
template <class Request>
Status Topics::change(Request request) {
    EventPtr event = administer(request, static_cast<int>(settings_.request_timeout_ms));
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
    return change([&](auto* options, auto* queue) {
        rd_kafka_CreateTopics(asking_.get(), &one, 1, options, queue);
    });
}

Status Topics::drop(const std::string& name) {
    std::unique_ptr<rd_kafka_DeleteTopic_t, Freeing<rd_kafka_DeleteTopic_destroy>> topic(
        rd_kafka_DeleteTopic_new(name.c_str()));
    rd_kafka_DeleteTopic_t* one = topic.get();
    return change([&](auto* options, auto* queue) {
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
    if (removed) {
        std::scoped_lock lock(mutex_);
        uuids_.erase(name);  // who removes it knows that the next is another
    }
    co_return removed;
}

}  // namespace pinflow::kafka
