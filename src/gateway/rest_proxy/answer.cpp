// SPDX-License-Identifier: Apache-2.0
#include "gateway/rest_proxy/answer.h"

#include "codec/rest_proxy/media_type.h"

namespace pinflow::gateway::rest_proxy {
namespace {

namespace wire = pinflow::rest_proxy;

ApiError api_error(const Error& error) {
    switch (error.code) {
        case Errc::not_found: return {404, wire::kTopicNotFound, "Topic not found."};
        case Errc::invalid_argument:
        case Errc::too_large:
        case Errc::unsupported: return {400, wire::kKafkaBadRequest, error.text};
        case Errc::unavailable:
        case Errc::no_space:
        case Errc::timed_out: return {500, wire::kKafkaRetriableError, error.text};
        // What the draft of the header Idempotency-Key wants for a key that was used otherwise.
        case Errc::conflict: return {422, 422, error.text};
        default: return {500, wire::kKafkaError, error.text};
    }
}

}  // namespace

HttpResponse json_answer(std::string body) {
    return {.headers = {{"Content-Type", std::string(wire::kContentType)}},
            .body = std::move(body)};
}

HttpResponse error_answer(const ApiError& error) {
    HttpResponse response = json_answer(wire::error_body(error));
    response.status = error.status;
    return response;
}

HttpResponse not_found() { return error_answer({404, 404, "HTTP 404 Not Found"}); }

HttpResponse method_not_allowed(std::string_view allowed) {
    HttpResponse response = error_answer({405, 405, "HTTP 405 Method Not Allowed"});
    response.headers.push_back({"Allow", std::string(allowed)});
    return response;
}

HttpResponse partition_not_found() {
    return error_answer({404, wire::kPartitionNotFound, "Partition not found."});
}

HttpResponse log_error_answer(const Error& error) { return error_answer(api_error(error)); }

HttpResponse not_leased(const Error& error) {
    if (error.code == Errc::too_large) return error_answer({413, 413, error.text});
    HttpResponse response = error_answer({503, wire::kBrokerNotAvailable, error.text});
    response.headers.push_back({"Retry-After", "1"});
    return response;
}

int record_error_code(Errc code) {
    switch (code) {
        case Errc::not_found:  // the topic went between the question and the append
        case Errc::unavailable:
        case Errc::no_space:
        case Errc::timed_out: return wire::kKafkaRetriableError;
        // Of no use to try again: OutOfOrderSequenceException and InvalidProducerEpochException are
        // no RetriableException in Kafka's clients either.
        case Errc::out_of_order:
        case Errc::fenced:
        case Errc::conflict:
        default: return wire::kKafkaError;
    }
}

}  // namespace pinflow::gateway::rest_proxy
