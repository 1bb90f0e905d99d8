// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "ports/object_store.h"

namespace pinflow::batch {

inline constexpr std::size_t kReadBytes = 8 << 20;      // of an object at a time
inline constexpr std::size_t kLineBytesMax = 64 << 20;  // four times what the decoder takes

// Calls `take` for every line of the object, without its '\n', the last one even when it has none.
// Memory is bounded by the longest line; too_large past kLineBytesMax. `take` must outlive the
// call.
Task<Status> read_lines(ObjectStore& objects, std::string key, std::uint64_t bytes,
                        const std::function<Status(std::string_view line)>& take);

}  // namespace pinflow::batch
