// SPDX-License-Identifier: Apache-2.0
#include "sink/object_names.h"

#include <fmt/format.h>

#include "base/check.h"

namespace pinflow::sink {
namespace {

constexpr std::string_view kExtension = ".json";

std::string key_below(std::string_view folder, const TopicPartition& partition, Offset first) {
    // filename.offset.zero.pad.width = 10; larger offsets simply grow longer, as there.
    return fmt::format("{0}/{1}/partition={2}/{1}+{2}+{3:010}{4}", folder, partition.topic,
                       partition.partition, first, kExtension);
}

}  // namespace

std::string object_key(const std::string& topics_dir, const TopicPartition& partition,
                       Offset first) {
    return key_below(topics_dir, partition, first);
}

std::string dead_letter_key(const std::string& topics_dir, const TopicPartition& partition,
                            Offset first) {
    return key_below(topics_dir + "-dead", partition, first);
}

std::string key_of_later_topic(const std::string& key, const Life& topic_life) {
    CHECK(key.ends_with(kExtension));
    const std::string& id = topic_life.id;
    return fmt::format(
        "{}.g{}{}", key.substr(0, key.size() - kExtension.size()),
        id.empty() ? std::to_string(topic_life.created_ms) : id.substr(id.rfind('/') + 1),
        kExtension);
}

}  // namespace pinflow::sink
