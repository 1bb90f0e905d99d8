// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ports/event_log.h"
#include "remote/kafka/handle.h"
#include "remote/kafka/questions.h"

namespace pinflow::kafka {

// Which topics there are. What was found is remembered for a while, for every append asks.
class Topics final {
public:
    // `asking` is a consumer: it makes no topic by asking for it. `made_anew` is called on the
    // questions' thread for a topic that others have removed and made anew.
    Topics(const KafkaSettings& settings, Clock& clock, Questions& questions, Handle& asking,
           std::function<void(const std::string&)> made_anew)
        : settings_(settings),
          clock_(clock),
          questions_(questions),
          asking_(asking),
          made_anew_(std::move(made_anew)) {}

    // not_found. As it was at most kFreshMs ago, longer where the brokers do not answer.
    Task<Result<TopicInfo>> describe(std::string name);
    // not_found also for a partition that the topic has not got.
    Task<Status> find(TopicPartition partition);
    Task<Result<std::vector<TopicInfo>>> list();

    Task<Result<TopicInfo>> create(std::string name, std::int32_t partitions,
                                   std::function<void()> made);
    Task<Status> remove(std::string name);

    void forget(const std::string& name);  // it seems to have changed

    // On the questions' thread, waiting.
    Result<std::vector<TopicInfo>> ask_all();
    Result<TopicInfo> ask_one(const std::string& name, bool wants_leaders = false);

private:
    struct Known {
        TopicInfo info;
        std::int64_t asked_us = 0;
        bool is_being_asked = false;
    };
    Status add_ids(std::vector<TopicInfo>& topics, std::int32_t broker);
    void note_lives(const std::vector<TopicInfo>& topics);
    Result<TopicInfo> ask_and_remember(const std::string& name, std::int64_t since_us);
    Status make(const std::string& name, std::int32_t partitions);
    Status drop(const std::string& name);
    template <class Request>
    EventPtr administer(Request request, int timeout_ms, std::int32_t broker = -1);
    template <class Request>
    Status change(Request request);

    const KafkaSettings& settings_;
    Clock& clock_;
    Questions& questions_;
    Handle& asking_;
    const std::function<void(const std::string&)> made_anew_;

    std::mutex mutex_;
    std::map<std::string, std::string> uuids_;  // of each name, when it was last there
    std::map<std::string, Known> known_;
    std::optional<std::vector<TopicInfo>> listed_;
    std::int64_t listed_us_ = 0;
    std::int64_t changed_us_ = 0;  // what was asked for before is old
};

}  // namespace pinflow::kafka
