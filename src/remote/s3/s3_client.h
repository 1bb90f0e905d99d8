// SPDX-License-Identifier: Apache-2.0
// Requests to one bucket: signed, sent, and tried again where that can help.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "codec/sigv4/signer.h"
#include "ports/clock.h"
#include "remote/s3/address.h"
#include "remote/s3/client_pool.h"
#include "remote/s3/failure.h"
#include "remote/s3/settings.h"

namespace pinflow::s3 {

struct S3Request {
    std::string method = "GET";
    std::string key;  // the whole key, prefix and all; empty: the bucket
    sigv4::QueryParameters query;
    std::vector<HttpHeader> headers;  // signed too
    std::string body;
    bool error_in_200 = false;      // an <Error> may come with status 200
    bool retries_conflicts = true;  // 409 is tried again
};

// Any thread; calls block.
class S3Client final {
public:
    static Result<std::unique_ptr<S3Client>> open(S3Settings settings, Clock& clock);
    S3Client(const S3Client&) = delete;
    S3Client& operator=(const S3Client&) = delete;

    // An answer of status 2xx, or why there is none after all tries. Bounds: settings.h.
    Reply<HttpResponse> ask(S3Request request);

    // The object as messages name it.
    std::string shown(const std::string& key) const;
    const S3Settings& settings() const { return settings_; }

private:
    S3Client(S3Settings settings, BucketAddress address, Clock& clock);

    struct Tries {
        int made = 0;
        std::int64_t began_us = 0;
        bool clock_was_set = false;
        bool in_doubt = false;
        Timestamp signed_ms = 0;         // of the last one
        sigv4::Credentials credentials;  // of the last one
        HttpResponse answer;             // of the last one, where there was one
    };

    Reply<HttpResponse> try_once(const S3Request& request, HttpRequest& http,
                                 const std::string& payload_hash, Tries& tries);
    bool may_try_again(const Failure& failure, const S3Request& request, Tries& tries);
    bool has_set_clock(const Failure& failure, Tries& tries);
    std::chrono::milliseconds wait_after(const Tries& tries) const;
    bool wait(std::chrono::milliseconds time) const;

    const S3Settings settings_;
    const BucketAddress address_;
    Clock& clock_;
    ClientPool pool_;
    std::atomic<std::int64_t> skew_ms_ = 0;  // the store's clock less ours
};

}  // namespace pinflow::s3
