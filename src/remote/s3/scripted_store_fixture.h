// SPDX-License-Identifier: Apache-2.0
// A store whose server does what the test says, and whose waits take no time.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/reactor.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"
#include "net/http_client_test_server.h"
#include "remote/s3/s3_store.h"

namespace pinflow::s3 {

inline constexpr const char* kSecret = "the-secret-access-key";

inline net::Reply reply(int status, const std::string& headers, const std::string& body = {}) {
    return {fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(),
                        headers, body)};
}

inline net::Reply refusal(int status, const std::string& code, const std::string& more = {}) {
    return reply(status, "Content-Type: application/xml\r\n",
                 fmt::format("<?xml version=\"1.0\"?><Error><Code>{}</Code><Message>it is so"
                             "</Message>{}</Error>",
                             code, more));
}

inline net::Reply ok() { return reply(200, ""); }
inline net::Reply silence() { return {"", net::Reply::Then::close}; }  // the answer gets lost

class ScriptedStore : public testing::Test {
protected:
    void SetUp() override { open({}); }

    void open(S3Settings settings) {
        settings.endpoint = server.url();
        settings.bucket = "posts";
        settings.credentials = [this] {
            ++asked_credentials;
            return credentials;
        };
        settings.wait = [this](std::chrono::milliseconds time) {
            waits.push_back(time);
            clock.advance_ms(time.count());
            return true;
        };
        settings.stop = stop.get_token();
        auto opened = S3Store::open(std::move(settings), files, clock);
        ASSERT_TRUE(opened) << opened.error().text;
        store = std::move(*opened);
    }

    // One reply a request, in order; the last one for all that follow.
    void script(std::vector<net::Reply> replies) {
        answer = [left =
                      std::deque(replies.begin(), replies.end())](const net::SeenRequest&) mutable {
            net::Reply next = left.front();
            if (left.size() > 1) left.pop_front();
            return next;
        };
    }

    Status put(PutIf condition = PutIf::always, std::string bytes = "bytes") {
        return run_here(store->put("k", std::move(bytes), condition));
    }
    Result<std::string> get(ByteRange range = {}) { return run_here(store->get("k", range)); }

    std::vector<std::string> lines() {
        std::vector<std::string> seen;
        for (const auto& request : server.seen())
            seen.push_back(request.line().substr(0, request.line().rfind(" HTTP")));
        return seen;
    }
    static std::string header(const net::SeenRequest& request, const std::string& name) {
        std::size_t at = request.head.find("\r\n" + name + ": ");
        if (at == std::string::npos) return "";
        at += name.size() + 4;
        return request.head.substr(at, request.head.find("\r\n", at) - at);
    }
    // The answer to a HEAD of an object that was put with that id.
    static net::Reply head_of(const std::string& id) {
        return {
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nLast-Modified: Fri, 02 Jan 2026 03:04:05 "
            "GMT\r\nx-amz-meta-pinflow-put: " +
            id + "\r\n\r\n"};
    }

    sigv4::Credentials credentials{"the-key", kSecret, "the-token"};
    int asked_credentials = 0;
    std::vector<std::chrono::milliseconds> waits;
    std::stop_source stop;
    memory::HandClock clock;
    memory::MemoryFiles files;
    net::ScriptedServer::Script answer = [](const net::SeenRequest&) { return ok(); };
    net::ScriptedServer server{[this](const net::SeenRequest& request) { return answer(request); }};
    std::unique_ptr<S3Store> store;
};

}  // namespace pinflow::s3
