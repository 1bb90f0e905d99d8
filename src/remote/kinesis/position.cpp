// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/position.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "codec/json/writer.h"

namespace pinflow::kinesis {
namespace {

constexpr std::size_t kSequenceDigitsMax = 128;
constexpr std::int64_t kMillisPerSecond = 1'000;

std::unexpected<Error> no_position(const ShardPosition& token) {
    return fail(Errc::invalid_argument,
                fmt::format("'{}' is no position in a stream of Kinesis", token.token));
}

Result<Timestamp> parse_time(const ShardPosition& token, std::string_view text) {
    auto time_ms = parse_int(text);
    if (!time_ms || *time_ms < 0) return no_position(token);
    return *time_ms;
}

Result<Position> parse_latest(const ShardPosition& token, std::string_view text) {
    Position position{.kind = Position::Kind::latest, .sequence_number = {}};
    std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return no_position(token);
    TRY(position.time_ms, parse_time(token, text.substr(0, colon)));
    std::string_view mark = text.substr(colon + 1);
    auto [end, error] = std::from_chars(mark.data(), mark.data() + mark.size(), position.mark, 16);
    if (error != std::errc() || end != mark.data() + mark.size()) return no_position(token);
    return position;
}

std::string request(std::string_view stream, std::string_view shard, std::string_view type,
                    const Position& position) {
    json::JsonWriter writer;
    writer.begin_object().member("StreamName", stream).member("ShardId", shard);
    writer.member("ShardIteratorType", type);
    if (!position.sequence_number.empty()) {
        writer.member("StartingSequenceNumber", position.sequence_number);
    }
    if (type == "AT_TIMESTAMP") {
        writer.key("Timestamp")
            .raw(fmt::format("{}.{:03}", position.time_ms / kMillisPerSecond,
                             position.time_ms % kMillisPerSecond));
    }
    writer.end_object();
    return std::move(writer).take();
}

}  // namespace

ShardPosition token_of(const Position& position) {
    switch (position.kind) {
        case Position::Kind::horizon: break;
        case Position::Kind::at: return {"at:" + position.sequence_number};
        case Position::Kind::after: return {"after:" + position.sequence_number};
        case Position::Kind::time: return {fmt::format("time:{}", position.time_ms)};
        case Position::Kind::latest:
            return {fmt::format("latest:{}:{:x}", position.time_ms, position.mark)};
        case Position::Kind::end: return {"end"};
    }
    return {"horizon"};
}

Result<Position> parse_position(const ShardPosition& token) {
    if (token.token == "horizon") return Position{};
    if (token.token == "end") return Position{.kind = Position::Kind::end, .sequence_number = {}};
    std::size_t colon = token.token.find(':');
    std::string kind = token.token.substr(0, colon);
    std::string rest = colon == std::string::npos ? "" : token.token.substr(colon + 1);
    if (kind == "latest") return parse_latest(token, rest);
    if (kind == "time") {
        TRY(Timestamp time_ms, parse_time(token, rest));
        return Position{.kind = Position::Kind::time, .sequence_number = {}, .time_ms = time_ms};
    }
    if ((kind != "at" && kind != "after") || !is_sequence_number(rest)) return no_position(token);
    return Position{.kind = kind == "at" ? Position::Kind::at : Position::Kind::after,
                    .sequence_number = std::move(rest)};
}

bool is_sequence_number(std::string_view text) {
    return !text.empty() && text.size() <= kSequenceDigitsMax &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string iterator_request(std::string_view stream, std::string_view shard,
                             const Position& position) {
    switch (position.kind) {
        case Position::Kind::at: return request(stream, shard, "AT_SEQUENCE_NUMBER", position);
        case Position::Kind::after:
            return request(stream, shard, "AFTER_SEQUENCE_NUMBER", position);
        case Position::Kind::time:
        case Position::Kind::latest: return request(stream, shard, "AT_TIMESTAMP", position);
        case Position::Kind::horizon:
        case Position::Kind::end: break;
    }
    return request(stream, shard, "TRIM_HORIZON", position);
}

std::string latest_iterator_request(std::string_view stream, std::string_view shard) {
    return request(stream, shard, "LATEST", {});
}

}  // namespace pinflow::kinesis
