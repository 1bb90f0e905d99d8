// SPDX-License-Identifier: Apache-2.0
#include "batch/sink_object.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace pinflow::batch {
namespace {

constexpr std::size_t kOffsetDigits = 10;

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> parse_natural(std::string_view text) {
    return is_digits(text) ? parse_int(text) : std::nullopt;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// Arrival order across partitions is what the names say: see README.
auto arrival(const SinkObject& object) {
    return std::tie(object.first_offset, object.partition, object.topic);
}

std::optional<std::size_t> kind_of(const Pipeline& pipeline, std::string_view topic) {
    for (std::size_t kind = 0; kind < pipeline.kinds.size(); ++kind) {
        const std::string& pattern = pipeline.kinds[kind].topic;
        if (pattern == topic || match_user(pattern, topic)) return kind;
    }
    return std::nullopt;
}

}  // namespace

std::optional<SinkObject> parse_sink_object(std::string_view key, std::string_view prefix) {
    std::string_view rest = key;
    if (!take_prefix(rest, prefix)) return std::nullopt;
    std::size_t topic_end = rest.find('/');
    if (topic_end == std::string_view::npos || topic_end == 0) return std::nullopt;
    std::string_view topic = rest.substr(0, topic_end);
    rest.remove_prefix(topic_end + 1);
    if (!take_prefix(rest, "partition=")) return std::nullopt;
    std::size_t partition_end = rest.find('/');
    if (partition_end == std::string_view::npos) return std::nullopt;
    std::string_view partition_text = rest.substr(0, partition_end);
    rest.remove_prefix(partition_end + 1);
    if (!take_prefix(rest, topic) || !take_prefix(rest, "+") ||
        !take_prefix(rest, partition_text) || !take_prefix(rest, "+") || !rest.ends_with(".json")) {
        return std::nullopt;
    }
    rest.remove_suffix(5);
    std::optional<std::int64_t> partition = parse_natural(partition_text);
    std::optional<std::int64_t> offset = parse_natural(rest);
    if (!partition || *partition > INT32_MAX || !offset || rest.size() < kOffsetDigits)
        return std::nullopt;
    return SinkObject{.key = std::string(key),
                      .topic = std::string(topic),
                      .partition = static_cast<std::int32_t>(*partition),
                      .first_offset = *offset};
}

Task<Result<Inputs>> find_inputs(ObjectStore& objects, const Pipeline& pipeline,
                                 std::string prefix) {
    CO_TRY(std::vector<ObjectInfo> listed, co_await objects.list(prefix));
    Inputs inputs{.by_kind = std::vector<std::vector<SinkObject>>(pipeline.kinds.size())};
    auto ignore = [&](std::string key, const char* reason) {
        ++inputs.ignored_count;
        if (inputs.ignored.size() < kIgnoredShownMax)
            inputs.ignored.push_back({std::move(key), reason});
    };
    for (ObjectInfo& info : listed) {
        std::optional<SinkObject> object = parse_sink_object(info.key, prefix);
        if (!object) {
            ignore(std::move(info.key), "not named as the sink names objects");
        } else if (std::optional<std::size_t> kind = kind_of(pipeline, object->topic)) {
            object->bytes = info.bytes;
            object->modified_ms = info.modified_ms;
            inputs.by_kind[*kind].push_back(*std::move(object));
        } else {
            ignore(std::move(info.key), "its topic is of no kind of this pipeline");
        }
    }
    for (std::vector<SinkObject>& found : inputs.by_kind) {
        std::ranges::sort(found, {}, arrival);
    }
    co_return inputs;
}

}  // namespace pinflow::batch
