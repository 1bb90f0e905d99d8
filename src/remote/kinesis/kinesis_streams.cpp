// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/kinesis_streams.h"

#include <fmt/format.h>

#include <algorithm>

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
    auto created = co_await api_.call({.operation = "CreateStream",
                                       .stream = name,
                                       .body = create_request(name, shards, new_streams_),
                                       .is_repeatable = false});
    if (!created) {
        Failure failure = std::move(created).error();
        if (failure.type == "ResourceInUseException") failure.error.code = Errc::already_exists;
        co_return std::unexpected(std::move(failure.error));
    }
    reading_.places().forget(name);
    co_return co_await await_active(std::move(name));
}

Task<Result<StreamInfo>> KinesisStreams::await_active(std::string name) {
    std::int64_t end_us = api_.clock().steady_us() + kStreamChangeUs;
    for (;;) {
        auto info = co_await describe_stream(name);
        bool is_coming = !info && (info.error().code == Errc::unavailable ||
                                   info.error().code == Errc::not_found);
        if (!is_coming) co_return info;
        if (api_.clock().steady_us() >= end_us) {
            co_return fail(Errc::timed_out, fmt::format("{}: asked for, and not ACTIVE after {} s",
                                                        api_.place_of("CreateStream", name),
                                                        kStreamChangeUs / 1'000'000));
        }
        CO_TRY_STATUS(co_await api_.pause(kStreamLookUs));
    }
}

Task<Status> KinesisStreams::remove_stream(std::string name) {
    CO_TRY_STATUS(check_name(name));
    auto removed =
        co_await api_.call({.operation = "DeleteStream", .stream = name, .body = named(name)});
    if (!removed) co_return std::unexpected(std::move(removed).error().error);
    reading_.places().forget(name);
    co_return co_await await_gone(std::move(name));
}

Task<Status> KinesisStreams::await_gone(std::string name) {
    std::int64_t end_us = api_.clock().steady_us() + kStreamChangeUs;
    for (;;) {
        auto summary = co_await summary_of(name);
        if (!summary && summary.error().error.code == Errc::not_found) co_return Status{};
        if (!summary) co_return std::unexpected(std::move(summary).error().error);
        if (api_.clock().steady_us() >= end_us) {
            co_return fail(
                Errc::timed_out,
                fmt::format("{}: still {} after {} s", api_.place_of("DeleteStream", name),
                            summary->status, kStreamChangeUs / 1'000'000));
        }
        CO_TRY_STATUS(co_await api_.pause(kStreamLookUs));
    }
}

Task<Reply<SummaryAnswer>> KinesisStreams::summary_of(std::string name) {
    constexpr std::string_view kOperation = "DescribeStreamSummary";
    auto answer =
        co_await api_.call({.operation = kOperation, .stream = name, .body = named(name)});
    if (!answer) co_return std::unexpected(std::move(answer).error());
    auto summary = read_summary_answer(answer->body);
    if (!summary) {
        co_return std::unexpected(
            not_kinesis(api_.place_of(kOperation, name), summary.error().text));
    }
    co_return *std::move(summary);
}

Task<Result<std::vector<ShardInfo>>> KinesisStreams::shards_of(std::string name) {
    constexpr std::string_view kOperation = "ListShards";
    std::vector<ShardInfo> shards;
    std::string next_token;
    for (int pages = 0; pages < kPagesMax; ++pages) {
        auto answer = co_await api_.call(
            {.operation = kOperation, .stream = name, .body = shards_request(name, next_token)});
        if (!answer) co_return std::unexpected(std::move(answer).error().error);
        auto page = read_shards_answer(answer->body);
        if (!page) {
            co_return std::unexpected(
                not_kinesis(api_.place_of(kOperation, name), page.error().text).error);
        }
        std::ranges::move(page->shards, std::back_inserter(shards));
        if (page->next_token.empty()) {
            std::ranges::sort(shards, {}, &ShardInfo::id);
            co_return shards;
        }
        next_token = std::move(page->next_token);
    }
    co_return fail(Errc::too_large, fmt::format("{}: more than {} pages",
                                                api_.place_of(kOperation, name), kPagesMax));
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
    constexpr std::string_view kOperation = "ListStreams";
    std::vector<std::string> names;
    for (int pages = 0; pages < kPagesMax; ++pages) {
        std::string behind = names.empty() ? "" : names.back();
        auto answer = co_await api_.call(
            {.operation = kOperation, .stream = "", .body = list_request(behind)});
        if (!answer) co_return std::unexpected(std::move(answer).error().error);
        auto page = read_streams_answer(answer->body);
        if (!page) {
            co_return std::unexpected(
                not_kinesis(api_.place_of(kOperation, ""), page.error().text).error);
        }
        bool has_more = page->has_more && !page->names.empty();
        std::ranges::move(page->names, std::back_inserter(names));
        if (has_more) continue;
        std::ranges::sort(names);
        co_return names;
    }
    co_return fail(Errc::too_large,
                   fmt::format("{}: more than {} pages", api_.place_of(kOperation, ""), kPagesMax));
}

Task<Status> KinesisStreams::check(std::vector<std::string> streams) {
    CO_TRY_STATUS(co_await list_streams());
    for (const std::string& stream : streams) {
        CO_TRY(StreamInfo info, co_await describe_stream(stream));
        if (info.shards.empty()) continue;
        CO_TRY_STATUS(co_await position(stream, info.shards.front().id, {}));
    }
    co_return Status{};
}

}  // namespace pinflow::kinesis
