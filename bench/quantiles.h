// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace pinflow::bench {

// Every duration is kept, so that quantiles are exact: a run has a few million at most.
class Samples {
public:
    void add(std::chrono::nanoseconds duration) {
        us_.push_back(std::chrono::duration<float, std::micro>(duration).count());
    }
    void add(const Samples& other) { us_.insert(us_.end(), other.us_.begin(), other.us_.end()); }
    void clear() { us_.clear(); }
    std::size_t count() const { return us_.size(); }
    double sum_us() const {
        double sum = 0;
        for (float one : us_) sum += one;
        return sum;
    }
    double quantile_us(double share) {
        if (us_.empty()) return 0;
        auto rank = static_cast<std::size_t>(share * static_cast<double>(us_.size() - 1));
        auto at = us_.begin() + static_cast<std::ptrdiff_t>(rank);
        std::nth_element(us_.begin(), at, us_.end());
        return *at;
    }

private:
    std::vector<float> us_;
};

}  // namespace pinflow::bench
