// SPDX-License-Identifier: Apache-2.0
// The real server of tests, where PINFLOW_TEST_S3 names one:
// http://access:secret@127.0.0.1:7070/bucket?timeout_ms=1000. Every store has a prefix of its own
// in the bucket.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "base/hash.h"
#include "remote/s3/s3_store.h"

namespace pinflow::s3 {

inline constexpr const char* kNoServer = "PINFLOW_TEST_S3 names no server";

inline std::optional<S3Settings> test_server() {
    const char* text = std::getenv("PINFLOW_TEST_S3");
    if (text == nullptr) return std::nullopt;
    const std::string url = text;
    std::size_t keys = url.find("://") + 3;
    std::size_t colon = url.find(':', keys);
    std::size_t at = url.find('@', colon);
    std::size_t slash = url.find('/', at);
    std::size_t question = std::min(url.find("?timeout_ms="), url.size());
    const bool is_timed = question < url.size();
    sigv4::Credentials credentials{
        url.substr(keys, colon - keys), url.substr(colon + 1, at - colon - 1), {}};
    return S3Settings{.endpoint = url.substr(0, keys) + url.substr(at + 1, slash - at - 1),
                      .region = {},
                      .bucket = url.substr(slash + 1, question - slash - 1),
                      .prefix = "test-" + random_uuid(),
                      .request_timeout = std::chrono::milliseconds(
                          is_timed ? std::stol(url.substr(question + 12)) : 60'000),
                      .credentials = [credentials] { return credentials; }};
}

// Below `prefix`, or one that nobody else has.
inline std::shared_ptr<S3Store> open_test_store(Files& files, Clock& clock,
                                                const std::string& prefix = {}) {
    S3Settings settings = *test_server();
    if (!prefix.empty()) settings.prefix = prefix;
    auto store = S3Store::open(std::move(settings), files, clock);
    EXPECT_TRUE(store) << store.error().text;
    return std::move(*store);
}

}  // namespace pinflow::s3
