// SPDX-License-Identifier: Apache-2.0
#include "gateway/api_gateway/answer.h"

#include <fmt/format.h>

#include "codec/json/writer.h"

namespace pinflow::gateway::api_gateway {
namespace {

constexpr std::string_view kTryAgain = "ProvisionedThroughputExceededException";

// {"message":..}, as API Gateway's own responses are, and the type in a header.
HttpResponse gateway_response(int status, std::string_view type, std::string_view message) {
    json::JsonWriter writer;
    writer.begin_object().member("message", message).end_object();
    HttpResponse response = json_answer(std::move(writer).take());
    response.status = status;
    response.headers.push_back({"x-amzn-ErrorType", std::string(type)});
    return response;
}

}  // namespace

HttpResponse json_answer(std::string body) {
    return {.headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

HttpResponse cors_answer() {
    HttpResponse response = json_answer("{}");
    // API Gateway's own list, and the header that makes a post safe to repeat.
    response.headers.push_back({"Access-Control-Allow-Headers",
                                "Content-Type,X-Amz-Date,Authorization,X-Api-Key,"
                                "X-Amz-Security-Token,Idempotency-Key"});
    response.headers.push_back(
        {"Access-Control-Allow-Methods", "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"});
    response.headers.push_back({"Access-Control-Allow-Origin", "*"});
    return response;
}

HttpResponse missing_authentication_token() {
    return gateway_response(403, "MissingAuthenticationTokenException",
                            "Missing Authentication Token");
}

HttpResponse unsupported_media_type() {
    return gateway_response(415, "UnsupportedMediaTypeException", "Unsupported Media Type");
}

HttpResponse bad_request(const Error& error) {
    return gateway_response(400, "BadRequestException", error.text);
}

HttpResponse unreadable_body(const Error& error) {
    return gateway_response(400, "BadRequestException",
                            "Could not parse request body into json: " + error.text);
}

HttpResponse kinesis_error(const GatewaySettings& settings, std::string_view type,
                           std::string_view message) {
    json::JsonWriter writer;
    writer.begin_object().member("__type", type);
    // Kinesis spells this one's member with a capital (mhart/kinesalite).
    writer.member(type == "SerializationException" ? "Message" : "message", message).end_object();
    HttpResponse response = json_answer(std::move(writer).take());
    response.status = settings.default_response_200 ? 200 : type == "InternalFailure" ? 500 : 400;
    // For clients that know HTTP and not Kinesis.
    if (type == kTryAgain) response.headers.push_back({"Retry-After", "1"});
    return response;
}

KinesisCode kinesis_code(const GatewaySettings& settings, const Error& error,
                         std::string_view stream) {
    switch (error.code) {
        case Errc::not_found:
            return {
                "ResourceNotFoundException",
                fmt::format("Stream {} under account {} not found.", stream, settings.account_id)};
        case Errc::already_exists:
            return {"ResourceInUseException",
                    fmt::format("Stream {} under account {} already exists.", stream,
                                settings.account_id)};
        case Errc::invalid_argument:
        case Errc::too_large:
        case Errc::unsupported: return {"InvalidArgumentException", error.text};
        // Nothing is stored and the same call may succeed soon: the one code that every Kinesis
        // client retries by itself, slower and slower, for a request and for single records.
        case Errc::unavailable:
        case Errc::no_space: return {kTryAgain, error.text};
        // Kinesis has no keys; this is how DynamoDB and others of AWS say it of a client's token.
        case Errc::conflict: return {"IdempotentParameterMismatchException", error.text};
        default: return {"InternalFailure", error.text};
    }
}

HttpResponse stream_error(const GatewaySettings& settings, const Error& error,
                          std::string_view stream) {
    KinesisCode code = kinesis_code(settings, error, stream);
    return kinesis_error(settings, code.type, code.message);
}

}  // namespace pinflow::gateway::api_gateway
