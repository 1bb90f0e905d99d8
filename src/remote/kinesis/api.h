// SPDX-License-Identifier: Apache-2.0
// One operation of the Kinesis API: signed, sent, and sent again where that is safe.
#pragma once

#include <cstdint>
#include <functional>
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
    // The request's JSON, and what to do with the answer's; an error of `read` says what is wrong
    // with that. Both are called on another thread while the caller waits.
    std::function<std::string()> body;
    std::function<Status(std::string_view)> read;  // empty: the answer does not matter
    std::size_t bytes = 0;                         // of memory that the body will take, about
    bool is_repeatable = true;                     // it changes nothing, or twice is as once
};

class Api final {
public:
    // `clock` outlives it.
    Api(const KinesisSettings& settings, Endpoint endpoint, Clock& clock);

    // Again, with growing pauses, while AWS says later, or nothing was sent, or nothing can be
    // done twice; for kRetryForUs. A call that is not repeatable and may have been done fails with
    // timed_out. Any reactor. Gives the server's time, by its Date in whole seconds; ours if it has
    // none.
    Task<Reply<Timestamp>> call(Call call);

    // cancelled when stopped meanwhile. On the caller's reactor.
    Task<Status> pause(std::int64_t us);

    // Below 2^attempt times the first, and below the most: drawn, so that not all come at once.
    static std::int64_t pause_after_us(int attempt);

    void stop() { callers_.stop(); }  // any thread

    Clock& clock() const { return clock_; }
    std::string place_of(std::string_view operation, std::string_view stream) const;

private:
    HttpRequest signed_request(const Call& call, const sigv4::Credentials& credentials) const;
    Reply<Timestamp> attempt(const Call& call, net::HttpClient& client,
                             const std::stop_token& stop) const;
    Task<Reply<Timestamp>> attempt_elsewhere(const Call& call);

    const KinesisSettings settings_;
    const Endpoint endpoint_;
    Clock& clock_;
    Callers callers_;
};

}  // namespace pinflow::kinesis
