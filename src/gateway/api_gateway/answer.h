// SPDX-License-Identifier: Apache-2.0
// Answers of an AWS API Gateway (REST API) and, behind it, of Kinesis. Every body is JSON.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/settings.h"
#include "record/http.h"

namespace pinflow::gateway::api_gateway {

HttpResponse json_answer(std::string body);

// OPTIONS on any path: the course's CORS mock.
HttpResponse cors_answer();

// 403: what API Gateway says to a path or method it does not know.
HttpResponse missing_authentication_token();

HttpResponse unsupported_media_type();             // 415
HttpResponse bad_request(const Error& error);      // 400: a header that means nothing
HttpResponse unreadable_body(const Error& error);  // 400: the template could not read it

// An error of Kinesis: {"__type":..,"message":..}, status 400 (500 for InternalFailure), or 200 if
// the settings say that errors hide (GatewaySettings::default_response_200).
HttpResponse kinesis_error(const GatewaySettings& settings, std::string_view type,
                           std::string_view message);

// The same for an error of the stream port.
HttpResponse stream_error(const GatewaySettings& settings, const Error& error,
                          std::string_view stream);

struct KinesisCode {
    std::string_view type;
    std::string message;
};

KinesisCode kinesis_code(const GatewaySettings& settings, const Error& error,
                         std::string_view stream);

}  // namespace pinflow::gateway::api_gateway
