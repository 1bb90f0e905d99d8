// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pinflow::gateway::rest_proxy {

constexpr int kBrokerId = 0;  // there is one, and it leads every partition

}  // namespace pinflow::gateway::rest_proxy
