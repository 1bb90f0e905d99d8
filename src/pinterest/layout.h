// SPDX-License-Identifier: Apache-2.0
// Who posted which row, and what kind of row it is, for any number of rows in a few kilobytes: the
// numbers are exact by construction, and nothing is kept a row or a poster.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pinterest/categories.h"
#include "pinterest/permutation.h"

namespace pinflow::pinterest {

// Posters with that many pins among a million rows. The rest of the rows are posters of one pin.
// Fitted to the course's data: a sample of 877 of 11,154 rows has 710 posters, 628 of them once and
// the biggest 13 times, and the full set has about 5,081 user names.
struct PosterSize {
    std::int64_t pins;
    std::int64_t posters_per_million;
};
inline constexpr PosterSize kPosterSizes[] = {
    {200, 27},  {152, 45},   {115, 73},   {87, 118},  {66, 190},   {50, 308},
    {38, 490},  {29, 780},   {22, 1215},  {17, 1849}, {13, 2892},  {10, 4025},
    {8, 6101},  {6, 6164},   {5, 9691},   {4, 16644}, {3, 32672},  {2, 79938},
};

enum class RowKind {
    total_failure,     // nothing could be read: sentinels everywhere; a story of the pseudo-poster
    story_no_image,    // a multi-video whose image could not be read
    story,             // multi-video
    video,
    image,
};

struct RowPlace {
    std::size_t category = 0;
    RowKind kind = RowKind::image;
    std::int64_t poster = 0;  // 0 … posters-1; kFailedPoster for total failures
    std::int64_t pins = 0;    // of this poster in all
};

class Layout final {
public:
    static constexpr std::int64_t kFailedPoster = -1;

    Layout(std::uint64_t seed, std::int64_t rows);

    RowPlace place(std::int64_t row) const;  // 0 <= row < rows
    std::int64_t posters() const { return posters_; }

private:
    struct Size {
        std::int64_t pins;
        std::int64_t first_slot;
        std::int64_t first_poster;
    };
    // One category. Each row that did not fail holds one slot, and the slots are dealt out to the
    // posters in turn. Some rows trade places with rows of other categories: these roam.
    struct Shelf {
        std::int64_t first_row = 0;
        std::int64_t rows = 0;
        std::array<std::int64_t, 4> kind_ends{};  // in the order of RowKind
        std::int64_t slots = 0;
        std::int64_t roaming = 0;
        std::int64_t first_roaming = 0;
        Permutation rows_order;
        Permutation slots_order;
        Permutation roaming_order;
        std::vector<Size> sizes;  // by first_slot
    };

    void divide_rows(std::uint64_t seed, std::int64_t rows);
    void divide_posters(std::uint64_t seed);
    std::size_t shelf_of(std::int64_t row) const;
    void find_poster(const Shelf& shelf, std::int64_t slot, RowPlace& place) const;

    std::array<Shelf, kCategoryCount> shelves_;
    Permutation roaming_;
    std::int64_t failures_ = 0;
    std::int64_t posters_ = 0;
};

}  // namespace pinflow::pinterest
