// SPDX-License-Identifier: Apache-2.0
#include "pinterest/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/hash.h"
#include "pinterest/pin_text.h"
#include "pinterest/source_tables.h"
#include "pinterest/words/words.h"
#include "source/column_types.h"

namespace pinflow::pinterest {
namespace {

std::string as_text(const SourceValue& value) {
    if (auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (auto* text = std::get_if<std::string>(&value)) return *text;
    if (auto* date = std::get_if<DateTimeText>(&value)) return date->text;
    return std::get<FloatText>(value).text;
}

std::string row_text(const Generator& generator, std::size_t table, std::int64_t row) {
    std::vector<SourceValue> values;
    generator.fill(table, row, values);
    std::string text;
    for (const SourceValue& value : values) text += as_text(value) + '\x1f';
    return text + '\n';
}

std::string hash_of_all(std::uint64_t seed, std::int64_t rows) {
    Generator generator(seed, rows);
    std::string all;
    for (std::size_t table = 0; table < 3; ++table) {
        for (std::int64_t row = 0; row < rows; ++row) all += row_text(generator, table, row);
    }
    auto digest = sha256(all);
    return hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// If this fails, somebody's data has changed under the same seed: on purpose (say so in the commit), or
// because this machine computes otherwise.
TEST(Generator, the_same_seed_gives_the_same_rows_on_every_machine) {
    EXPECT_EQ(hash_of_all(1, 2'000), "709ad6a9ec49f15073635271221f7af9c505d1088045f56a9ff2eed427603a0f");
}

TEST(Generator, seed_and_row_count_matter) {
    EXPECT_NE(hash_of_all(1, 100), hash_of_all(2, 100));
    EXPECT_NE(row_text({1, 100}, 0, 7), row_text({1, 50'000}, 0, 7));
}

TEST(Generator, a_row_does_not_depend_on_what_the_vector_held) {
    Generator generator(5, 1'000);
    std::vector<SourceValue> used;
    for (std::int64_t row = 0; row < 1'000; ++row) {
        for (std::size_t table : {2u, 0u, 1u}) {
            generator.fill(table, row, used);
            std::string text;
            for (const SourceValue& value : used) text += as_text(value) + '\x1f';
            ASSERT_EQ(text + '\n', row_text(generator, table, row));
        }
    }
}

TEST(Generator, values_have_the_kinds_of_their_columns) {
    using Kind = SourceColumn::Kind;
    auto tables = source_tables();
    Generator generator(1, 10);
    std::vector<SourceValue> values;
    for (std::size_t table = 0; table < tables.size(); ++table) {
        generator.fill(table, 3, values);
        ASSERT_EQ(values.size(), tables[table].columns.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            switch (tables[table].columns[i].kind) {
                case Kind::integer: EXPECT_TRUE(std::holds_alternative<std::int64_t>(values[i])); break;
                case Kind::text: EXPECT_TRUE(std::holds_alternative<std::string>(values[i])); break;
                case Kind::datetime: EXPECT_TRUE(std::holds_alternative<DateTimeText>(values[i])); break;
                case Kind::single_float: EXPECT_TRUE(std::holds_alternative<FloatText>(values[i])); break;
                case Kind::real: FAIL() << "no table has a double";
            }
        }
    }
}

TEST(Generator, works_for_one_row_and_for_a_hundred_million) {
    for (std::int64_t rows : {1, 2, 10, 13, 100, 100'000'000}) {
        Generator generator(9, rows);
        for (std::int64_t row : {std::int64_t{0}, rows / 2, rows - 1}) {
            for (std::size_t table = 0; table < 3; ++table) EXPECT_FALSE(row_text(generator, table, row).empty());
        }
    }
}

TEST(Layout, every_poster_has_as_many_rows_as_it_says) {
    for (std::int64_t rows : {1, 3, 50, 877, 30'000}) {
        Layout layout(3, rows);
        std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> posters;  // pins said, rows seen
        for (std::int64_t row = 0; row < rows; ++row) {
            RowPlace place = layout.place(row);
            posters[place.poster].first = place.pins;
            ++posters[place.poster].second;
        }
        for (const auto& [poster, pins] : posters) ASSERT_EQ(pins.first, pins.second) << rows << " " << poster;
        std::int64_t failed = posters.contains(Layout::kFailedPoster) ? 1 : 0;
        EXPECT_EQ(static_cast<std::int64_t>(posters.size()), layout.posters() + failed) << rows;
    }
}

TEST(Permutation, meets_every_place_once) {
    for (std::int64_t size : {1, 2, 3, 4, 5, 127, 128, 129, 10'000}) {
        Permutation order(77, size);
        std::set<std::int64_t> met;
        for (std::int64_t place = 0; place < size; ++place) met.insert(order.at(place));
        EXPECT_EQ(static_cast<std::int64_t>(met.size()), size);
        EXPECT_EQ(*met.rbegin(), size - 1);
    }
}

TEST(PosterName, no_two_posters_share_one) {
    std::set<std::string> names;
    constexpr std::int64_t kPosters = 60'000;
    for (std::int64_t poster = 0; poster < kPosters; ++poster) {
        std::string name;
        append_poster_name(1, poster, name);
        names.insert(name);
    }
    EXPECT_EQ(names.size(), kPosters);
    EXPECT_FALSE(names.contains(std::string(kUserError)));
}

TEST(Words, people_and_places_are_in_byte_order_and_enough) {
    for (words::Words list : {words::given_names(), words::surnames(), words::countries()}) {
        EXPECT_TRUE(std::ranges::is_sorted(list));
        EXPECT_EQ(std::ranges::adjacent_find(list), list.end());
    }
    EXPECT_GE(words::given_names().size(), 250);
    EXPECT_GE(words::surnames().size(), 350);
}

TEST(Words, tags_stay_under_the_longest_list_seen) {
    std::size_t adjective = 0;
    for (auto word : words::adjectives()) adjective = std::max(adjective, word.size());
    for (std::size_t category = 0; category < kCategoryCount; ++category) {
        for (auto noun : words::nouns_of(category)) {
            EXPECT_LE(noun.size() + std::max<std::size_t>(adjective + 1, 12), 26) << noun;
            EXPECT_FALSE(noun.contains(',') || noun.contains('%') || noun.contains('"'));
        }
    }
}

TEST(Draws, exponential_and_logarithm_agree_with_the_libraries) {
    for (double x = -30; x < 30; x += 0.37) EXPECT_NEAR(portable_exp(x) / std::exp(x), 1, 1e-14) << x;
    for (double x = 1e-9; x < 1e9; x *= 1.7) EXPECT_NEAR(portable_ln(x), std::log(x), 1e-14 * (1 + std::abs(std::log(x)))) << x;
    EXPECT_EQ(portable_ln(1), 0);
    EXPECT_EQ(portable_exp(0), 1);
}

TEST(Draws, the_smallest_of_many_is_in_range_and_as_small_as_it_should_be) {
    for (std::int64_t count : {1, 2, 50, 1'000'000}) {
        double sum = 0;
        constexpr int kTimes = 4'000;
        for (std::uint64_t i = 0; i < kTimes; ++i) {
            double smallest = Draws(1, Stream::poster_age, i).smallest_of(count);
            ASSERT_GE(smallest, 0);
            ASSERT_LT(smallest, 1);
            sum += smallest;
        }
        double expected = 1 / (static_cast<double>(count) + 1);
        EXPECT_NEAR(sum / kTimes, expected, 4 * expected / std::sqrt(kTimes)) << count;
    }
}

}  // namespace
}  // namespace pinflow::pinterest
