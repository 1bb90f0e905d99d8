// SPDX-License-Identifier: Apache-2.0
// For this folder's tests only: a Kinesis that answers each operation as the test says.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <mutex>

#include "base/reactor.h"
#include "net/http_client_test_server.h"
#include "posix/system_clock.h"
#include "remote/kinesis/kinesis_streams.h"

namespace pinflow::kinesis {

inline constexpr const char* kSecret = "the-canary-secret";
inline constexpr const char* kToken = "the-canary-token";
inline constexpr const char* kShard = "shardId-000000000000";

inline net::Reply aws_error(int status, const std::string& type, const std::string& message = "") {
    return net::answer(status, R"({"__type":")" + type + R"(","message":")" + message + R"("})");
}

// Time that runs, and jumps ahead at each look: what waits for a time to pass does not wait long.
class HastyClock final : public Clock {
public:
    Timestamp now_ms() override { return clock_.now_ms(); }
    std::int64_t steady_us() override { return clock_.steady_us() + (ahead_us_ += step_us); }
    std::int64_t step_us = 0;

private:
    posix::SystemClock clock_;
    std::atomic<std::int64_t> ahead_us_ = 0;
};

class ScriptedKinesis : public testing::Test {
protected:
    void SetUp() override { open(); }

    void open() {
        settings.endpoint = server.url();
        settings.region = "eu-west-1";
        settings.idle_read_interval = std::chrono::milliseconds(1);
        settings.credentials = [] { return sigv4::Credentials{"AKID", kSecret, kToken}; };
        streams = KinesisStreams::open(settings, clock).value();
    }

    // What the operation is answered, time after time; the last one again and again.
    void on(const std::string& operation, std::vector<net::Reply> replies) {
        std::scoped_lock lock(mutex_);
        replies_[operation] = {replies.begin(), replies.end()};
    }
    void on(const std::string& operation, std::function<net::Reply(const std::string&)> answer) {
        std::scoped_lock lock(mutex_);
        functions_[operation] = std::move(answer);
    }
    // The bodies of the requests for it.
    std::vector<std::string> bodies(const std::string& operation) {
        std::vector<std::string> bodies;
        for (const net::SeenRequest& request : server.seen()) {
            if (operation_of(request) == operation) bodies.push_back(request.body);
        }
        return bodies;
    }

    static std::string operation_of(const net::SeenRequest& request) {
        constexpr std::string_view kTarget = "X-Amz-Target: Kinesis_20131202.";
        std::size_t at = request.head.find(kTarget) + kTarget.size();
        return request.head.substr(at, request.head.find("\r\n", at) - at);
    }
    net::Reply reply_to(const net::SeenRequest& request) {
        std::scoped_lock lock(mutex_);
        std::string operation = operation_of(request);
        if (auto function = functions_.find(operation); function != functions_.end()) {
            return function->second(request.body);
        }
        auto& left = replies_[operation];
        if (left.empty()) return aws_error(400, "UnknownOperationException");
        net::Reply reply = left.front();
        if (left.size() > 1) left.pop_front();
        return reply;
    }

    Result<ShardRead> read(const std::string& token, ShardLimits limits = {}) {
        return run_here(streams->read("s", kShard, {token}, limits));
    }
    std::vector<Result<StoredAt>> put(std::vector<StreamRecord> records) {
        auto outcomes = run_here(streams->put("s", std::move(records), {}));
        EXPECT_TRUE(outcomes) << outcomes.error().text;
        return outcomes.value_or(std::vector<Result<StoredAt>>{});
    }

    std::mutex mutex_;
    std::map<std::string, std::deque<net::Reply>> replies_;
    std::map<std::string, std::function<net::Reply(const std::string&)>> functions_;
    HastyClock clock;
    KinesisSettings settings;
    net::ScriptedServer server{[this](const net::SeenRequest& seen) { return reply_to(seen); }};
    std::unique_ptr<KinesisStreams> streams;
};

}  // namespace pinflow::kinesis
