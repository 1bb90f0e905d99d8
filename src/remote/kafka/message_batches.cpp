// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/message_batches.h"

namespace pinflow::kafka {
namespace {

std::optional<std::string_view> field(const void* bytes, std::size_t size) {
    if (bytes == nullptr) return std::nullopt;
    return std::string_view(static_cast<const char*>(bytes), size);
}

void add_headers(rd_kafka_message_t& message, std::vector<HeaderView>& headers) {
    rd_kafka_headers_t* list = nullptr;
    if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        headers.push_back({name, field(value, size)});
    }
}

std::string batch_of(std::span<rd_kafka_message_t* const> messages) {
    std::vector<HeaderView> headers;
    std::vector<std::size_t> header_ends;
    for (rd_kafka_message_t* message : messages) {
        add_headers(*message, headers);
        header_ends.push_back(headers.size());
    }
    std::vector<RecordView> records;
    std::size_t header = 0;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const rd_kafka_message_t& message = *messages[i];
        rd_kafka_timestamp_type_t type{};
        records.push_back({.key = field(message.key, message.key_len),
                           .value = field(message.payload, message.len),
                           .headers = std::span(headers).subspan(header, header_ends[i] - header),
                           .timestamp_ms = rd_kafka_message_timestamp(&message, &type)});
        header = header_ends[i];
    }
    std::string batch = build_batch(std::span<const RecordView>(records));
    set_base_offset(batch, messages.front()->offset);
    return batch;
}

}  // namespace

std::size_t bytes_of(const rd_kafka_message_t& message) {
    constexpr std::size_t kHeldBeside = 128;
    return message.len + message.key_len + kHeldBeside;
}

void MessageBatches::add(rd_kafka_message_t& message) {
    messages_.push_back(&message);
    bytes_ += bytes_of(message);
}

std::string MessageBatches::take() {
    std::string batches;
    std::span<rd_kafka_message_t* const> rest(messages_);
    while (!rest.empty()) {
        std::size_t count = 1;
        while (count < rest.size() && rest[count]->offset == rest[count - 1]->offset + 1) ++count;
        batches += batch_of(rest.first(count));
        rest = rest.subspan(count);
    }
    messages_.clear();
    bytes_ = 0;
    return batches;
}

}  // namespace pinflow::kafka
