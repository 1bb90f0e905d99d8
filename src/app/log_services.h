// SPDX-License-Identifier: Apache-2.0
// The services that stand in for our own log, where the settings name them: Kafka for the topics,
// Kinesis for the streams.
#pragma once

#include <memory>
#include <string>

#include "app/settings.h"
#include "ports/clock.h"
#include "remote/kafka/kafka_log.h"
#include "remote/kinesis/kinesis_streams.h"

namespace pinflow::app {

bool has_kafka(const Settings& settings);    // kafka.bootstrap_servers
bool has_kinesis(const Settings& settings);  // kinesis.region or kinesis.endpoint

// Where it is, for messages: without user and password.
Result<std::string> kafka_place(const Settings& settings);
std::string kinesis_place(const Settings& settings);

// Neither connects to anything. invalid_argument, naming the setting that is wrong.
Result<std::unique_ptr<kafka::KafkaLog>> open_kafka(const Settings& settings, Clock& clock);
Result<std::unique_ptr<kinesis::KinesisStreams>> open_kinesis(const Settings& settings,
                                                              Clock& clock);

// One that gives up soon, for a check.
Result<std::unique_ptr<kinesis::KinesisStreams>> open_kinesis_to_look(const Settings& settings,
                                                                      Clock& clock);

}  // namespace pinflow::app
