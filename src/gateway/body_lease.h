// SPDX-License-Identifier: Apache-2.0
// What becomes of a request's body while it is worked on is leased before it is made.
#pragma once

#include <string_view>

#include "base/byte_budget.h"
#include "base/result.h"

namespace pinflow::gateway {

// The values of a body are held once decoded and once in their batch; and a record costs so much,
// whatever is in it, from its parsing to its line in the answer. Measured: see the test.
constexpr std::uint64_t kBodyCopies = 2;
constexpr std::uint64_t kBytesPerRecord = 512;

// Beside the body's own lease. Records are not counted but braces, of which each record has one: it
// is quick, and too much rather than too little. unavailable: not now; too_large: never, by this
// budget.
Result<ByteLease> lease_for_body(ByteBudget& budget, std::string_view body);

}  // namespace pinflow::gateway
