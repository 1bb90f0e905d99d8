// SPDX-License-Identifier: Apache-2.0
// What the work book knows of one stream on its way into one table: how far it is, what became of
// the records, and the batch it has promised itself to commit next.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/event_log.h"
#include "record/ledger.h"
#include "record/record.h"

namespace pinflow::stream {

// A batch's part of one shard. The token and the count say which records these are, exactly.
struct ShardRange {
    std::string shard;
    std::string from;  // tokens of ShardPosition
    std::string to;
    std::int64_t record_count = 0;
    std::string first_sequence;
    std::string last_sequence;
    bool is_end = false;  // behind it the shard, which is closed, has nothing
};

struct FollowerState {
    std::string stream;
    std::string table;
    Life stream_life;
    std::int64_t batch = 0;  // the last number given to a batch; the first is 1
    std::map<std::string, std::string> positions;  // shard -> token, behind all committed batches
    std::set<std::string> finished;  // closed shards, all of whose records are in committed batches
    std::vector<ShardRange> promised;  // of batch `batch`, while it is not known done
    Ledger ledger;                     // of all batches known done

    static std::string encode(const FollowerState& state);
    static Result<FollowerState> decode(std::string_view text);
};

constexpr std::string_view kStatePrefix = "stream/";
std::string state_key(std::string_view stream, std::string_view table);  // "stream/a-pin/a_pin"

}  // namespace pinflow::stream
