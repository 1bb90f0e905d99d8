// SPDX-License-Identifier: Apache-2.0
#include "emulator/answer_body.h"

#include <limits>
#include <utility>

#include "codec/json/reader.h"

namespace pinflow::emulator {
namespace {

using json::JsonReader;
using json::Kind;

// The next value if it is of that kind; else it is passed over. Failures are malformed JSON only.
Result<std::optional<std::string>> string_or_skip(JsonReader& reader) {
    TRY(Kind kind, reader.peek());
    if (kind == Kind::string) return reader.read_string();
    TRY_STATUS(reader.skip_value());
    return std::nullopt;
}

Result<std::optional<std::int64_t>> integer_or_skip(JsonReader& reader) {
    TRY(Kind kind, reader.peek());
    if (kind == Kind::number) return reader.read_int();
    TRY_STATUS(reader.skip_value());
    return std::nullopt;
}

struct Entry {
    std::optional<std::int64_t> partition;
    std::optional<std::int64_t> offset;
    std::optional<std::int64_t> error_code;
    std::string error;

    // Some brokers' proxies report a failure as offset -1.
    bool is_stored() const { return offset && *offset >= 0 && !error_code; }
};

Result<Entry> read_entry(JsonReader& reader) {
    Entry entry;
    TRY_STATUS(reader.enter_object());
    while (true) {
        TRY(std::optional<std::string> name, reader.next_member());
        if (!name) return entry;
        if (*name == "partition") {
            TRY(entry.partition, integer_or_skip(reader));
        } else if (*name == "offset") {
            TRY(entry.offset, integer_or_skip(reader));
        } else if (*name == "error_code") {
            TRY(entry.error_code, integer_or_skip(reader));
        } else if (*name == "error" || *name == "message") {
            TRY(std::optional<std::string> text, string_or_skip(reader));
            if (text) entry.error = *text;
        } else {
            TRY_STATUS(reader.skip_value());
        }
    }
}

void add_entry(const Entry& entry, AnswerBody& body) {
    bool is_first = !std::exchange(body.has_offsets, true);
    if (is_first && entry.is_stored()) {
        std::int64_t partition = entry.partition.value_or(-1);
        bool fits = partition >= 0 && partition <= std::numeric_limits<std::int32_t>::max();
        body.partition = fits ? static_cast<std::int32_t>(partition) : -1;
        body.offset = *entry.offset;
    }
    body.all_stored = body.all_stored && entry.is_stored();
    body.some_stored = body.some_stored || entry.is_stored();
    if (!body.error_code) body.error_code = entry.error_code;
    if (body.message.empty()) body.message = entry.error;
}

Status read_offsets(JsonReader& reader, AnswerBody& body) {
    TRY(Kind kind, reader.peek());
    if (kind != Kind::array) return reader.skip_value();
    TRY_STATUS(reader.enter_array());
    while (true) {
        TRY(bool has_more, reader.next_element());
        if (!has_more) return {};
        TRY(Entry entry, read_entry(reader));
        add_entry(entry, body);
    }
}

// "com.amazonaws.kinesis.v20131202#ResourceNotFoundException" -> "ResourceNotFoundException"
std::string bare_type(std::string_view type) {
    return std::string(type.substr(type.rfind('#') + 1));
}

Status read_member(JsonReader& reader, std::string_view name, AnswerBody& body) {
    if (name == "offsets") return read_offsets(reader, body);
    if (name == "error_code") {
        TRY(std::optional<std::int64_t> code, integer_or_skip(reader));
        if (code) body.error_code = code;
        return {};
    }
    bool is_text = name == "SequenceNumber" || name == "ShardId" || name == "__type" ||
                   name == "message" || name == "Message";
    if (!is_text) return reader.skip_value();
    TRY(std::optional<std::string> text, string_or_skip(reader));
    if (!text) return {};
    if (name == "SequenceNumber") body.sequence_number = *text;
    if (name == "ShardId") body.shard_id = *text;
    if (name == "__type") body.type = bare_type(*text);
    if (name == "message" || name == "Message") body.message = *text;
    return {};
}

Result<AnswerBody> read_object(std::string_view text) {
    JsonReader reader(text);
    AnswerBody body{.is_object = true};
    TRY_STATUS(reader.enter_object());
    while (true) {
        TRY(std::optional<std::string> name, reader.next_member());
        if (!name) break;
        TRY_STATUS(read_member(reader, *name, body));
    }
    TRY_STATUS(reader.finish());
    return body;
}

}  // namespace

AnswerBody read_answer_body(std::string_view text) {
    return read_object(text).value_or(AnswerBody{});
}

}  // namespace pinflow::emulator
