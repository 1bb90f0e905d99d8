// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pinflow::pinterest {

// How many follow a poster. Over rows the counts have the course's quantiles; and the more pins a
// poster has, the more followers.
class Followers final {
public:
    Followers();

    // `luck` in [0, 1): the poster's own draw.
    std::int64_t count(std::int64_t pins, double luck) const;

private:
    std::vector<double> ranks_;  // the share of rows that score at most kLowest + i * kStep
};

// As the site writes a count, cut and never with a decimal: "437", "124k", "15M".
std::string follower_text(std::int64_t count);

}  // namespace pinflow::pinterest
