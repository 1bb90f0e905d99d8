// SPDX-License-Identifier: Apache-2.0
#include "codec/json/writer.h"
#include "gateway/api_gateway/answer.h"
#include "gateway/api_gateway/checks.h"
#include "gateway/api_gateway/operations.h"
#include "gateway/api_gateway/put.h"
#include "gateway/idempotency_key.h"

namespace pinflow::gateway::api_gateway {

Task<HttpResponse> put_record(Ports ports, Call call) {
    if (!has_template(call.request)) co_return unsupported_media_type();
    auto put = kinesis::parse_put_record(call.request.body);
    if (!put) co_return unreadable_body(put.error());
    std::string stream = stream_name(call.route);
    auto key = read_idempotency_key(call.request, stream);
    if (!key) co_return bad_request(key.error());
    Violations violations;
    check_stream_name(stream, violations);
    check_put(*put, "", violations);
    if (!violations.empty()) {
        co_return kinesis_error(ports.settings, "ValidationException", violation_text(violations));
    }
    std::vector<StreamRecord> records;
    records.push_back(
        {.partition_key = std::move(put->partition_key), .data = *std::move(put->data)});
    auto stored = co_await put_making_stream(ports, stream, std::move(records), *std::move(key));
    if (!stored) co_return stream_error(ports.settings, stored.error(), stream);
    const Result<StoredAt>& at = stored->front();
    if (!at) co_return stream_error(ports.settings, at.error(), stream);
    json::JsonWriter writer;
    writer.begin_object().member("ShardId", at->shard_id);
    writer.member("SequenceNumber", at->sequence_number).end_object();
    HttpResponse response = json_answer(std::move(writer).take());
    if (is_repeat(*stored)) mark_replayed(response);
    co_return response;
}

}  // namespace pinflow::gateway::api_gateway
