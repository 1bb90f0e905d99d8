// SPDX-License-Identifier: Apache-2.0
#include "pinterest/layout.h"

#include <algorithm>

#include "base/check.h"
#include "pinterest/draws.h"

namespace pinflow::pinterest {
namespace {

// Of the 877 rows measured: how many are of each kind, in the order of RowKind; the rest are images.
constexpr std::int64_t kMeasuredRows = 877;
constexpr std::int64_t kMeasuredKinds[] = {10, 13, 42, 26};

// Of 82 posters seen more than once, 29 were seen in more than one category.
constexpr std::int64_t kRoamingPerMillion = 150'000;
constexpr std::int64_t kMillion = 1'000'000;

// How many of the first `position` rows are of a part; whatever the borders, the parts add up.
std::int64_t share(std::int64_t position, std::int64_t part, std::int64_t whole) {
    return (2 * position * part + whole) / (2 * whole);
}

std::int64_t border(std::size_t category, std::int64_t rows) {
    if (category == kCategoryCount) return rows;
    return share(rows, kCategories[category].first_row, kCourseRows);
}

}  // namespace

Layout::Layout(std::uint64_t seed, std::int64_t rows) {
    CHECK(rows > 0);
    divide_rows(seed, rows);
    divide_posters(seed);
}

void Layout::divide_rows(std::uint64_t seed, std::int64_t rows) {
    std::int64_t roaming = 0;
    for (std::size_t c = 0; c < kCategoryCount; ++c) {
        Shelf& shelf = shelves_[c];
        shelf.first_row = border(c, rows);
        std::int64_t end = border(c + 1, rows);
        shelf.rows = end - shelf.first_row;
        std::int64_t kind_end = 0;
        for (std::size_t kind = 0; kind < shelf.kind_ends.size(); ++kind) {
            kind_end += share(end, kMeasuredKinds[kind], kMeasuredRows) -
                        share(shelf.first_row, kMeasuredKinds[kind], kMeasuredRows);
            shelf.kind_ends[kind] = std::min(kind_end, shelf.rows);  // in a source of a few rows
        }
        shelf.slots = shelf.rows - shelf.kind_ends[0];
        failures_ += shelf.kind_ends[0];
        shelf.first_roaming = roaming;
        shelf.roaming = share(shelf.slots, kRoamingPerMillion, kMillion);
        roaming += shelf.roaming;
        shelf.rows_order = Permutation(key_of(seed, Stream::rows_of_category, c), shelf.rows);
        shelf.roaming_order = Permutation(key_of(seed, Stream::roaming_rows, c), shelf.slots);
        shelf.slots_order = Permutation(key_of(seed, Stream::slots_of_category, c), shelf.slots);
    }
    roaming_ = Permutation(key_of(seed, Stream::roaming_slots, 0), roaming);
}

// A size of which there is less than one poster a category falls to the category in which the running
// sum passes a whole number; where it begins to run is drawn.
void Layout::divide_posters(std::uint64_t seed) {
    std::array<std::int64_t, std::size(kPosterSizes)> running;
    for (std::size_t s = 0; s < running.size(); ++s) {
        running[s] = static_cast<std::int64_t>(Draws(seed, Stream::poster_sizes, s).below(kMillion));
    }
    for (Shelf& shelf : shelves_) {
        std::int64_t slot = 0;
        auto add = [&](std::int64_t pins, std::int64_t posters) {
            if (posters == 0) return;
            shelf.sizes.push_back({pins, slot, posters_});
            slot += pins * posters;
            posters_ += posters;
        };
        for (std::size_t s = 0; s < running.size(); ++s) {
            running[s] += shelf.slots * kPosterSizes[s].posters_per_million;
            std::int64_t pins = kPosterSizes[s].pins;
            std::int64_t posters = std::min(running[s] / kMillion, (shelf.slots - slot) / pins);
            running[s] -= posters * kMillion;
            add(pins, posters);
        }
        add(1, shelf.slots - slot);
    }
}

std::size_t Layout::shelf_of(std::int64_t row) const {
    std::size_t c = kCategoryCount - 1;
    while (row < shelves_[c].first_row) --c;
    return c;
}

RowPlace Layout::place(std::int64_t row) const {
    RowPlace place;
    place.category = shelf_of(row);
    const Shelf& shelf = shelves_[place.category];
    std::int64_t at = shelf.rows_order.at(row - shelf.first_row);
    auto kind = std::upper_bound(shelf.kind_ends.begin(), shelf.kind_ends.end(), at);
    place.kind = static_cast<RowKind>(kind - shelf.kind_ends.begin());
    if (place.kind == RowKind::total_failure) {
        place.poster = kFailedPoster;
        place.pins = failures_;
        return place;
    }
    std::int64_t slot = shelf.roaming_order.at(at - shelf.kind_ends[0]);
    if (slot >= shelf.roaming) {
        find_poster(shelf, slot, place);
        return place;
    }
    std::int64_t there = roaming_.at(shelf.first_roaming + slot);
    const Shelf* other = &shelves_.back();
    while (there < other->first_roaming) --other;
    find_poster(*other, there - other->first_roaming, place);
    return place;
}

void Layout::find_poster(const Shelf& shelf, std::int64_t slot, RowPlace& place) const {
    slot = shelf.slots_order.at(slot);
    const Size* size = &shelf.sizes.back();
    while (slot < size->first_slot) --size;
    place.poster = size->first_poster + (slot - size->first_slot) / size->pins;
    place.pins = size->pins;
}

}  // namespace pinflow::pinterest
