// SPDX-License-Identifier: Apache-2.0
// Whose object stands there? Every put signs its object with an id of its own, so that a refused or
// unanswered put can be told from one that took effect unheard.
#pragma once

#include <string>

#include "base/result.h"
#include "remote/s3/s3_client.h"

namespace pinflow::s3 {

inline constexpr const char* kIdHeader = "x-amz-meta-pinflow-put";

enum class Claim : std::uint8_t { ours, of_another, none };

// One HEAD. An id is compared, never the bytes: a rival may have put equal ones.
Reply<Claim> claim_of(S3Client& client, const std::string& key, const std::string& id);

// What a failed put-if-absent comes to: ok where the object is ours after all, already_exists where
// it is another's, else `failure`, with the effect unknown.
Status settle(S3Client& client, const std::string& key, const std::string& id, Failure failure);

}  // namespace pinflow::s3
