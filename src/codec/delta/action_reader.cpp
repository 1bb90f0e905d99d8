// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"
#include "codec/delta/actions.h"
#include "codec/delta/names.h"

namespace pinflow::delta {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

// A member that is absent, null or of another type reads as nothing; each action says what it
// needs.
std::optional<element> member(const object& from, std::string_view name) {
    element value;
    if (from.at_key(name).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
    return value;
}

template <class T>
std::optional<T> get(const object& from, std::string_view name) {
    auto value = member(from, name);
    T typed;
    if (!value || value->get(typed) != simdjson::SUCCESS) return std::nullopt;
    return typed;
}

std::string text_of(const object& from, std::string_view name) {
    return std::string(get<std::string_view>(from, name).value_or(""));
}

std::vector<std::string> texts_of(const object& from, std::string_view name) {
    std::vector<std::string> texts;
    if (auto array = get<simdjson::dom::array>(from, name))
        for (element item : *array)
            if (std::string_view text; item.get(text) == simdjson::SUCCESS)
                texts.emplace_back(text);
    return texts;
}

PartitionValues values_of(const object& from, std::string_view name) {
    PartitionValues values;
    if (auto map = get<object>(from, name)) {
        for (auto [key, value] : *map) {
            std::string_view text;
            bool is_text = value.get(text) == simdjson::SUCCESS;
            values[std::string(key)] = is_text ? std::optional{std::string(text)} : std::nullopt;
        }
    }
    return values;
}

Properties properties_of(const object& from, std::string_view name) {
    Properties properties;
    for (auto& [key, value] : values_of(from, name))
        if (value) properties[key] = *value;
    return properties;
}

// ClickHouse 26.7 writes seconds where the protocol says milliseconds (its issue 120523). As
// milliseconds those would be January 1970; as seconds this bound is the year 5138.
std::int64_t as_milliseconds(std::int64_t time) {
    constexpr std::int64_t kSecondsMax = 100'000'000'000;
    return time > 0 && time < kSecondsMax ? time * 1000 : time;
}

// A string by the protocol; an object, or {"stats_json": "..."}, by ClickHouse (its issue 120522).
std::string stats_of(const object& add) {
    auto stats = member(add, "stats");
    if (!stats) return "";
    if (std::string_view text; stats->get(text) == simdjson::SUCCESS) return std::string(text);
    object inner;
    if (stats->get(inner) != simdjson::SUCCESS) return "";
    if (auto text = get<std::string_view>(inner, "stats_json")) return std::string(*text);
    return simdjson::minify(inner);
}

std::unexpected<Error> lacks(std::string_view action, std::string_view field) {
    return fail(Errc::corrupt, fmt::format("{} lacks {}", action, field));
}

Result<Action> read_protocol(const object& from) {
    auto reader = get<std::int64_t>(from, "minReaderVersion");
    auto writer = get<std::int64_t>(from, "minWriterVersion");
    if (!reader || !writer) return lacks("protocol", "minReaderVersion or minWriterVersion");
    return Protocol{.min_reader_version = static_cast<int>(*reader),
                    .min_writer_version = static_cast<int>(*writer),
                    .reader_features = texts_of(from, "readerFeatures"),
                    .writer_features = texts_of(from, "writerFeatures")};
}

Result<Action> read_meta_data(const object& from) {
    MetaData meta{.id = text_of(from, "id"),
                  .schema = text_of(from, "schemaString"),
                  .partition_columns = texts_of(from, "partitionColumns"),
                  .configuration = properties_of(from, "configuration"),
                  .created_time_ms = get<std::int64_t>(from, "createdTime").value_or(0)};
    if (auto format = get<object>(from, "format")) meta.format = text_of(*format, "provider");
    if (meta.schema.empty()) return lacks("metaData", "schemaString");
    return meta;
}

Result<Action> read_add(const object& from) {
    AddFile add{
        .path = {},
        .bytes = get<std::uint64_t>(from, "size").value_or(0),
        .modified_ms = as_milliseconds(get<std::int64_t>(from, "modificationTime").value_or(0)),
        .data_change = get<bool>(from, "dataChange").value_or(true),
        .stats = stats_of(from),
        .tags = properties_of(from, "tags"),
        .partition_values = values_of(from, "partitionValues"),
        .has_deletion_vector = member(from, "deletionVector").has_value()};
    if (text_of(from, "path").empty()) return lacks("add", "path");
    TRY(add.path, decode_path(text_of(from, "path")));
    return add;
}

Result<Action> read_remove(const object& from) {
    RemoveFile remove{.path = {},
                      .deleted_ms = get<std::int64_t>(from, "deletionTimestamp").value_or(0),
                      .data_change = get<bool>(from, "dataChange").value_or(true),
                      .bytes = get<std::uint64_t>(from, "size").value_or(0),
                      .partition_values = values_of(from, "partitionValues")};
    if (text_of(from, "path").empty()) return lacks("remove", "path");
    TRY(remove.path, decode_path(text_of(from, "path")));
    return remove;
}

Result<Action> read_transaction(const object& from) {
    auto version = get<std::int64_t>(from, "version");
    if (!version) return lacks("txn", "version");
    return Transaction{.app_id = text_of(from, "appId"),
                       .version = *version,
                       .updated_ms = get<std::int64_t>(from, "lastUpdated").value_or(0)};
}

Result<Action> read_commit_info(const object& from) {
    return CommitInfo{.time_ms = get<std::int64_t>(from, "timestamp").value_or(0),
                      .operation = text_of(from, "operation"),
                      .parameters = properties_of(from, "operationParameters"),
                      .metrics = properties_of(from, "operationMetrics"),
                      .engine = text_of(from, "engineInfo"),
                      .transaction_id = text_of(from, "txnId")};
}

struct ActionKind {
    std::string_view name;
    Result<Action> (*read)(const object&);
};
constexpr ActionKind kActionKinds[] = {
    {"add", read_add},
    {"remove", read_remove},
    {"txn", read_transaction},
    {"commitInfo", read_commit_info},
    {"metaData", read_meta_data},
    {"protocol", read_protocol},
};

Status read_line(simdjson::dom::parser& parser, std::string_view line, std::vector<Action>& out) {
    object action;
    if (parser.parse(line.data(), line.size()).get(action) != simdjson::SUCCESS)
        return fail(Errc::corrupt, "no JSON object");
    if (member(action, "sidecar"))
        return fail(Errc::unsupported, "the log needs the reader feature v2Checkpoint");
    for (const ActionKind& kind : kActionKinds) {
        auto body = get<object>(action, kind.name);
        if (!body) continue;
        TRY(Action value, kind.read(*body));
        out.push_back(std::move(value));
    }
    return {};
}

}  // namespace

Result<std::vector<Action>> read_actions(std::string_view lines) {
    std::vector<Action> actions;
    simdjson::dom::parser parser;
    std::size_t number = 0;
    for (std::string_view line : split(lines, '\n')) {
        ++number;
        if (trim(line).empty()) continue;
        if (auto read = read_line(parser, line, actions); !read)
            return with_context(std::move(read).error(), fmt::format("line {}", number));
    }
    return actions;
}

}  // namespace pinflow::delta
