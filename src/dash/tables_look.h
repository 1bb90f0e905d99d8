// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "ports/clock.h"
#include "ports/table.h"

namespace pinflow::dash {

// The lake's tables as the page shows them. They are looked at on a thread of their own: a store
// that does not answer must hold up neither the page nor whoever asks whether we live.
class TablesLook final {
public:
    struct Found {
        std::string json = "[]";  // [{"name":…,"version":…,"rows":…,"files":…}]; the last ones seen
        std::string problem;      // why they may be old; empty when they are not
    };

    TablesLook(Lake& lake, Clock& clock) : lake_(lake), clock_(clock) {}
    ~TablesLook();  // waits for a look under way: the lake bounds that
    TablesLook(const TablesLook&) = delete;
    TablesLook& operator=(const TablesLook&) = delete;

    // Looks anew and waits kWaitMs at most; what was found before, if that is not enough. One
    // thread calls.
    Found latest();

    static constexpr int kWaitMs = 400;
    static constexpr std::int64_t kSlowUs = 10'000'000;  // a look that takes longer is a problem

private:
    void look();

    Lake& lake_;
    Clock& clock_;
    std::int64_t began_us_ = 0;  // the look under way
    std::mutex mutex_;
    std::condition_variable is_done_;
    Found found_;
    bool is_looking_ = false;
    bool has_found_ = false;
    std::thread thread_;
};

}  // namespace pinflow::dash
