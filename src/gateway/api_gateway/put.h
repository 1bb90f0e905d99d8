// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "gateway/call.h"

namespace pinflow::gateway::api_gateway {

// What PutRecord and PutRecords share: the put, and the stream made if it is not there and may be.
Task<Result<std::vector<Result<StoredAt>>>> put_making_stream(Ports ports, std::string stream,
                                                              std::vector<StreamRecord> records,
                                                              IdempotencyKey key);

// Answered before, under the same idempotency key.
bool is_repeat(std::span<const Result<StoredAt>> stored);

}  // namespace pinflow::gateway::api_gateway
