// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "record/record.h"

namespace pinflow::kinesis {

// A reader's place, carried by the client: nothing is kept here, so iterators outlive restarts.
// Opaque to clients, not secret: it holds nothing that a request could not ask for.
struct ShardIterator {
    std::string stream;
    std::string shard_id;
    std::string position;  // ShardPosition::token
    Timestamp issued_ms = 0;
    bool operator==(const ShardIterator&) const = default;
};

constexpr std::int64_t kIteratorLifeMs = 300'000;

std::string write_iterator(const ShardIterator& iterator);

// invalid_argument for anything that write_iterator did not make. Its age is the caller's business.
Result<ShardIterator> read_iterator(std::string_view text);

}  // namespace pinflow::kinesis
