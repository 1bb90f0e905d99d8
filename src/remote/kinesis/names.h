// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace pinflow::kinesis {

// 1-128 of [a-zA-Z0-9_.-], as AWS has the names of streams and of shards.
bool is_name(std::string_view text);

}  // namespace pinflow::kinesis
