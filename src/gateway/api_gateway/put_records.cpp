// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "codec/json/writer.h"
#include "gateway/api_gateway/answer.h"
#include "gateway/api_gateway/checks.h"
#include "gateway/api_gateway/operations.h"
#include "gateway/api_gateway/put.h"
#include "gateway/idempotency_key.h"

namespace pinflow::gateway::api_gateway {
namespace {

Violations check_puts(std::string_view stream, const std::vector<kinesis::PutBody>& puts) {
    Violations violations;
    check_stream_name(stream, violations);
    check_record_count(puts.size(), violations);
    for (std::size_t i = 0; i < std::min(puts.size(), kRecordsMax); ++i) {
        check_put(puts[i], fmt::format("records.{}.member.", i + 1), violations);
    }
    return violations;
}

void write_outcome(json::JsonWriter& writer, const GatewaySettings& settings,
                   const Result<StoredAt>& outcome, std::string_view stream) {
    writer.begin_object();
    if (outcome) {
        writer.member("SequenceNumber", outcome->sequence_number);
        writer.member("ShardId", outcome->shard_id);
    } else {
        KinesisCode code = kinesis_code(settings, outcome.error(), stream);
        writer.member("ErrorCode", code.type).member("ErrorMessage", code.message);
    }
    writer.end_object();
}

}  // namespace

Task<HttpResponse> put_records(Ports ports, Call call) {
    if (!has_template(call.request)) co_return unsupported_media_type();
    auto parsed = kinesis::parse_put_records(call.request.body);
    if (!parsed) co_return unreadable_body(parsed.error());
    std::vector<kinesis::PutBody> puts =
        std::move(*parsed).value_or(std::vector<kinesis::PutBody>());
    std::string stream = stream_name(call.route);
    auto key = read_idempotency_key(call.request, stream);
    if (!key) co_return bad_request(key.error());
    if (Violations violations = check_puts(stream, puts); !violations.empty()) {
        co_return kinesis_error(ports.settings, "ValidationException", violation_text(violations));
    }
    std::vector<StreamRecord> records;
    for (kinesis::PutBody& put : puts) {
        records.push_back(
            {.partition_key = std::move(put.partition_key), .data = *std::move(put.data)});
    }
    auto stored = co_await put_making_stream(ports, stream, std::move(records), *std::move(key));
    if (!stored) co_return stream_error(ports.settings, stored.error(), stream);
    json::JsonWriter writer;
    auto failed = std::ranges::count_if(*stored, [](const auto& at) { return !at.has_value(); });
    writer.begin_object().member("FailedRecordCount", failed).key("Records").begin_array();
    for (const auto& at : *stored) write_outcome(writer, ports.settings, at, stream);
    writer.end_array().end_object();
    HttpResponse response = json_answer(std::move(writer).take());
    if (is_repeat(*stored)) mark_replayed(response);
    co_return response;
}

}  // namespace pinflow::gateway::api_gateway
