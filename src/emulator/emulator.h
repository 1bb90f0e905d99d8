// SPDX-License-Identifier: Apache-2.0
// The emulator: draws rows of the post database and posts each in the forms it is given, as the
// clients of the pipeline do; but it believes an answer's body, not its status, and it keeps count.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "emulator/form.h"
#include "net/http_client.h"
#include "ports/clock.h"
#include "ports/source_db.h"

namespace pinflow::emulator {

// Which row to post, and when.
struct Draw {
    std::int64_t row = 0;  // offset in the table, from 0
    double sleep_s = 0;    // before posting, at the walk's own pace
};

struct WalkPace {};  // each worker sleeps what its draw says
struct NoPace {};    // as fast as answers come
struct RatePace {
    double draws_per_second = 1;  // of all workers together, evenly spaced
};
using Pace = std::variant<WalkPace, RatePace, NoPace>;

// For what may pass by itself: a refused connection, 408, 429, 5xx, REST Proxy's 50003, a throttled
// shard; and, if the settings say so, a post whose outcome is unknown. The wait doubles from first
// to max, half of it by chance, and is at least what Retry-After asks for, up to max.
struct RetryPolicy {
    int attempts_max = 10;  // of one post, the first included
    std::chrono::milliseconds wait_first{100};
    std::chrono::milliseconds wait_max{5'000};
};

struct EmulatorSettings {
    std::string base_url;         // "http://127.0.0.1:8082/test"; a slash at the end does no harm
    std::vector<PostForm> forms;  // a draw posts them in this order
    int concurrency = 1;          // workers, 1-256; each posts whole draws
    Pace pace = WalkPace{};
    std::optional<std::int64_t> draws;  // nothing: until the walk ends or the stop
    RetryPolicy retry;
    bool retry_in_doubt = true;  // false: rather lose a post than have it stored twice
    std::chrono::milliseconds stop_grace{2'000};  // for the draws under way when the stop comes
    net::HttpClientSettings client;
};

// What the log has said it stored, and where.
struct AcceptedPost {
    std::size_t form = 0;  // index in EmulatorSettings::forms
    std::int64_t row = 0;
    std::int32_t partition = -1;  // batch road
    std::int64_t offset = -1;
    std::string shard_id;  // stream road
    std::string sequence_number;
};

struct EmulatorPorts {
    // One SourceDb a worker, opened on the worker's thread. The stop means: give up what you wait for.
    std::function<Result<std::unique_ptr<SourceDb>>(std::stop_token)> open_source;
    // The next draw, or nothing at the end. Called by one worker at a time, in order.
    std::function<std::optional<Draw>()> walk;
    // From the workers' threads, several at once. May be empty.
    std::function<void(const AcceptedPost&)> on_accepted;
    Clock* clock = nullptr;  // outlives the emulator
    // Waits, or returns false as soon as the stop is asked for. Empty: for real.
    std::function<bool(std::chrono::microseconds, std::stop_token)> wait;
};

// posts = accepted_batch + accepted_stream + rejected + unfinished once run() has returned; and of
// these posts the log holds between accepted and accepted + in_doubt records.
struct EmulatorCounts {
    std::int64_t draws = 0;  // all of whose posts were made
    std::int64_t posts = 0;
    std::int64_t accepted_batch = 0;
    std::int64_t accepted_stream = 0;
    std::int64_t rejected = 0;    // refused for good, or until the attempts ran out
    std::int64_t unfinished = 0;  // given up without a verdict: in doubt, or stopped
    std::int64_t in_doubt = 0;    // attempts after which nobody can say whether they were stored
    std::int64_t retries = 0;
};

struct ReasonCount {
    std::string reason;  // "u.events: HTTP 200, error_code 40401: Topic not found"
    std::int64_t count = 0;
};

struct EmulatorOutcome : EmulatorCounts {
    double seconds = 0;
    std::vector<ReasonCount>
        reasons;  // of posts not accepted, the first 16 distinct ones, then "other"
};

struct Run;  // run.h

class Emulator final {
public:
    // invalid_argument: a setting outside its range, no form, or no http(s) URL.
    static Result<std::unique_ptr<Emulator>> open(EmulatorSettings settings, EmulatorPorts ports);
    ~Emulator();
    Emulator(const Emulator&) = delete;
    Emulator& operator=(const Emulator&) = delete;

    // Posts until the draws, the walk or the stop end it. A stop is a success: draws under way get
    // the grace time, without waits and retries, and are then cut. Once. unavailable: the gateway
    // could not be reached for one post's whole budget (the text names the URL and what to try);
    // not_found: a row or table that is not there; and what the source says.
    Result<EmulatorOutcome> run(std::stop_token stop);

    EmulatorCounts progress() const;  // any thread, also while it runs

private:
    explicit Emulator(std::unique_ptr<Run> run);

    std::unique_ptr<Run> run_;
};

}  // namespace pinflow::emulator
