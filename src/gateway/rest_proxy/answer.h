// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/rest_proxy/error.h"
#include "record/http.h"

namespace pinflow::gateway::rest_proxy {

using pinflow::rest_proxy::ApiError;

// Every body is JSON, errors too: clients of the course parse whatever comes.
HttpResponse json_answer(std::string body);
HttpResponse error_answer(const ApiError& error);

HttpResponse not_found();                                   // no such path
HttpResponse method_not_allowed(std::string_view allowed);  // "GET, POST"
HttpResponse partition_not_found();

// An error of the log, for a whole request.
HttpResponse log_error_answer(const Error& error);

// There is no lease for a request's body: 503 with Retry-After, or 413 if there never will be.
HttpResponse not_leased(const Error& error);

// The same as Confluent's code for one record: retriable or not.
int record_error_code(Errc code);

}  // namespace pinflow::gateway::rest_proxy
