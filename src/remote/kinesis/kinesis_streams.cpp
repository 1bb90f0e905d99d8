// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/kinesis_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codec/json/writer.h"
#include "remote/kinesis/names.h"
#include "remote/kinesis/putting.h"

namespace pinflow::kinesis {
namespace {

std::string named(const std::string& name) {
    json::JsonWriter writer;
    writer.begin_object().member("StreamName", name).end_object();
    return std::move(writer).take();
}

std::string create_request(const std::string& name, std::int32_t shards, StreamMode mode) {
    json::JsonWriter writer;
    writer.begin_object().member("StreamName", name);
    if (mode == StreamMode::on_demand) {
        writer.key("StreamModeDetails").begin_object().member("StreamMode", "ON_DEMAND");
        writer.end_object();
    } else {
        writer.member("ShardCount", shards);
    }
    writer.end_object();
    return std::move(writer).take();
}

std::string list_request(const std::string& behind) {
    json::JsonWriter writer;
    writer.begin_object();
    if (!behind.empty()) writer.member("ExclusiveStartStreamName", behind);
    writer.end_object();
    return std::move(writer).take();
}

// The next page's token stands alone: it names the stream.
std::string shards_request(const std::string& name, const std::string& next_token) {
    json::JsonWriter writer;
    writer.begin_object();
    if (next_token.empty()) {
        writer.member("StreamName", name);
    } else {
        writer.member("NextToken", next_token);
    }
    writer.end_object();
    return std::move(writer).take();
}

Status check_name(const std::string& name) {
    if (is_name(name)) return {};
    return fail(Errc::not_found, fmt::format("no stream '{}'", name));
}

std::unexpected<Error> too_many_pages(const std::string& place) {
    return fail(Errc::too_large, fmt::format("{}: more than {} pages", place, kPagesMax));
}

}  // namespace

KinesisStreams::KinesisStreams(const KinesisSettings& settings, Endpoint endpoint, Clock& clock)
    : new_streams_(settings.new_streams),
      api_(settings, std::move(endpoint), clock),
      reading_(api_, settings.idle_read_interval) {}

Result<std::unique_ptr<KinesisStreams>> KinesisStreams::open(KinesisSettings settings,
                                                             Clock& clock) {
    TRY(Endpoint endpoint, endpoint_of(settings));
    if (!settings.credentials) {
        return fail(Errc::invalid_argument, "kinesis: no credentials are set");
    }
    return std::unique_ptr<KinesisStreams>(
        new KinesisStreams(settings, std::move(endpoint), clock));
}

Task<Result<std::vector<Result<StoredAt>>>> KinesisStreams::put(std::string stream,
                                                                std::vector<StreamRecord> records,
                                                                IdempotencyKey) {
    CO_TRY_STATUS(check_name(stream));
    Putting putting(api_, std::move(stream), std::move(records));
    co_return co_await putting.run();
}

Task<Result<ShardPosition>> KinesisStreams::position(std::string stream, std::string shard_id,
                                                     ShardStart start) {
    return reading_.position(std::move(stream), std::move(shard_id), std::move(start));
}

Task<Result<ShardRead>> KinesisStreams::read(std::string stream, std::string shard_id,
                                             ShardPosition from, ShardLimits limits) {
    return reading_.read(std::move(stream), std::move(shard_id), std::move(from), limits);
}

// --- streams ------------------------------------------------------------------------------------

Task<Result<StreamInfo>> KinesisStreams::create_stream(std::string name, std::int32_t shards) {
    if (!is_name(name)) {
        co_return fail(Errc::invalid_argument,
                       fmt::format("stream name '{}' is not 1 to 128 of [a-zA-Z0-9_.-]", name));
    }
    if (shards < 1 || shards > kShardsMax) {
        co_return fail(Errc::invalid_argument,
                       fmt::format("{} shards: there may be 1 to {}", shards, kShardsMax));
    }
    auto created =
        co_await api_.call({.operation = "CreateStream",
                            .stream = name,
                            .body = [&] { return create_request(name, shards, new_streams_); },
                            .read = {},
                            .is_repeatable = false});
    if (!created) {
        Failure failure = std::move(created).error();
        if (failure.type != "ResourceInUseException")
            co_return std::unexpected(std::move(failure.error));
        // Another may be making it just now: who hears that it exists will put to it.
        CO_TRY_STATUS(co_await await_active(std::move(name)));
        co_return fail(Errc::already_exists, std::move(failure.error.text));
    }
    reading_.places().forget(name);
    co_return co_await await_active(std::move(name));
}

// timed_out when kStreamChangeUs are over.
Task<Status> KinesisStreams::pause_between_looks(std::string place, std::int64_t began_us,
                                                 std::int64_t& pause_us) {
    if (api_.clock().steady_us() - began_us >= kStreamChangeUs) {
        co_return fail(Errc::timed_out, fmt::format("{}: asked for, and not done after {} s", place,
                                                    kStreamChangeUs / 1'000'000));
    }
    CO_TRY_STATUS(co_await api_.pause(pause_us));
    pause_us = std::min(2 * pause_us, kStreamLookMostUs);
    co_return Status{};
}

Task<Result<StreamInfo>> KinesisStreams::await_active(std::string name) {
    std::int64_t began_us = api_.clock().steady_us();
    for (std::int64_t pause_us = kStreamLookFirstUs;;) {
        auto info = co_await describe_stream(name);
        bool is_coming = !info && (info.error().code == Errc::unavailable ||
                                   info.error().code == Errc::not_found);
        if (!is_coming) co_return info;
        CO_TRY_STATUS(
            co_await pause_between_looks(api_.place_of("CreateStream", name), began_us, pause_us));
    }
}

Task<Status> KinesisStreams::remove_stream(std::string name) {
    CO_TRY_STATUS(check_name(name));
    auto removed = co_await api_.call({.operation = "DeleteStream",
                                       .stream = name,
                                       .body = [&] { return named(name); },
                                       .read = {}});
    if (!removed) co_return std::unexpected(std::move(removed).error().error);
    reading_.places().forget(name);
    std::int64_t began_us = api_.clock().steady_us();
    for (std::int64_t pause_us = kStreamLookFirstUs;;) {
        auto summary = co_await summary_of(name);
        if (!summary && summary.error().error.code == Errc::not_found) co_return Status{};
        if (!summary) co_return std::unexpected(std::move(summary).error().error);
        CO_TRY_STATUS(
            co_await pause_between_looks(api_.place_of("DeleteStream", name), began_us, pause_us));
    }
}

Task<Reply<SummaryAnswer>> KinesisStreams::summary_of(std::string name) {
    SummaryAnswer summary;
    auto answered = co_await api_.call({.operation = "DescribeStreamSummary",
                                        .stream = name,
                                        .body = [&] { return named(name); },
                                        .read = into(summary, read_summary_answer)});
    if (!answered) co_return std::unexpected(std::move(answered).error());
    co_return summary;
}

Task<Result<std::vector<ShardInfo>>> KinesisStreams::shards_of(std::string name) {
    std::vector<ShardInfo> shards;
    ShardsAnswer page;
    for (int pages = 0; pages < kPagesMax; ++pages) {
        std::string next_token = std::exchange(page.next_token, {});
        auto answered =
            co_await api_.call({.operation = "ListShards",
                                .stream = name,
                                .body = [&] { return shards_request(name, next_token); },
                                .read = into(page, read_shards_answer)});
        if (!answered) co_return std::unexpected(std::move(answered).error().error);
        std::ranges::move(page.shards, std::back_inserter(shards));
        if (!page.next_token.empty()) continue;
        std::ranges::sort(shards, {}, &ShardInfo::id);
        co_return shards;
    }
    co_return too_many_pages(api_.place_of("ListShards", name));
}

Task<Result<StreamInfo>> KinesisStreams::describe_stream(std::string name) {
    CO_TRY_STATUS(check_name(name));
    auto summary = co_await summary_of(name);
    if (!summary) co_return std::unexpected(std::move(summary).error().error);
    if (summary->status == "DELETING") {
        co_return fail(Errc::not_found, fmt::format("stream '{}' is being removed", name));
    }
    if (summary->status == "CREATING") {
        co_return fail(Errc::unavailable, fmt::format("stream '{}' is still being made", name));
    }
    reading_.places().note_created(name, summary->created_ms);
    StreamInfo info{name, summary->created_ms, {}};
    CO_TRY(info.shards, co_await shards_of(std::move(name)));
    co_return info;
}

Task<Result<std::vector<std::string>>> KinesisStreams::list_streams() {
    std::vector<std::string> names;
    for (int pages = 0; pages < kPagesMax; ++pages) {
        std::string behind = names.empty() ? "" : names.back();
        StreamsAnswer page;
        auto answered = co_await api_.call({.operation = "ListStreams",
                                            .stream = "",
                                            .body = [&] { return list_request(behind); },
                                            .read = into(page, read_streams_answer)});
        if (!answered) co_return std::unexpected(std::move(answered).error().error);
        bool has_more = page.has_more && !page.names.empty();
        std::ranges::move(page.names, std::back_inserter(names));
        if (has_more) continue;
        std::ranges::sort(names);
        co_return names;
    }
    co_return too_many_pages(api_.place_of("ListStreams", ""));
}

Task<Status> KinesisStreams::check(std::vector<std::string> streams) {
    CO_TRY_STATUS(co_await list_streams());
    for (const std::string& stream : streams) {
        CO_TRY(StreamInfo info, co_await describe_stream(stream));
        if (info.shards.empty()) continue;
        ShardStart tip{.kind = ShardStart::Kind::latest};  // asked of AWS each time
        CO_TRY_STATUS(co_await position(stream, info.shards.front().id, tip));
    }
    co_return Status{};
}

}  // namespace pinflow::kinesis
