// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/failure.h"

#include <fmt/format.h>

namespace pinflow::kafka {
namespace {

struct Rule {
    rd_kafka_resp_err_t code;
    Errc errc;
    std::string_view advice;
};

constexpr std::string_view kReach =
    "are the brokers up, and reachable from here? See kafka.bootstrap_servers and "
    "kafka.security_protocol";
constexpr std::string_view kOther =
    "is that a Kafka broker, and spoken to as it wants? See kafka.bootstrap_servers and "
    "kafka.security_protocol";
constexpr std::string_view kAccount =
    "check kafka.user, kafka.password_file and kafka.sasl_mechanism";
constexpr std::string_view kTls =
    "check kafka.ca_file, and the brokers' names in their certificate";
constexpr std::string_view kRights = "give kafka.user (or the AWS account) the right to it";
constexpr std::string_view kLater = "the brokers are busy with it; it is tried again";
constexpr std::string_view kReplicas = "fewer replicas are up than min.insync.replicas";
constexpr std::string_view kRecordSize = "raise the topic's max.message.bytes, or send less";

// Codes that begin with two underscores are the library's own, the others the brokers'
// (kafka.apache.org/protocol#protocol_error_codes).
constexpr Rule kRules[] = {
    {RD_KAFKA_RESP_ERR__TRANSPORT, Errc::unavailable, kReach},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, Errc::unavailable, kReach},
    {RD_KAFKA_RESP_ERR__RESOLVE, Errc::unavailable, "check the names in kafka.bootstrap_servers"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, Errc::unavailable, kReach},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, Errc::unavailable, kReach},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, Errc::unavailable, kReach},
    {RD_KAFKA_RESP_ERR__WAIT_COORD, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR__WAIT_CACHE, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR__QUEUE_FULL, Errc::unavailable, "too many records wait for the brokers"},
    {RD_KAFKA_RESP_ERR__PURGE_QUEUE, Errc::unavailable, "the log was closed"},
    {RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, Errc::timed_out, "the log was closed"},
    {RD_KAFKA_RESP_ERR__DESTROY, Errc::cancelled, "the log was closed"},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, Errc::permission, kAccount},
    {RD_KAFKA_RESP_ERR__SSL, Errc::permission, kTls},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, Errc::not_found, ""},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, Errc::not_found, ""},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, Errc::invalid_argument, "the log has no such offset"},
    {RD_KAFKA_RESP_ERR__INVALID_ARG, Errc::invalid_argument, ""},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, Errc::unsupported, "the brokers are too old"},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, Errc::corrupt, ""},
    {RD_KAFKA_RESP_ERR__BAD_MSG, Errc::corrupt, kOther},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, Errc::invalid_argument, "the log has no such offset"},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, Errc::corrupt, ""},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Errc::not_found, ""},
    {RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, Errc::unavailable, kReach},
    {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR_NOT_CONTROLLER, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, Errc::unavailable, kLater},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Errc::too_large, kRecordSize},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, Errc::too_large, kRecordSize},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, Errc::invalid_argument, ""},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, Errc::unavailable, kReplicas},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, Errc::timed_out, kReplicas},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Errc::permission, kRights},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, Errc::permission, kRights},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, Errc::permission, kRights},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, Errc::permission, kAccount},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, Errc::permission, kAccount},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, Errc::invalid_argument,
     "the topic refuses records of that time (message.timestamp.before.max.ms, after)"},
    {RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, Errc::already_exists, ""},
    {RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, Errc::invalid_argument, ""},
    {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, Errc::invalid_argument,
     "there are not so many brokers: check kafka.replication_factor"},
    {RD_KAFKA_RESP_ERR_INVALID_CONFIG, Errc::invalid_argument, ""},
    {RD_KAFKA_RESP_ERR_INVALID_REQUEST, Errc::invalid_argument, ""},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, Errc::permission, "the brokers' policy forbids it"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, Errc::unsupported, "the brokers are too old"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, Errc::unsupported,
     "the brokers are too old"},
    {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, Errc::timed_out,
     "it is not known what of it is stored"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, Errc::timed_out,
     "it is not known what of it is stored"},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, Errc::timed_out,
     "it is not known what of it is stored"},
    {RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, Errc::unavailable, "a broker's disk has failed"},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, Errc::invalid_argument,
     "a compacted topic takes no record without a key"},
    {RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED, Errc::permission,
     "the brokers have delete.topic.enable=false"},
};

}  // namespace

Error failure_of(rd_kafka_resp_err_t code, std::string_view text, std::string_view place) {
    if (text.empty()) text = rd_kafka_err2str(code);
    for (const Rule& rule : kRules) {
        if (rule.code != code) continue;
        std::string advice = rule.advice.empty() ? "" : fmt::format("; {}", rule.advice);
        return {rule.errc, fmt::format("{}: {}{}", place, text, advice)};
    }
    return {Errc::internal, fmt::format("{}: {} ({})", place, text, rd_kafka_err2name(code))};
}

}  // namespace pinflow::kafka
