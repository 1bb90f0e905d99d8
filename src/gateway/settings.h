// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/byte_budget.h"

namespace pinflow::gateway {

// Where the records of a path of the user's own go.
struct CustomRoute {
    enum class Kind { topic, stream };
    Kind kind = Kind::stream;
    std::string name;
};

constexpr std::uint64_t kOwnBudgetBytes = 256 << 20;

struct GatewaySettings {
    std::size_t body_bytes_max = 10 << 20;  // API Gateway's own limit (AWS quotas)

    bool auto_create_topics = true;       // as Kafka's auto.create.topics.enable
    std::int32_t default_partitions = 1;  // as Kafka's num.partitions

    bool auto_create_streams = true;
    std::int32_t auto_create_shards = 4;   // a new on-demand stream of AWS has four
    std::int32_t default_shard_count = 5;  // CreateStream without ShardCount: the course's template

    // True: errors of Kinesis come with status 200, as from a gateway whose only mapped response is
    // the default one (the course's set-up). False: with their own status.
    bool default_response_200 = false;

    std::string account_id = "000000000000";
    std::string region = "us-east-1";

    // What bodies expand to, and answers to reads, are leases of it; without one: a retriable
    // error. It outlives the gateway and every answer. Null: the gateway makes its own.
    ByteBudget* budget = nullptr;

    // POST and PUT to these paths, stage left out: {"/send": {stream, "pins"}}.
    std::map<std::string, CustomRoute> custom_routes;
};

}  // namespace pinflow::gateway
