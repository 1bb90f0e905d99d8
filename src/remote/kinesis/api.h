// SPDX-License-Identifier: Apache-2.0
// One operation of the Kinesis API: signed, sent, and sent again where that is safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/task.h"
#include "ports/clock.h"
#include "remote/kinesis/callers.h"
#include "remote/kinesis/endpoint.h"
#include "remote/kinesis/failure.h"

namespace pinflow::kinesis {

struct Call {
    std::string_view operation;  // "PutRecords"
    std::string stream;          // for messages; empty: of none
    std::string body;            // JSON
    bool is_repeatable = true;   // it changes nothing, or twice is as once
};

struct Answer {
    std::string body;
    Timestamp server_ms = 0;  // by the answer's Date, in whole seconds; ours if it has none
};

class Api final {
public:
    // `clock` outlives it.
    Api(const KinesisSettings& settings, Endpoint endpoint, Clock& clock);

    // Again, with growing pauses, while AWS says later, or nothing was sent, or nothing can be
    // done twice; for kRetryForUs. A call that is not repeatable and may have been done fails with
    // timed_out. Any reactor.
    Task<Reply<Answer>> call(Call call);

    // cancelled when stopped meanwhile. On the caller's reactor.
    Task<Status> pause(std::int64_t us);

    // Below 2^attempt times the first, and below the most: drawn, so that not all come at once.
    static std::int64_t pause_after_us(int attempt);

    void stop() { callers_.stop(); }  // any thread

    Clock& clock() const { return clock_; }
    std::string place_of(std::string_view operation, std::string_view stream) const;

private:
    Result<HttpRequest> signed_request(const Call& call, const sigv4::Credentials& credentials);
    Task<Reply<Answer>> attempt(const Call& call);

    const KinesisSettings settings_;
    const Endpoint endpoint_;
    Clock& clock_;
    Callers callers_;
};

}  // namespace pinflow::kinesis
