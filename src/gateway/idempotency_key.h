// SPDX-License-Identifier: Apache-2.0
// The header Idempotency-Key: the same request again is the same append, with the same answer
// (draft-ietf-httpapi-idempotency-key-header-07). For users: docs/idempotency_keys.md.
#pragma once

#include <string_view>

#include "ports/event_log.h"
#include "record/http.h"

namespace pinflow::gateway {

constexpr std::size_t kIdempotencyKeyBytesMax = 255;  // as Stripe's

// Empty if the request has none. `name` and `part` (a path's partition) say what the request writes
// to: the same key for something else is another key. The fingerprint is of media type and body.
// invalid_argument: not 1-255 bytes of printable ASCII, or more than one.
Result<IdempotencyKey> read_idempotency_key(const HttpRequest& request, std::string_view name,
                                            std::string_view part = "");

// Says that nothing was stored now (Idempotent-Replayed, as Stripe's answers have it).
void mark_replayed(HttpResponse& response);

}  // namespace pinflow::gateway
