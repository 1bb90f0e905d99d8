// SPDX-License-Identifier: Apache-2.0
#include "codec/rest_proxy/produce.h"

#include <fmt/format.h>

#include <limits>

#include "base/hash.h"
#include "codec/json/reader.h"
#include "codec/json/writer.h"

// What the reader says is no JSON: 400.
#define JSON_TRY(declaration, expression) \
    REST_TRY_NAMED(declaration, expression, PINFLOW_JOIN(json_result_, __LINE__))
#define REST_TRY_NAMED(declaration, expression, temporary)               \
    auto temporary = (expression);                                       \
    if (!temporary) return std::unexpected(bad_json(temporary.error())); \
    declaration = *std::move(temporary)
#define JSON_TRY_STATUS(expression) \
    if (auto ok = (expression); !ok) return std::unexpected(bad_json(ok.error()))
#define SHAPE_TRY_STATUS(expression) \
    if (auto ok = (expression); !ok) return std::unexpected(std::move(ok).error())

namespace pinflow::rest_proxy {
namespace {

using json::JsonReader;
using json::Kind;
template <class T>
using Parsed = std::expected<T, ApiError>;

constexpr json::Limits kLimits{.depth_max = 64 + 3};  // a value's own 64, within three levels

ApiError bad_json(const Error& error) { return {400, 400, error.text}; }

std::unexpected<ApiError> bad_shape(std::string message) {
    return std::unexpected(ApiError{422, 422, std::move(message)});
}

Parsed<void> expect(JsonReader& reader, Kind wanted, std::string_view what) {
    JSON_TRY(Kind kind, reader.peek());
    if (kind == wanted) return {};
    return bad_shape(
        fmt::format("{} must be {}, not {}", what, json::name_of(wanted), json::name_of(kind)));
}

Parsed<bool> take_null(JsonReader& reader) {
    JSON_TRY(Kind kind, reader.peek());
    if (kind != Kind::null) return false;
    JSON_TRY_STATUS(reader.read_null());
    return true;
}

Parsed<std::string> read_base64(JsonReader& reader, std::string_view what) {
    SHAPE_TRY_STATUS(expect(reader, Kind::string, what));
    JSON_TRY(std::string text, reader.read_string());
    auto bytes = base64_decode(text);
    if (bytes) return *std::move(bytes);
    return std::unexpected(ApiError{422, kSerialization, fmt::format("{} is not base64", what)});
}

Parsed<std::int64_t> read_number(JsonReader& reader, std::string_view what, std::int64_t max) {
    SHAPE_TRY_STATUS(expect(reader, Kind::number, what));
    auto number = reader.read_int();
    if (number && *number >= 0 && *number <= max) return *number;
    return bad_shape(fmt::format("{} must be a whole number from 0 to {}", what, max));
}

Parsed<std::optional<std::string>> read_data(JsonReader& reader, Embedded embedded,
                                             std::string_view what) {
    auto is_null = take_null(reader);
    SHAPE_TRY_STATUS(is_null);
    if (*is_null) return std::optional<std::string>();
    if (embedded == Embedded::binary) return read_base64(reader, what);
    std::string text;
    JSON_TRY_STATUS(reader.copy_value(text));
    return text;
}

Parsed<Header> parse_header(JsonReader& reader) {
    SHAPE_TRY_STATUS(expect(reader, Kind::object, "a header"));
    JSON_TRY_STATUS(reader.enter_object());
    Header header;
    for (;;) {
        JSON_TRY(auto name, reader.next_member());
        if (!name) return header;
        if (*name == "name" || *name == "key") {
            SHAPE_TRY_STATUS(expect(reader, Kind::string, "a header's name"));
            JSON_TRY(header.name, reader.read_string());
        } else if (*name == "value") {
            auto value = read_data(reader, Embedded::binary, "a header's value");
            SHAPE_TRY_STATUS(value);
            header.value = value->value_or("");
        } else {
            return bad_shape("Unrecognized field: " + *name);
        }
    }
}

Parsed<std::vector<Header>> parse_headers(JsonReader& reader) {
    std::vector<Header> headers;
    auto is_null = take_null(reader);
    SHAPE_TRY_STATUS(is_null);
    if (*is_null) return headers;
    SHAPE_TRY_STATUS(expect(reader, Kind::array, "headers"));
    JSON_TRY_STATUS(reader.enter_array());
    for (;;) {
        JSON_TRY(bool has_more, reader.next_element());
        if (!has_more) return headers;
        auto header = parse_header(reader);
        SHAPE_TRY_STATUS(header);
        headers.push_back(*std::move(header));
    }
}

template <class T>
Parsed<std::optional<T>> read_optional_number(JsonReader& reader, std::string_view what) {
    auto is_null = take_null(reader);
    SHAPE_TRY_STATUS(is_null);
    if (*is_null) return std::optional<T>();
    auto number = read_number(reader, what, std::numeric_limits<T>::max());
    SHAPE_TRY_STATUS(number);
    return static_cast<T>(*number);
}

Parsed<void> parse_record_member(JsonReader& reader, Embedded embedded, std::string_view name,
                                 ProduceRecord& record) {
    auto put = [](auto parsed, auto& into) -> Parsed<void> {
        if (!parsed) return std::unexpected(std::move(parsed).error());
        into = *std::move(parsed);
        return {};
    };
    if (name == "key") return put(read_data(reader, embedded, "key"), record.key);
    if (name == "value") return put(read_data(reader, embedded, "value"), record.value);
    if (name == "headers") return put(parse_headers(reader), record.headers);
    if (name == "partition") {
        return put(read_optional_number<std::int32_t>(reader, "partition"), record.partition);
    }
    if (name == "timestamp") {
        return put(read_optional_number<Timestamp>(reader, "timestamp"), record.timestamp_ms);
    }
    return bad_shape(fmt::format("Unrecognized field: {}", name));
}

Parsed<ProduceRecord> parse_record(JsonReader& reader, Embedded embedded) {
    SHAPE_TRY_STATUS(expect(reader, Kind::object, "a record"));
    JSON_TRY_STATUS(reader.enter_object());
    ProduceRecord record;
    for (;;) {
        JSON_TRY(auto name, reader.next_member());
        if (!name) return record;
        SHAPE_TRY_STATUS(parse_record_member(reader, embedded, *name, record));
    }
}

Parsed<std::vector<ProduceRecord>> parse_records(JsonReader& reader, Embedded embedded) {
    std::vector<ProduceRecord> records;
    auto is_null = take_null(reader);
    SHAPE_TRY_STATUS(is_null);
    if (*is_null) return records;
    SHAPE_TRY_STATUS(expect(reader, Kind::array, "records"));
    JSON_TRY_STATUS(reader.enter_array());
    for (;;) {
        JSON_TRY(bool has_more, reader.next_element());
        if (!has_more) return records;
        auto record = parse_record(reader, embedded);
        SHAPE_TRY_STATUS(record);
        records.push_back(*std::move(record));
    }
}

// Members that schema formats use; Confluent takes them with every format.
bool is_schema_member(std::string_view name) {
    return name == "key_schema" || name == "key_schema_id" || name == "value_schema" ||
           name == "value_schema_id";
}

}  // namespace

std::expected<std::vector<ProduceRecord>, ApiError> parse_produce(std::string_view body,
                                                                  Embedded embedded) {
    JsonReader reader(body, kLimits);
    SHAPE_TRY_STATUS(expect(reader, Kind::object, "the request"));
    JSON_TRY_STATUS(reader.enter_object());
    std::vector<ProduceRecord> records;
    for (;;) {
        JSON_TRY(auto name, reader.next_member());
        if (!name) break;
        if (*name == "records") {
            auto parsed = parse_records(reader, embedded);
            SHAPE_TRY_STATUS(parsed);
            records = *std::move(parsed);
        } else if (is_schema_member(*name)) {
            JSON_TRY_STATUS(reader.skip_value());
        } else {
            return bad_shape("Unrecognized field: " + *name);
        }
    }
    JSON_TRY_STATUS(reader.finish());
    if (records.empty()) return bad_shape("records must not be empty");
    return records;
}

std::string produce_answer(std::span<const ProduceOutcome> outcomes) {
    json::JsonWriter writer;
    writer.begin_object().key("offsets").begin_array();
    for (const ProduceOutcome& outcome : outcomes) {
        writer.begin_object();
        if (outcome.error_code == 0) {
            writer.member("partition", outcome.partition).member("offset", outcome.offset);
            writer.key("error_code").null().key("error").null();
        } else {
            writer.key("partition").null().key("offset").null();
            writer.member("error_code", outcome.error_code).member("error", outcome.error);
        }
        writer.end_object();
    }
    writer.end_array().key("key_schema_id").null().key("value_schema_id").null().end_object();
    return std::move(writer).take();
}

std::string error_body(const ApiError& error) {
    json::JsonWriter writer;
    writer.begin_object().member("error_code", error.error_code).member("message", error.message);
    return std::move(writer.end_object()).take();
}

}  // namespace pinflow::rest_proxy
