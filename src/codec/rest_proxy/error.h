// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace pinflow::rest_proxy {

// Error codes of Confluent REST Proxy (kafka-rest, Errors.java): HTTP status first, then two
// digits.
constexpr int kKafkaBadRequest = 40002;
constexpr int kTopicNotFound = 40401;
constexpr int kPartitionNotFound = 40402;
constexpr int kSerialization = 42207;
constexpr int kKafkaError = 50002;
constexpr int kKafkaRetriableError = 50003;
constexpr int kBrokerNotAvailable = 50302;

struct ApiError {
    int status = 500;
    int error_code = 500;
    std::string message;
};

std::string error_body(const ApiError& error);  // {"error_code":..,"message":..}

}  // namespace pinflow::rest_proxy
