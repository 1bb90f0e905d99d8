// SPDX-License-Identifier: Apache-2.0
#include "codec/kinesis/put_body.h"

#include "base/text.h"
#include "codec/json/reader.h"

namespace pinflow::kinesis {
namespace {

using json::JsonReader;
using json::Kind;

enum class Quotes { keep, drop };

constexpr json::Limits kLimits{.depth_max = 64 + 3};  // a record's own 64, within three levels

Result<std::string> read_data(JsonReader& reader, Quotes quotes) {
    TRY(Kind kind, reader.peek());
    if (kind == Kind::string && quotes == Quotes::drop) return reader.read_string();
    std::string text;
    TRY_STATUS(reader.copy_value(text));
    return text;
}

// As a template prints it between quotes: text as it is, a number's digits, nothing for null.
Result<std::string> read_printed(JsonReader& reader) {
    TRY(Kind kind, reader.peek());
    if (kind == Kind::string) return reader.read_string();
    std::string text;
    TRY_STATUS(reader.copy_value(text));
    return kind == Kind::null ? std::string() : text;
}

Result<PutBody> read_put(JsonReader& reader, Quotes quotes) {
    TRY_STATUS(reader.enter_object());
    PutBody put;
    for (;;) {
        TRY(auto name, reader.next_member());
        if (!name) return put;
        if (*name == "Data" || *name == "data") {
            TRY(put.data, read_data(reader, quotes));
        } else if (*name == "PartitionKey" || *name == "partition-key") {
            TRY(put.partition_key, read_printed(reader));
        } else {
            TRY_STATUS(reader.skip_value());
        }
    }
}

Result<std::vector<PutBody>> read_list(JsonReader& reader) {
    std::vector<PutBody> puts;
    TRY_STATUS(reader.enter_array());
    for (;;) {
        TRY(bool has_more, reader.next_element());
        if (!has_more) return puts;
        TRY(auto put, read_put(reader, Quotes::drop));
        puts.push_back(std::move(put));
    }
}

}  // namespace

Result<PutBody> parse_put_record(std::string_view body) {
    JsonReader reader(body, kLimits);
    TRY(PutBody put, read_put(reader, Quotes::keep));
    TRY_STATUS(reader.finish());
    return put;
}

Result<std::optional<std::vector<PutBody>>> parse_put_records(std::string_view body) {
    JsonReader reader(body, kLimits);
    std::optional<std::vector<PutBody>> puts;
    TRY_STATUS(reader.enter_object());
    for (;;) {
        TRY(auto name, reader.next_member());
        if (!name) break;
        if (*name == "records" || *name == "Records") {
            TRY(puts, read_list(reader));
        } else {
            TRY_STATUS(reader.skip_value());
        }
    }
    TRY_STATUS(reader.finish());
    return puts;
}

Result<std::optional<std::int64_t>> parse_shard_count(std::string_view body) {
    if (trim(body).empty()) return std::nullopt;
    JsonReader reader(body, kLimits);
    std::string printed;
    TRY_STATUS(reader.enter_object());
    for (;;) {
        TRY(auto name, reader.next_member());
        if (!name) break;
        if (*name == "ShardCount") {
            TRY(printed, read_printed(reader));
        } else {
            TRY_STATUS(reader.skip_value());
        }
    }
    TRY_STATUS(reader.finish());
    if (printed.empty()) return std::nullopt;
    auto count = parse_int(printed);
    if (!count) return fail(Errc::invalid_argument, "ShardCount is not a whole number: " + printed);
    return count;
}

}  // namespace pinflow::kinesis
