// SPDX-License-Identifier: Apache-2.0
#include "sink/partition_state.h"

#include <fmt/format.h>

#include "base/text.h"
#include "codec/json/reader.h"
#include "codec/json/writer.h"

namespace pinflow::sink {
namespace {

Result<std::vector<OffsetRange>> read_ranges(json::JsonReader& reader) {
    std::vector<OffsetRange> ranges;
    TRY_STATUS(reader.enter_array());
    for (;;) {
        TRY(bool has_more, reader.next_element());
        if (!has_more) return ranges;
        TRY(Offset first, reader.read_int());
        TRY(bool has_end, reader.next_element());
        if (!has_end) return fail(Errc::corrupt, "a range without an end");
        TRY(Offset end, reader.read_int());
        ranges.push_back({first, end});
    }
}

Status read_member(json::JsonReader& reader, std::string_view name, PartitionState& state) {
    if (name == "created") {
        TRY(state.topic_life.created_ms, reader.read_int());
    } else if (name == "life") {
        TRY(state.topic_life.id, reader.read_string());
    } else if (name == "next") {
        TRY(state.next, reader.read_int());
    } else if (name == "promised") {
        TRY(state.promised, read_ranges(reader));
    } else if (name == "nulls") {
        TRY(std::string nulls, reader.read_string());
        state.null_values = nulls == "write" ? NullValues::write : NullValues::ignore;
    } else if (name == "dir") {
        TRY(state.topics_dir, reader.read_string());
    } else {
        return reader.skip_value();
    }
    return {};
}

// Pair assertion of what encode() promises: the ranges follow one another up to `next`.
Status check_ranges(const PartitionState& state) {
    Offset at = state.promised.empty() ? state.next : state.promised.front().first;
    for (const OffsetRange& range : state.promised) {
        if (range.first != at || range.end <= range.first) {
            return fail(Errc::corrupt, "promised ranges do not follow one another");
        }
        at = range.end;
    }
    if (at != state.next || at < 0) return fail(Errc::corrupt, "ranges do not end at the position");
    return {};
}

}  // namespace

std::string PartitionState::encode(const PartitionState& state) {
    json::JsonWriter writer;
    writer.begin_object().member("created", state.topic_life.created_ms);
    if (!state.topic_life.id.empty()) writer.member("life", std::string_view(state.topic_life.id));
    writer.member("next", state.next);
    writer.key("promised").begin_array();
    for (const OffsetRange& range : state.promised) writer.value(range.first).value(range.end);
    writer.end_array();
    writer.member("nulls",
                  std::string_view(state.null_values == NullValues::write ? "write" : "ignore"));
    writer.member("dir", std::string_view(state.topics_dir)).end_object();
    return std::move(writer).take();
}

Result<PartitionState> PartitionState::decode(std::string_view text) {
    PartitionState state;
    json::JsonReader reader(text);
    TRY_STATUS(reader.enter_object());
    for (;;) {
        TRY(auto name, reader.next_member());
        if (!name) break;
        TRY_STATUS(read_member(reader, *name, state));
    }
    TRY_STATUS(reader.finish());
    TRY_STATUS(check_ranges(state));
    return state;
}

std::string state_key(const TopicPartition& partition) {
    return fmt::format("{}{}/{}", kStatePrefix, partition.topic, partition.partition);
}

Result<TopicPartition> partition_of_state_key(std::string_view key) {
    auto parts = split(key, '/');  // topic names hold no slash
    auto number = parts.size() == 3 ? parse_int(parts[2]) : std::nullopt;
    if (!number) return fail(Errc::corrupt, fmt::format("work book: strange key '{}'", key));
    return TopicPartition{std::string(parts[1]), static_cast<std::int32_t>(*number)};
}

}  // namespace pinflow::sink
