// SPDX-License-Identifier: Apache-2.0
#include "pinterest/post_forms.h"

#include <fmt/format.h>

#include "codec/json/writer.h"

namespace pinflow::pinterest {
namespace {

// One key for every record, as the course's template has it: a whole stream on one shard.
constexpr std::string_view kPartitionKey = "partition-1";

std::string percent_encoded(std::string_view text) {
    std::string encoded;
    for (char c : text) {
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                        std::string_view("-._~").contains(c);
        if (is_plain) encoded += c;
        else encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

std::string json_text(std::string_view text) {
    json::JsonWriter writer({.escape_non_ascii = true});
    writer.value(text);
    return std::move(writer).take();
}

emulator::PostForm batch_form(const PipelineKind& kind, std::string_view user) {
    std::string topic = expand_user(kind.topic, user);
    return {.table = kind.source_table,
            .name = topic,
            .road = emulator::Road::batch,
            .method = "POST",
            .path = "/topics/" + percent_encoded(topic),
            .content_type = "application/vnd.kafka.json.v2+json",
            .before = R"({"records": [{"value": )",
            .after = "}]}"};
}

emulator::PostForm stream_form(const PipelineKind& kind, std::string_view user) {
    std::string stream = expand_user(kind.stream, user);
    return {.table = kind.source_table,
            .name = stream,
            .road = emulator::Road::stream,
            .method = "PUT",
            .path = "/streams/" + percent_encoded(stream) + "/record",
            .content_type = "application/json",
            .before = fmt::format(R"({{"StreamName": {}, "Data": )", json_text(stream)),
            .after = fmt::format(R"(, "PartitionKey": "{}"}})", kPartitionKey)};
}

}  // namespace

std::vector<emulator::PostForm> post_forms(const Pipeline& pipeline, std::string_view user,
                                           std::span<const emulator::Road> roads) {
    std::vector<emulator::PostForm> forms;
    for (emulator::Road road : roads) {
        for (const PipelineKind& kind : pipeline.kinds) {
            forms.push_back(road == emulator::Road::batch ? batch_form(kind, user)
                                                          : stream_form(kind, user));
        }
    }
    return forms;
}

}  // namespace pinflow::pinterest
