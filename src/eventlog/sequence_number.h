// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "record/record.h"

namespace pinflow::eventlog {

// A Kinesis sequence number in AWS's own layout (186 bits, as kinesalite found it, db/index.js), so
// that clients which order or compare them see what they expect. The offset stands where AWS
// counts, so either is the other by arithmetic. Written as decimal text.
struct SequenceNumber {
    std::int64_t shard_created_s = 0;
    std::int32_t shard = 0;
    Offset offset = 0;        // -1: the shard's own start, before every record
    std::int64_t time_s = 0;  // arrival

    bool operator==(const SequenceNumber&) const = default;
};

std::string encode_sequence(const SequenceNumber& sequence);
// invalid_argument for what is no number of ours.
Result<SequenceNumber> decode_sequence(std::string_view decimal);

}  // namespace pinflow::eventlog
