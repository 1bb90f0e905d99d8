// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/reading.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "codec/json/writer.h"
#include "remote/kinesis/names.h"

namespace pinflow::kinesis {
namespace {

constexpr std::size_t kReadRecordsMax = 10'000;
// The answer's Date is cut to seconds, and made a moment after the tip was taken.
constexpr std::int64_t kDateMarginMs = 1'000;

std::string shard_name(const PlaceKey& key) { return key.stream + "/" + key.shard; }

std::string records_request(const std::string& iterator, std::size_t limit) {
    json::JsonWriter writer;
    writer.begin_object().member("ShardIterator", iterator);
    writer.member("Limit", static_cast<std::int64_t>(limit)).end_object();
    return std::move(writer).take();
}

Status check_names(const std::string& stream, const std::string& shard) {
    if (is_name(stream) && is_name(shard)) return {};
    return fail(Errc::not_found, fmt::format("stream '{}' has no shard '{}'", stream, shard));
}

// A remembered iterator that AWS takes no more says nothing of the place.
bool is_worn_out(const Failure& failure, bool is_remembered) {
    bool is_refused =
        failure.error.code == Errc::invalid_argument || failure.error.code == Errc::not_found;
    return failure.cure == Cure::iterator || (is_remembered && is_refused);
}

std::int64_t age_ms(const ShardRecord& record, Timestamp now_ms) {
    return std::max<std::int64_t>(1, now_ms - record.arrival_ms);
}

}  // namespace

// --- positions ----------------------------------------------------------------------------------

Task<Result<ShardPosition>> Reading::position(std::string stream, std::string shard,
                                              ShardStart start) {
    using Kind = ShardStart::Kind;
    CO_TRY_STATUS(check_names(stream, shard));
    bool is_by_number = start.kind == Kind::at_sequence || start.kind == Kind::after_sequence;
    if (is_by_number && !is_sequence_number(start.sequence_number)) {
        co_return fail(Errc::invalid_argument,
                       fmt::format("'{}' is no sequence number", start.sequence_number));
    }
    Position position;
    switch (start.kind) {
        case Kind::trim_horizon: break;
        case Kind::at_sequence:
            position = {Position::Kind::at, std::move(start.sequence_number)};
            break;
        case Kind::after_sequence:
            position = {Position::Kind::after, std::move(start.sequence_number)};
            break;
        case Kind::latest: co_return co_await enter_latest(std::move(stream), std::move(shard));
        case Kind::at_time:
            if (start.time_ms > api_.clock().now_ms()) {
                co_return co_await enter_latest(std::move(stream), std::move(shard));
            }
            position = {Position::Kind::time, "", std::max<Timestamp>(0, start.time_ms)};
            break;
    }
    co_return co_await enter_at(std::move(stream), std::move(shard), std::move(position));
}

Task<Result<ShardPosition>> Reading::enter_at(std::string stream, std::string shard,
                                              Position position) {
    ShardPosition token = token_of(position);
    PlaceKey key{stream, shard, token.token};
    // What is remembered may be far on, over a stretch without records: not begun again.
    if (places_.has(key, api_.clock().steady_us())) co_return token;
    auto entry = co_await enter(key, iterator_request(stream, shard, position));
    if (!entry) {
        bool is_to_come = position.kind == Position::Kind::time &&
                          entry.error().error.code == Errc::invalid_argument;
        if (is_to_come) co_return co_await enter_latest(std::move(stream), std::move(shard));
        co_return std::unexpected(std::move(entry).error().error);
    }
    places_.put(std::move(key), std::move(entry->place));
    co_return token;
}

// The iterator is the tip itself; the token is for a reader that comes when the iterator is gone.
Task<Result<ShardPosition>> Reading::enter_latest(std::string stream, std::string shard) {
    PlaceKey key{stream, shard, ""};
    auto entry = co_await enter(key, latest_iterator_request(stream, shard));
    if (!entry) co_return std::unexpected(std::move(entry).error().error);
    Position position{.kind = Position::Kind::latest,
                      .sequence_number = {},
                      .time_ms = std::max<Timestamp>(0, entry->server_ms - kDateMarginMs),
                      .mark = random_u64()};
    ShardPosition token = token_of(position);
    key.token = token.token;
    places_.put(std::move(key), std::move(entry->place));
    co_return token;
}

Task<Reply<Reading::Entry>> Reading::enter(const PlaceKey& key, std::string request) {
    Status turn = co_await await_turn(iterators_, key);
    if (!turn) co_return std::unexpected(Failure{.error = turn.error()});
    Entry entry;
    auto answered = co_await api_.call({.operation = "GetShardIterator",
                                        .stream = key.stream,
                                        .body = [&] { return request; },
                                        .read = into(entry.place.iterator, read_iterator_answer)});
    if (!answered) co_return std::unexpected(std::move(answered).error());
    entry.server_ms = *answered;
    entry.place.made_us = api_.clock().steady_us();
    co_return entry;
}

// --- reads --------------------------------------------------------------------------------------

Task<Result<ShardRead>> Reading::read(std::string stream, std::string shard, ShardPosition from,
                                      ShardLimits limits) {
    CO_TRY(Position position, parse_position(from));
    CO_TRY_STATUS(check_names(stream, shard));
    if (position.kind == Position::Kind::end) {
        co_return ShardRead{.records = {}, .next = std::move(from), .is_end = true};
    }
    PlaceKey key{std::move(stream), std::move(shard), from.token};
    const std::int64_t deadline_us =
        api_.clock().steady_us() + std::chrono::microseconds(limits.wait_max).count();
    for (bool is_renewed = false;;) {
        auto place = co_await place_at(key, position);
        if (!place) co_return std::unexpected(std::move(place).error().error);
        if (place->ahead.empty()) {
            auto fetched = co_await fetch(key, *place, limits);
            if (!fetched && !is_renewed && is_worn_out(fetched.error(), place->is_remembered)) {
                is_renewed = true;
                continue;
            }
            if (!fetched) {
                places_.put(std::move(key), *std::move(place));
                co_return std::unexpected(std::move(fetched).error().error);
            }
        }
        if (!place->ahead.empty() || place->iterator.empty()) {
            co_return serve(key, *std::move(place), limits);
        }
        std::int64_t behind_ms = place->behind_ms;
        std::int64_t now_us = api_.clock().steady_us();
        if (behind_ms == 0) reads_.rest(shard_name(key), now_us + idle_us_);
        places_.put(key, *std::move(place));
        if (now_us >= deadline_us) {
            co_return ShardRead{.records = {}, .next = std::move(from), .behind_ms = behind_ms};
        }
    }
}

Task<Reply<Place>> Reading::place_at(const PlaceKey& key, const Position& position) {
    if (auto known = places_.take(key, api_.clock().steady_us())) co_return *std::move(known);
    auto entry = co_await enter(key, iterator_request(key.stream, key.shard, position));
    if (!entry) co_return std::unexpected(std::move(entry).error());
    co_return std::move(entry->place);
}

Task<Reply<void>> Reading::fetch(const PlaceKey& key, Place& place, const ShardLimits& limits) {
    Status turn = co_await await_turn(reads_, key);
    if (!turn) co_return std::unexpected(Failure{.error = turn.error()});
    std::size_t limit = std::clamp<std::size_t>(limits.records_max, 1, kReadRecordsMax);
    RecordsAnswer read;
    auto answered =
        co_await api_.call({.operation = "GetRecords",
                            .stream = key.stream,
                            .body = [&] { return records_request(place.iterator, limit); },
                            .read = into(read, read_records_answer)});
    if (!answered) co_return std::unexpected(std::move(answered).error());
    place.iterator = std::move(read.next_iterator);
    place.made_us = api_.clock().steady_us();
    place.ahead = std::move(read.records);
    place.behind_ms = read.behind_ms;
    // Some servers (kinesalite) never say that a reader is behind; a full answer may not be all.
    if (place.ahead.size() >= limit) {
        std::int64_t most_ms = age_ms(place.ahead.back(), api_.clock().now_ms());
        place.behind_ms = std::max(place.behind_ms, most_ms);
    }
    co_return Reply<void>{};
}

// What the limits allow; the rest stays for the next read.
ShardRead Reading::serve(const PlaceKey& key, Place place, const ShardLimits& limits) {
    ShardRead read;
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const ShardRecord& record : place.ahead) {
        bytes += record.partition_key.size() + record.data.size();
        bool fits = count == 0 || (count < limits.records_max && bytes <= limits.bytes_max);
        if (!fits) break;
        ++count;
    }
    auto rest = place.ahead.begin() + static_cast<std::ptrdiff_t>(count);
    read.records.assign(std::make_move_iterator(place.ahead.begin()),
                        std::make_move_iterator(rest));
    place.ahead.erase(place.ahead.begin(), rest);
    if (place.ahead.empty() && place.iterator.empty()) {
        read.next = token_of({.kind = Position::Kind::end, .sequence_number = {}});
        read.is_end = true;
        return read;
    }
    read.next = token_of({Position::Kind::after, read.records.back().sequence_number});
    read.behind_ms =
        place.ahead.empty() ? place.behind_ms : age_ms(place.ahead.front(), api_.clock().now_ms());
    places_.put({key.stream, key.shard, read.next.token}, std::move(place));
    return read;
}

Task<Status> Reading::await_turn(Pace& pace, const PlaceKey& key) {
    std::int64_t now_us = api_.clock().steady_us();
    co_return co_await api_.pause(pace.take_turn(shard_name(key), now_us) - now_us);
}

}  // namespace pinflow::kinesis
