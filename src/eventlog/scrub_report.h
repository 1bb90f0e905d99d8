// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pinflow::eventlog {

struct ScrubReport {
    std::int64_t rounds = 0;          // times that all was read
    std::uint64_t bytes = 0;          // read in all
    std::vector<std::string> damage;  // what was found, at most kScrubDamageMax
};
constexpr std::size_t kScrubDamageMax = 100;

}  // namespace pinflow::eventlog
