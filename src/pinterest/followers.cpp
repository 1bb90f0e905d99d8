// SPDX-License-Identifier: Apache-2.0
#include "pinterest/followers.h"

#include <algorithm>

#include "pinterest/draws.h"
#include "pinterest/layout.h"

namespace pinflow::pinterest {
namespace {

// A poster's score is kPull * ln(pins) plus a logistic draw. With this pull the medians by age group
// and joining year come out as a published run over the full tables has them: 130, 22, 7, 3 thousand
// from the youngest to the oldest, 160, 20, 4 from the first year to the last.
constexpr double kPull = 1.4;

constexpr double kLowest = -12;
constexpr double kHighest = 20;
constexpr double kStep = 1.0 / 32;

struct Quantile {
    double rank;  // among rows that name a count
    double count;
};
// "0" 10 of 867; below 1,000, written plainly, 20 %; quartiles 3,000, 28,000, 190,000; in millions 7 %;
// 15M at most. Between them the counts grow by equal factors.
constexpr double kZeroRank = 10.0 / 867;
constexpr Quantile kQuantiles[] = {
    {kZeroRank, 1},      {0.05, 40},       {0.10, 200},      {0.20, 1'000},       {0.25, 3'000},
    {0.50, 28'500},      {0.75, 190'500},  {0.93, 1'000'000}, {0.98, 3'000'000},  {0.9985, 9'000'000},
    {1, 15'999'999},
};

double logistic_share(double x) { return 1 / (1 + portable_exp(-x)); }

double share_of_rows_up_to(double score) {
    double share = 0;
    double left = 1;
    for (const PosterSize& size : kPosterSizes) {
        double rows = static_cast<double>(size.pins * size.posters_per_million) * 1e-6;
        share += rows * logistic_share(score - kPull * portable_ln(static_cast<double>(size.pins)));
        left -= rows;
    }
    return share + left * logistic_share(score);
}

std::int64_t count_at(double rank) {
    if (rank < kZeroRank) return 0;
    auto above = std::ranges::upper_bound(kQuantiles, rank, {}, &Quantile::rank);
    if (above == std::end(kQuantiles)) --above;
    auto below = above - 1;
    double part = (rank - below->rank) / (above->rank - below->rank);
    double low = portable_ln(below->count);
    return static_cast<std::int64_t>(portable_exp(low + part * (portable_ln(above->count) - low)));
}

}  // namespace

Followers::Followers() {
    auto steps = static_cast<int>((kHighest - kLowest) / kStep);
    for (int i = 0; i <= steps; ++i) ranks_.push_back(share_of_rows_up_to(kLowest + i * kStep));
}

std::int64_t Followers::count(std::int64_t pins, double luck) const {
    luck = std::clamp(luck, 0x1p-50, 1 - 0x1p-50);
    double score = kPull * portable_ln(static_cast<double>(pins)) + portable_ln(luck / (1 - luck));
    double place = (std::clamp(score, kLowest, kHighest) - kLowest) / kStep;
    auto i = std::min(static_cast<std::size_t>(place), ranks_.size() - 2);
    double part = place - static_cast<double>(i);
    return count_at(std::min(1.0, ranks_[i] + part * (ranks_[i + 1] - ranks_[i])));
}

std::string follower_text(std::int64_t count) {
    if (count < 1'000) return std::to_string(count);
    if (count < 1'000'000) return std::to_string(count / 1'000) + "k";
    return std::to_string(count / 1'000'000) + "M";
}

}  // namespace pinflow::pinterest
