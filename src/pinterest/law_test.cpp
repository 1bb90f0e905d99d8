// SPDX-License-Identifier: Apache-2.0
// Long because it is the data law, figure by figure, each a test of its own in the order of the source.
// The generated rows against what was measured in the course's data: one test a figure. Where the
// measure was taken on a sample of 877 rows, the tolerance is about two of its standard errors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "base/text.h"
#include "pinterest/generator.h"
#include "pinterest/pin_text.h"
#include "pinterest/source_tables.h"
#include "pinterest/words/words.h"

namespace pinflow::pinterest {
namespace {

struct Pin {
    std::int64_t index, downloaded;
    std::string unique_id, title, description, poster, followers, tags, kind, image, save_location, category;
    std::string timestamp, latitude, longitude, country, first_name, last_name, date_joined;
    std::int64_t age;

    bool is_failure() const { return poster == kUserError; }
    std::string person() const {
        return first_name + "|" + last_name + "|" + std::to_string(age) + "|" + date_joined + "|" + country +
               "|" + latitude + "|" + longitude;
    }
    // As the cleaning has it.
    std::int64_t follower_number() const {
        std::string digits = followers;
        std::int64_t unit = digits.ends_with('k') ? 1'000 : digits.ends_with('M') ? 1'000'000 : 1;
        if (unit > 1) digits.pop_back();
        return parse_int(digits).value() * unit;
    }
};

std::string text(const SourceValue& value) { return std::get<std::string>(value); }

std::vector<Pin> make_pins(std::uint64_t seed, std::int64_t rows) {
    Generator generator(seed, rows);
    std::vector<Pin> pins;
    std::vector<SourceValue> p, g, u;
    for (std::int64_t row = 0; row < rows; ++row) {
        generator.fill(0, row, p);
        generator.fill(1, row, g);
        generator.fill(2, row, u);
        pins.push_back({std::get<std::int64_t>(p[0]), std::get<std::int64_t>(p[9]), text(p[1]), text(p[2]), text(p[3]),
                        text(p[4]), text(p[5]), text(p[6]), text(p[7]), text(p[8]), text(p[10]), text(p[11]),
                        std::get<DateTimeText>(g[1]).text, std::get<FloatText>(g[2]).text,
                        std::get<FloatText>(g[3]).text, text(g[4]), text(u[1]), text(u[2]),
                        std::get<DateTimeText>(u[4]).text, std::get<std::int64_t>(u[3])});
    }
    return pins;
}

constexpr std::uint64_t kSeed = 1;
const std::vector<Pin>& pins() {
    static const std::vector<Pin> made = make_pins(kSeed, kCourseRows);
    return made;
}

using Test = std::function<bool(const Pin&)>;
double share(const Test& is_so) {
    return static_cast<double>(std::ranges::count_if(pins(), is_so)) / static_cast<double>(pins().size());
}
std::size_t chars(std::string_view utf8) {
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}
bool is_ascii(std::string_view utf8) { return std::ranges::all_of(utf8, [](char c) { return c >= 0; }); }
bool has_no_description(const Pin& pin) {
    return pin.description.starts_with(kNoDescription) || pin.description == "Untitled" || pin.description == "Art.";
}

const std::map<std::string, std::vector<const Pin*>>& by_poster() {
    static const auto made = [] {
        std::map<std::string, std::vector<const Pin*>> groups;
        for (const Pin& pin : pins()) groups[pin.poster].push_back(&pin);
        return groups;
    }();
    return made;
}

std::int64_t median(std::vector<std::int64_t> numbers) {
    std::ranges::sort(numbers);
    return numbers.empty() ? -1 : numbers[(numbers.size() - 1) / 2];
}
std::int64_t median_followers(const Test& is_in) {
    std::vector<std::int64_t> numbers;
    for (const Pin& pin : pins()) {
        if (!pin.is_failure() && is_in(pin)) numbers.push_back(pin.follower_number());
    }
    return median(numbers);
}

TEST(Law, keys_count_from_zero) {
    for (std::int64_t row = 0; const Pin& pin : pins()) EXPECT_EQ(pin.index, row++);
}

TEST(Law, categories_stand_where_they_were_seen) {
    struct Seen {
        const char* category;
        std::size_t lowest, highest;
    };
    const Seen seen[] = {
        {"art", 4, 869},           {"beauty", 896, 1632},        {"christmas", 1643, 2629}, {"diy-and-crafts", 2637, 3466},
        {"education", 3468, 4327}, {"event-planning", 4333, 5076}, {"finance", 5083, 5862}, {"home-decor", 5872, 6718},
        {"mens-fashion", 6740, 7569}, {"quotes", 7586, 8464},    {"tattoos", 8488, 9455},   {"travel", 9463, 10311},
        {"vehicles", 10319, 11153},
    };
    for (const Seen& s : seen) {
        for (std::size_t row = s.lowest; row <= s.highest; ++row) ASSERT_EQ(pins()[row].category, s.category) << row;
    }
}

TEST(Law, categories_keep_their_proportions_in_a_source_of_another_size) {
    auto small = make_pins(kSeed, 1'300);
    std::map<std::string, std::int64_t> counts;
    for (const Pin& pin : small) ++counts[pin.category];
    EXPECT_EQ(counts.size(), 13);
    EXPECT_NEAR(static_cast<double>(counts["art"]), 883 * 1300.0 / 11154, 1.5);
    EXPECT_NEAR(static_cast<double>(counts["christmas"]), 995 * 1300.0 / 11154, 1.5);
    EXPECT_TRUE(std::ranges::is_sorted(small, {}, &Pin::category));
}

TEST(Law, kinds_have_their_frequencies) {
    EXPECT_NEAR(share([](const Pin& p) { return p.kind == "image"; }), 0.896, 0.002);
    EXPECT_NEAR(share([](const Pin& p) { return p.kind == "multi-video(story page format)"; }), 0.074, 0.002);
    EXPECT_NEAR(share([](const Pin& p) { return p.kind == "video"; }), 0.030, 0.002);
}

TEST(Law, nothing_is_downloaded_exactly_where_the_image_failed_and_all_those_are_stories) {
    for (const Pin& pin : pins()) {
        EXPECT_EQ(pin.downloaded, pin.image == kImageError ? 0 : 1);
        if (pin.downloaded == 0) EXPECT_TRUE(pin.kind.starts_with("multi-video"));
    }
    EXPECT_NEAR(share([](const Pin& p) { return p.downloaded == 0; }), 0.026, 0.002);
}

TEST(Law, total_failures_carry_every_sentinel) {
    EXPECT_NEAR(share(&Pin::is_failure), 0.0114, 0.001);
    for (const Pin& pin : pins()) {
        EXPECT_EQ(pin.title == kNoTitle, pin.is_failure());
        EXPECT_EQ(pin.followers == kUserError, pin.is_failure());
        if (!pin.is_failure()) continue;
        EXPECT_EQ(pin.tags, kNoTags);
        EXPECT_EQ(pin.image, kImageError);
        EXPECT_EQ(pin.description, kStoryDescription);
    }
}

TEST(Law, every_story_and_nothing_else_has_the_story_description) {
    for (const Pin& pin : pins()) {
        EXPECT_EQ(pin.description == kStoryDescription, pin.kind.starts_with("multi-video")) << pin.index;
    }
}

TEST(Law, descriptions_are_absent_or_odd_now_and_then) {
    EXPECT_NEAR(share([](const Pin& p) { return p.description == kNoDescription; }), 0.0171, 0.004);
    EXPECT_NEAR(share([](const Pin& p) { return p.description == "Untitled"; }), 0.0011, 0.001);
    EXPECT_NEAR(share([](const Pin& p) { return p.description == "Art."; }), 0.0011, 0.001);
}

TEST(Law, other_descriptions_have_4_to_180_characters_and_a_third_is_cut_off) {
    double cut = 0;
    double others = 0;
    for (const Pin& pin : pins()) {
        if (has_no_description(pin)) continue;
        ++others;
        EXPECT_GE(chars(pin.description), 4) << pin.description;
        EXPECT_LE(chars(pin.description), 180) << pin.description;
        if (pin.description.ends_with("\xE2\x80\xA6\xC2\xA0")) ++cut;
    }
    EXPECT_NEAR(cut / others, 0.36, 0.02);
}

TEST(Law, images_have_the_sites_forms_and_endings) {
    std::map<std::string, double> endings;
    for (const Pin& pin : pins()) {
        if (pin.image == kImageError) continue;
        ++endings[pin.image.substr(pin.image.rfind('.'))];
        std::string_view rest = pin.image;
        std::string_view start = pin.kind == "image" ? "https://i.pinimg.com/originals/"
                                                     : "https://i.pinimg.com/videos/thumbnails/originals/";
        ASSERT_TRUE(rest.starts_with(start)) << rest;
        rest.remove_prefix(start.size());
        ASSERT_EQ(rest.substr(9, 32).find_first_not_of("0123456789abcdef"), std::string_view::npos) << rest;
        std::string folders{rest[0], rest[1], rest[3], rest[4], rest[6], rest[7]};
        EXPECT_EQ(folders, rest.substr(9, 6));
        if (pin.kind != "image") EXPECT_EQ(rest.substr(41), ".0000001.jpg");
    }
    double of = static_cast<double>(pins().size()) / 877;
    EXPECT_NEAR(endings[".jpg"] / of, 714, 25);
    EXPECT_NEAR(endings[".png"] / of, 134, 22);
    EXPECT_NEAR(endings[".webp"] / of, 5, 4);
    EXPECT_GT(endings[".gif"], 0);
    EXPECT_EQ(endings.size(), 4);
}

TEST(Law, tag_lists_have_nine_tags_or_are_the_sentinel) {
    for (const Pin& pin : pins()) {
        if (pin.tags == kNoTags) continue;
        auto tags = split(pin.tags, ',');
        EXPECT_EQ(tags.size(), 9) << pin.tags;
        EXPECT_EQ(std::set(tags.begin(), tags.end()).size(), 9) << pin.tags;
        for (auto tag : tags) EXPECT_FALSE(trim(tag).empty()) << pin.tags;
        EXPECT_GE(chars(pin.tags), 33) << pin.tags;
        EXPECT_LE(chars(pin.tags), 247) << pin.tags;
    }
    auto is_lone = [](const Pin& p) { return p.tags == kNoTags && !p.is_failure(); };
    EXPECT_NEAR(share(is_lone), 4.0 / 877, 0.003);
}

TEST(Law, follower_counts_have_three_forms_and_never_a_decimal) {
    for (const Pin& pin : pins()) {
        if (pin.is_failure()) continue;
        std::string digits = pin.followers;
        if (digits.ends_with('k') || digits.ends_with('M')) digits.pop_back();
        ASSERT_TRUE(parse_int(digits)) << pin.followers;
        EXPECT_LT(*parse_int(digits), 1000) << pin.followers;
    }
    EXPECT_NEAR(share([](const Pin& p) { return p.followers.ends_with('k'); }), 0.72, 0.03);
    EXPECT_NEAR(share([](const Pin& p) { return p.followers.ends_with('M'); }), 0.07, 0.02);
    EXPECT_NEAR(share([](const Pin& p) { return p.followers == "0"; }), 10.0 / 877, 0.006);
    auto is_plain = [](const Pin& p) { return parse_int(p.followers).has_value(); };
    EXPECT_NEAR(share(is_plain), 0.20, 0.03);
}

TEST(Law, follower_quantiles_are_the_courses) {
    std::vector<std::int64_t> counts;
    for (const Pin& pin : pins()) {
        if (!pin.is_failure()) counts.push_back(pin.follower_number());
    }
    std::ranges::sort(counts);
    auto at = [&](double part) {
        return static_cast<double>(counts[static_cast<std::size_t>(part * static_cast<double>(counts.size() - 1))]);
    };
    EXPECT_EQ(at(0), 0);
    EXPECT_NEAR(at(0.25), 3'000, 1'500);
    EXPECT_NEAR(at(0.5), 28'000, 6'000);
    EXPECT_NEAR(at(0.75), 190'000, 40'000);
    EXPECT_LE(at(1), 15'000'000);
    EXPECT_GE(at(1), 8'000'000);
}

TEST(Law, a_save_location_names_the_category) {
    for (const Pin& pin : pins()) EXPECT_EQ(pin.save_location, "Local save in /data/" + pin.category);
}

TEST(Law, texts_have_the_hazards_of_real_ones) {
    auto any_text = [](const Pin& p, std::string_view part) {
        return (p.title + p.description + p.poster + p.tags).contains(part);
    };
    EXPECT_NEAR(share([&](const Pin& p) { return any_text(p, "\""); }), 18.0 / 877, 0.008);
    EXPECT_NEAR(share([](const Pin& p) { return !is_ascii(p.title); }), 93.0 / 877, 0.02);
    auto is_beyond_bmp = [](const Pin& p) {
        return std::ranges::any_of(p.title, [](char c) { return static_cast<unsigned char>(c) >= 0xF0; });
    };
    EXPECT_NEAR(share(is_beyond_bmp), 16.0 / 877, 0.008);
    EXPECT_GT(share([](const Pin& p) { return p.poster.contains(" | "); }), 0.02);
    EXPECT_GT(share([](const Pin& p) { return p.poster.ends_with(' '); }), 0.005);
}

TEST(Law, nothing_is_empty_and_unique_ids_are_unique_uuids_of_version_4) {
    std::set<std::string> ids;
    for (const Pin& pin : pins()) {
        ids.insert(pin.unique_id);
        ASSERT_EQ(pin.unique_id.size(), 36);
        for (std::size_t dash : {8u, 13u, 18u, 23u}) EXPECT_EQ(pin.unique_id[dash], '-');
        EXPECT_EQ(pin.unique_id[14], '4');
        EXPECT_TRUE(std::string_view("89ab").contains(pin.unique_id[19]));
        EXPECT_EQ(std::ranges::count_if(pin.unique_id, [](char c) { return std::isxdigit(c) != 0; }), 32);
        for (const std::string* field : {&pin.title, &pin.description, &pin.poster, &pin.followers, &pin.tags,
                                         &pin.country, &pin.first_name, &pin.last_name}) {
            EXPECT_FALSE(trim(*field).empty());
        }
    }
    EXPECT_EQ(ids.size(), pins().size());
}

TEST(Law, posters_have_a_heavy_tail) {
    EXPECT_NEAR(static_cast<double>(by_poster().size()), 5'150, 150);
    std::set<std::string> names;
    for (const Pin& pin : pins()) names.insert(pin.first_name + " " + pin.last_name);
    EXPECT_NEAR(static_cast<double>(names.size()), 5'081, 150);
    std::size_t biggest = 0;
    for (const auto& [poster, rows] : by_poster()) {
        if (poster != kUserError) biggest = std::max(biggest, rows.size());
    }
    EXPECT_GE(biggest, 87);
    EXPECT_LE(biggest, 300);
    EXPECT_EQ(by_poster().at(std::string(kUserError)).size(), 127);
}

// 710 posters in 877 rows, 628 of them once, 82 more often, 29 of these in several categories.
TEST(Law, a_sample_of_877_rows_looks_like_the_courses) {
    double posters = 0;
    double once = 0;
    double in_several_categories = 0;
    constexpr int kSamples = 20;
    for (int sample = 0; sample < kSamples; ++sample) {
        Permutation order(static_cast<std::uint64_t>(sample), kCourseRows);
        std::map<std::string, std::pair<int, std::set<std::string>>> seen;
        for (std::int64_t i = 0; i < 877; ++i) {
            const Pin& pin = pins()[static_cast<std::size_t>(order.at(i))];
            ++seen[pin.poster].first;
            seen[pin.poster].second.insert(pin.category);
        }
        posters += static_cast<double>(seen.size()) / kSamples;
        for (const auto& [poster, what] : seen) {
            if (what.first == 1) once += 1.0 / kSamples;
            if (what.second.size() > 1) in_several_categories += 1.0 / kSamples;
        }
    }
    EXPECT_NEAR(posters, 710, 12);
    EXPECT_NEAR(once, 628, 15);
    EXPECT_NEAR(in_several_categories, 29, 6);
}

TEST(Law, a_poster_is_one_person_in_one_place) {
    for (const auto& [poster, rows] : by_poster()) {
        for (const Pin* pin : rows) ASSERT_EQ(pin->person(), rows.front()->person()) << poster;
    }
}

TEST(Law, a_poster_has_one_follower_count_or_rarely_two_one_unit_apart) {
    int twos = 0;
    int several_pins = 0;
    for (const auto& [poster, rows] : by_poster()) {
        std::set<std::int64_t> counts;
        if (poster == kUserError) continue;
        for (const Pin* pin : rows) counts.insert(pin->follower_number());
        several_pins += rows.size() > 1;
        if (counts.size() == 1) continue;
        ++twos;
        ASSERT_EQ(counts.size(), 2) << poster;
        EXPECT_EQ(*counts.rbegin() - *counts.begin(), 1'000) << poster;
    }
    EXPECT_GT(twos, 0);
    EXPECT_NEAR(static_cast<double>(twos) / several_pins, 3.0 / 82, 0.025);
}

TEST(Law, people_and_places_are_within_their_ranges) {
    for (const Pin& pin : pins()) {
        EXPECT_GE(pin.age, 20);
        EXPECT_LE(pin.age, 60);
        EXPECT_GE(pin.date_joined, "2015-10-21 00:00:00");
        EXPECT_LE(pin.date_joined, "2017-10-18 23:59:59");
        EXPECT_GE(pin.timestamp, "2017-10-20 00:00:00");
        EXPECT_LE(pin.timestamp, "2022-10-16 23:59:59");
        EXPECT_LE(std::abs(std::stod(pin.latitude)), 90);
        EXPECT_LE(std::abs(std::stod(pin.longitude)), 180);
    }
}

TEST(Law, degrees_have_at_most_six_significant_digits) {
    for (const Pin& pin : pins()) {
        for (const std::string& degrees : {pin.latitude, pin.longitude}) {
            std::string digits;
            std::ranges::copy_if(degrees, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
            digits.erase(0, digits.find_first_not_of('0'));
            EXPECT_LE(digits.size(), 6) << degrees;
        }
    }
}

TEST(Law, posts_are_spread_evenly_over_five_years) {
    std::map<std::string, double> years;
    for (const Pin& pin : pins()) ++years[pin.timestamp.substr(0, 4)];
    EXPECT_EQ(years.size(), 6);
    double a_day = static_cast<double>(pins().size()) / 1823;
    EXPECT_NEAR(years["2017"], 73 * a_day, 60) << "a stub";
    EXPECT_NEAR(years["2018"], 365 * a_day, 150);
    EXPECT_NEAR(years["2020"], 366 * a_day, 150);
    EXPECT_NEAR(years["2022"], 289 * a_day, 150);
}

// The mean of the smallest of n uniform draws is 1 / (n + 1) of the range.
TEST(Law, what_a_person_is_is_the_smallest_of_as_many_draws_as_pins) {
    for (std::size_t pin_count : {1u, 2u, 5u, 10u}) {
        double latitude = 0;
        double longitude = 0;
        double age = 0;
        double posters = 0;
        for (const auto& [poster, rows] : by_poster()) {
            if (rows.size() != pin_count) continue;
            ++posters;
            latitude += (std::stod(rows[0]->latitude) + 90) / 180;
            longitude += (std::stod(rows[0]->longitude) + 180) / 360;
            age += (static_cast<double>(rows[0]->age) - 19.5) / 41;
        }
        ASSERT_GT(posters, 20) << pin_count;
        double expected = 1.0 / static_cast<double>(pin_count + 1);
        double tolerance = 4 * expected / std::sqrt(posters);
        EXPECT_NEAR(latitude / posters, expected, tolerance) << pin_count;
        EXPECT_NEAR(longitude / posters, expected, tolerance) << pin_count;
        EXPECT_NEAR(age / posters, expected, tolerance) << pin_count;
    }
}

TEST(Law, columns_are_drawn_apart_from_each_other) {
    double product = 0;
    double latitude = 0;
    double longitude = 0;
    double posters = 0;
    for (const auto& [poster, rows] : by_poster()) {
        if (rows.size() != 1) continue;
        double x = std::stod(rows[0]->latitude) / 90;
        double y = std::stod(rows[0]->longitude) / 180;
        ++posters;
        product += x * y;
        latitude += x;
        longitude += y;
    }
    double covariance = product / posters - latitude / posters * longitude / posters;
    EXPECT_NEAR(covariance * 3, 0, 0.06);
}

TEST(Law, the_pseudo_poster_is_young_and_first_in_every_alphabet) {
    const Pin& super_user = *by_poster().at(std::string(kUserError)).front();
    EXPECT_LT(super_user.first_name, "B");
    EXPECT_LT(super_user.last_name, "B");
    EXPECT_LT(super_user.country, "B");
    EXPECT_LE(super_user.age, 22);
    EXPECT_LT(super_user.date_joined, "2015-12");
    EXPECT_LT(std::stod(super_user.latitude), -84);
}

TEST(Law, country_counts_fall_with_the_alphabet) {
    std::map<std::string, int> counts;
    for (const Pin& pin : pins()) ++counts[pin.country];
    EXPECT_GE(counts.size(), 207);
    auto starting = [&](char first, char last) {
        int sum = 0;
        for (const auto& [country, count] : counts) sum += country[0] >= first && country[0] <= last ? count : 0;
        return sum;
    };
    EXPECT_GT(starting('A', 'B'), 3 * starting('S', 'T'));
    EXPECT_GT(starting('A', 'A'), static_cast<int>(pins().size()) / 4) << "15 of 243 names";
}

TEST(Law, the_countries_are_faker_s) {
    std::set<std::string_view> all(words::countries().begin(), words::countries().end());
    for (const char* country :
         {"Antarctica (the territory South of 60 deg S)", "Bouvet Island (Bouvetoya)", "Holy See (Vatican City State)",
          "Cote d'Ivoire", "Lao People's Democratic Republic", "Slovakia (Slovak Republic)", "Libyan Arab Jamahiriya",
          "Netherlands Antilles", "Afghanistan", "Aruba", "Cocos (Keeling) Islands", "French Guiana"}) {
        EXPECT_TRUE(all.contains(country)) << country;
    }
    EXPECT_GE(all.size(), 207);
}

// A full-table published run: 130,000, 22,000, 7,000, 3,000.
TEST(Law, followers_fall_with_age_as_published) {
    EXPECT_NEAR(static_cast<double>(median_followers([](auto& p) { return p.age <= 24; })), 130'000, 50'000);
    EXPECT_NEAR(static_cast<double>(median_followers([](auto& p) { return p.age >= 25 && p.age <= 35; })), 22'000, 9'000);
    EXPECT_NEAR(static_cast<double>(median_followers([](auto& p) { return p.age >= 36 && p.age <= 50; })), 7'000, 4'000);
    EXPECT_NEAR(static_cast<double>(median_followers([](auto& p) { return p.age > 50; })), 3'000, 2'000);
}

// The same run: 160,000, 20,000, 4,000.
TEST(Law, followers_fall_with_the_joining_year_as_published) {
    auto joined = [](const char* year) {
        return static_cast<double>(median_followers([&](auto& p) { return p.date_joined.starts_with(year); }));
    };
    EXPECT_NEAR(joined("2015"), 160'000, 60'000);
    EXPECT_NEAR(joined("2016"), 20'000, 8'000);
    EXPECT_NEAR(joined("2017"), 4'000, 2'500);
}

}  // namespace
}  // namespace pinflow::pinterest
