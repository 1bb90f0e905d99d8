// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "codec/delta/actions.h"
#include "codec/delta/json_text.h"
#include "codec/delta/names.h"

namespace pinflow::delta {
namespace {

std::string json_array(const std::vector<std::string>& texts) {
    std::vector<std::string> items;
    for (const std::string& text : texts) items.push_back(json_string(text));
    return "[" + join(items, ",") + "]";
}

std::string json_object(const Properties& properties) {
    std::vector<std::string> members;
    for (const auto& [name, value] : properties)
        members.push_back(json_string(name) + ":" + json_string(value));
    return "{" + join(members, ",") + "}";
}

std::string json_object(const PartitionValues& values) {
    std::vector<std::string> members;
    for (const auto& [name, value] : values)
        members.push_back(json_string(name) + ":" + (value ? json_string(*value) : "null"));
    return "{" + join(members, ",") + "}";
}

std::string write(const CommitInfo& info) {
    return fmt::format(R"({{"commitInfo":{{"timestamp":{},"operation":{},"operationParameters":{},)"
                       R"("isBlindAppend":{},"operationMetrics":{},"engineInfo":{},"txnId":{}}}}})",
                       info.time_ms, json_string(info.operation), json_object(info.parameters),
                       info.parameters.contains("mode") && info.parameters.at("mode") == "Append",
                       json_object(info.metrics), json_string(info.engine),
                       json_string(info.transaction_id));
}

std::string write(const Protocol& protocol) {
    std::string features;
    if (protocol.min_reader_version >= 3)
        features += R"(,"readerFeatures":)" + json_array(protocol.reader_features);
    if (protocol.min_writer_version >= 7)
        features += R"(,"writerFeatures":)" + json_array(protocol.writer_features);
    return fmt::format(R"({{"protocol":{{"minReaderVersion":{},"minWriterVersion":{}{}}}}})",
                       protocol.min_reader_version, protocol.min_writer_version, features);
}

std::string write(const MetaData& meta) {
    return fmt::format(
        R"({{"metaData":{{"id":{},"format":{{"provider":{},"options":{{}}}},"schemaString":{},)"
        R"("partitionColumns":{},"configuration":{},"createdTime":{}}}}})",
        json_string(meta.id), json_string(meta.format), json_string(meta.schema),
        json_array(meta.partition_columns), json_object(meta.configuration), meta.created_time_ms);
}

std::string write(const AddFile& add) {
    std::string optional;
    if (!add.stats.empty()) optional += R"(,"stats":)" + json_string(add.stats);
    if (!add.tags.empty()) optional += R"(,"tags":)" + json_object(add.tags);
    return fmt::format(R"({{"add":{{"path":{},"partitionValues":{},"size":{},)"
                       R"("modificationTime":{},"dataChange":{}{}}}}})",
                       json_string(encode_path(add.path)), json_object(add.partition_values),
                       add.bytes, add.modified_ms, add.data_change, optional);
}

std::string write(const RemoveFile& remove) {
    return fmt::format(R"({{"remove":{{"path":{},"deletionTimestamp":{},"dataChange":{},)"
                       R"("extendedFileMetadata":true,"partitionValues":{},"size":{}}}}})",
                       json_string(encode_path(remove.path)), remove.deleted_ms, remove.data_change,
                       json_object(remove.partition_values), remove.bytes);
}

std::string write(const Transaction& transaction) {
    return fmt::format(R"({{"txn":{{"appId":{},"version":{},"lastUpdated":{}}}}})",
                       json_string(transaction.app_id), transaction.version,
                       transaction.updated_ms);
}

}  // namespace

std::string write_actions(const std::vector<Action>& actions) {
    std::string lines;
    for (const Action& action : actions) {
        lines += std::visit([](const auto& value) { return write(value); }, action);
        lines.push_back('\n');
    }
    return lines;
}

}  // namespace pinflow::delta
