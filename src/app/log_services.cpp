// SPDX-License-Identifier: Apache-2.0
#include "app/log_services.h"

#include <algorithm>
#include <chrono>

#include "app/aws_access.h"
#include "app/secrets.h"

namespace pinflow::app {
namespace {

constexpr std::chrono::milliseconds kTimeoutWhenLooking{5'000};

Result<kafka::KafkaSettings> kafka_settings(const Settings& settings) {
    kafka::KafkaSettings kafka;
    kafka.bootstrap_servers = settings.text("kafka.bootstrap_servers");
    TRY(kafka.security, kafka::parse_security(settings.text("kafka.security_protocol")));
    TRY(kafka.mechanism, kafka::parse_mechanism(settings.text("kafka.sasl_mechanism")));
    kafka.user = settings.text("kafka.user");
    TRY(auto password, find_secret(settings, "kafka.password"));
    kafka.password = password.value_or("");
    kafka.ca_file = settings.text("kafka.ca_file");
    kafka.region = aws_region(settings);
    kafka.credentials = aws_credentials(settings);
    if (auto copies = settings.count("kafka.replication_factor"); copies > 0)
        kafka.replication_factor = static_cast<std::int16_t>(std::min<std::int64_t>(copies, 100));
    kafka.delivery_timeout_ms = settings.duration_ms("kafka.delivery_timeout");
    kafka.compression = settings.text("kafka.compression");
    return kafka;
}

std::string kinesis_region(const Settings& settings) {
    const std::string& said = settings.text("kinesis.region");
    return said.empty() ? aws_region(settings) : said;
}

kinesis::KinesisSettings kinesis_settings(const Settings& settings) {
    kinesis::KinesisSettings kinesis;
    kinesis.endpoint = settings.text("kinesis.endpoint");
    kinesis.region = kinesis_region(settings);
    kinesis.ca_file = settings.text("kinesis.ca_file");
    if (settings.text("kinesis.new_streams") == "on_demand")
        kinesis.new_streams = kinesis::StreamMode::on_demand;
    kinesis.credentials = aws_credentials(settings);
    return kinesis;
}

}  // namespace

bool has_kafka(const Settings& settings) {
    return !settings.text("kafka.bootstrap_servers").empty();
}

bool has_kinesis(const Settings& settings) {
    return !settings.text("kinesis.region").empty() || !settings.text("kinesis.endpoint").empty();
}

Result<std::string> kafka_place(const Settings& settings) {
    TRY(auto kafka, kafka_settings(settings));
    return kafka.shown();
}

std::string kinesis_place(const Settings& settings) {
    const std::string& endpoint = settings.text("kinesis.endpoint");
    return endpoint.empty() ? "kinesis." + kinesis_region(settings) : endpoint;
}

Result<std::unique_ptr<kafka::KafkaLog>> open_kafka(const Settings& settings, Clock& clock) {
    TRY(auto kafka, kafka_settings(settings));
    return kafka::KafkaLog::open(std::move(kafka), clock);
}

Result<std::unique_ptr<kinesis::KinesisStreams>> open_kinesis(const Settings& settings,
                                                              Clock& clock) {
    return kinesis::KinesisStreams::open(kinesis_settings(settings), clock);
}

Result<std::unique_ptr<kinesis::KinesisStreams>> open_kinesis_to_look(const Settings& settings,
                                                                      Clock& clock) {
    kinesis::KinesisSettings kinesis = kinesis_settings(settings);
    kinesis.request_timeout = kTimeoutWhenLooking;
    return kinesis::KinesisStreams::open(std::move(kinesis), clock);
}

}  // namespace pinflow::app
