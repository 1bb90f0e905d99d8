// SPDX-License-Identifier: Apache-2.0
// The real server of tests, where PINFLOW_TEST_S3 names one:
// http://access:secret@127.0.0.1:7070/bucket. Every store has a prefix of its own in the bucket.
#pragma once

#include <gtest/gtest.h>

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
    sigv4::Credentials credentials{
        url.substr(keys, colon - keys), url.substr(colon + 1, at - colon - 1), {}};
    return S3Settings{.endpoint = url.substr(0, keys) + url.substr(at + 1, slash - at - 1),
                      .region = {},
                      .bucket = url.substr(slash + 1),
                      .prefix = "test-" + random_uuid(),
                      .credentials = [credentials] { return credentials; }};
}

inline std::shared_ptr<S3Store> open_test_store(Files& files, Clock& clock) {
    auto store = S3Store::open(*test_server(), files, clock);
    EXPECT_TRUE(store) << store.error().text;
    return std::move(*store);
}

}  // namespace pinflow::s3
