// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "codec/delta/actions.h"
#include "codec/delta/names.h"
#include "codec/json/writer.h"

namespace pinflow::delta {
namespace {

using json::JsonWriter;

void write_texts(JsonWriter& out, std::string_view name, const std::vector<std::string>& texts) {
    out.key(name).begin_array();
    for (const std::string& text : texts) out.value(text);
    out.end_array();
}

void write_map(JsonWriter& out, std::string_view name, const Properties& properties) {
    out.key(name).begin_object();
    for (const auto& [key, value] : properties) out.member(key, value);
    out.end_object();
}

void write_map(JsonWriter& out, std::string_view name, const PartitionValues& values) {
    out.key(name).begin_object();
    for (const auto& [key, value] : values) {
        out.key(key);
        if (value) out.value(*value);
        else out.null();
    }
    out.end_object();
}

bool is_append(const CommitInfo& info) {
    auto mode = info.parameters.find("mode");
    return mode != info.parameters.end() && mode->second == "Append";
}

// The name of each action, and its members.
constexpr std::string_view name_of(const CommitInfo&) { return "commitInfo"; }
void write(JsonWriter& out, const CommitInfo& info) {
    out.member("timestamp", info.time_ms).member("operation", info.operation);
    write_map(out, "operationParameters", info.parameters);
    out.member("isBlindAppend", is_append(info));
    write_map(out, "operationMetrics", info.metrics);
    out.member("engineInfo", info.engine).member("txnId", info.transaction_id);
}

constexpr std::string_view name_of(const Protocol&) { return "protocol"; }
void write(JsonWriter& out, const Protocol& protocol) {
    out.member("minReaderVersion", protocol.min_reader_version);
    out.member("minWriterVersion", protocol.min_writer_version);
    if (protocol.min_reader_version >= 3)
        write_texts(out, "readerFeatures", protocol.reader_features);
    if (protocol.min_writer_version >= 7)
        write_texts(out, "writerFeatures", protocol.writer_features);
}

constexpr std::string_view name_of(const MetaData&) { return "metaData"; }
void write(JsonWriter& out, const MetaData& meta) {
    out.member("id", meta.id);
    out.key("format").begin_object().member("provider", meta.format);
    write_map(out, "options", Properties{});
    out.end_object().member("schemaString", meta.schema);
    write_texts(out, "partitionColumns", meta.partition_columns);
    write_map(out, "configuration", meta.configuration);
    out.member("createdTime", meta.created_time_ms);
}

constexpr std::string_view name_of(const AddFile&) { return "add"; }
void write(JsonWriter& out, const AddFile& add) {
    out.member("path", encode_path(add.path));
    write_map(out, "partitionValues", add.partition_values);
    out.member("size", add.bytes).member("modificationTime", add.modified_ms);
    out.member("dataChange", add.data_change);
    if (!add.stats.empty()) out.member("stats", add.stats);
    if (!add.tags.empty()) write_map(out, "tags", add.tags);
}

constexpr std::string_view name_of(const RemoveFile&) { return "remove"; }
void write(JsonWriter& out, const RemoveFile& remove) {
    out.member("path", encode_path(remove.path)).member("deletionTimestamp", remove.deleted_ms);
    out.member("dataChange", remove.data_change).member("extendedFileMetadata", true);
    write_map(out, "partitionValues", remove.partition_values);
    out.member("size", remove.bytes);
}

constexpr std::string_view name_of(const Transaction&) { return "txn"; }
void write(JsonWriter& out, const Transaction& transaction) {
    out.member("appId", transaction.app_id).member("version", transaction.version);
    out.member("lastUpdated", transaction.updated_ms);
}

std::string write_line(const auto& action) {
    JsonWriter out;
    out.begin_object().key(name_of(action)).begin_object();
    write(out, action);
    out.end_object().end_object();
    return std::move(out).take() + "\n";
}

}  // namespace

std::string write_actions(const std::vector<Action>& actions) {
    std::string lines;
    for (const Action& action : actions)
        lines += std::visit([](const auto& value) { return write_line(value); }, action);
    return lines;
}

}  // namespace pinflow::delta
