// SPDX-License-Identifier: Apache-2.0
// What an answer means for the record that was posted. The status alone proves nothing: REST Proxy
// reports a record's failure in the body of a 200, and so does a gateway whose only mapped answer
// of Kinesis is the default one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "emulator/form.h"
#include "record/http.h"

namespace pinflow::emulator {

enum class Verdict : std::uint8_t {
    accepted,   // the body says where the record is
    rejected,   // the same request would be refused again
    try_again,  // it may pass by itself
};

struct Judgement {
    Verdict verdict = Verdict::rejected;
    bool may_be_stored = false;   // not accepted, and yet nobody can say that it is not in the log
    bool is_unreachable = false;  // there was no server to ask
    std::string reason;           // of what is not accepted
    std::optional<std::chrono::milliseconds> retry_after;

    std::int32_t partition = -1;  // of what is accepted on the batch road
    std::int64_t offset = -1;
    std::string shard_id;  // ... and on the stream road
    std::string sequence_number;
};

Judgement judge(Road road, const HttpResponse& answer);
Judgement judge(const Error& error);  // of a send() that failed

}  // namespace pinflow::emulator
