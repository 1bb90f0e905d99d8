// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "bench/log_load.h"
#include "eventlog/settings.h"

namespace pinflow::bench {

struct Options {
    std::string directory;  // must be there; on the disk that is measured
    LoadShape load;
    eventlog::Durability durability = eventlog::Durability::fsync;
    std::chrono::microseconds barrier_min{0};  // simulated disk; 0: the real one
    std::chrono::milliseconds warm_up{300};
    std::chrono::milliseconds duration{2'000};
    std::int64_t fill_bytes = 0;  // instead of measuring: so much log, then kill -9 of ourselves
    bool floor_only = false;      // only the disk
};

// --name value pairs; invalid_argument with the usage.
Result<Options> read_options(int argc, char** argv);

}  // namespace pinflow::bench
