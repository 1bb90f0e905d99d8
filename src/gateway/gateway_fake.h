// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/reactor.h"
#include "gateway/gateway.h"
#include "gateway/ports_fake.h"
#include "memory/hand_clock.h"
#include "memory/memory_meter.h"

namespace pinflow::gateway {

constexpr const char* kJsonV2 = "application/vnd.kafka.json.v2+json";

// A gateway over fakes, and requests to it as clients make them.
class GatewayFake : public ::testing::Test {
protected:
    void open(GatewaySettings settings = {}) {
        gateway_.emplace(std::move(settings), log_, streams_, clock_, meter_);
    }
    HttpResponse ask(std::string method, std::string target, std::string body = "",
                     std::vector<HttpHeader> headers = {}) {
        if (!gateway_) open();
        return run_here(gateway_->handle(HttpRequest{.method = std::move(method),
                                                     .target = std::move(target),
                                                     .headers = std::move(headers),
                                                     .body = std::move(body)}));
    }
    HttpResponse produce(std::string target, std::string body, std::string type = kJsonV2) {
        return ask("POST", std::move(target), std::move(body), {{"Content-Type", std::move(type)}});
    }
    HttpResponse put(std::string target, std::string body) {
        return ask("PUT", std::move(target), std::move(body),
                   {{"Content-Type", "application/json"}});
    }

    LogFake log_;
    StreamsFake streams_;
    memory::HandClock clock_;
    memory::MemoryMeter meter_;
    std::optional<Gateway> gateway_;
};

inline std::string header_of(const HttpResponse& response, std::string_view name) {
    for (const HttpHeader& header : response.headers) {
        if (header.name == name) return header.value;
    }
    return "";
}

}  // namespace pinflow::gateway
