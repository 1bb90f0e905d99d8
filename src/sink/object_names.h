// SPDX-License-Identifier: Apache-2.0
// Names of objects: Confluent's S3 sink connector with DefaultPartitioner and JsonFormat, byte for
// byte, and beside them the names of what cannot be a line of JSON. In prose:
// docs/formats/objects.md.
#pragma once

#include <string>

#include "ports/event_log.h"
#include "record/record.h"

namespace pinflow::sink {

// "topics/u.pin/partition=0/u.pin+0+0000000000.json"
std::string object_key(const std::string& topics_dir, const TopicPartition& partition,
                       Offset first);

// "topics-dead/u.pin/partition=0/u.pin+0+0000000000.json"
std::string dead_letter_key(const std::string& topics_dir, const TopicPartition& partition,
                            Offset first);

// The name to take when an earlier topic of the same name left an object with other bytes there:
// "….json" -> "….g1700000000000.json", by the time the present topic was created, or by its id.
std::string key_of_later_topic(const std::string& key, const Life& topic_life);

}  // namespace pinflow::sink
