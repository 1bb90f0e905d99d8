// SPDX-License-Identifier: Apache-2.0
#include "pinterest/generator.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"
#include "pinterest/draws.h"
#include "pinterest/pin_text.h"
#include "pinterest/source_tables.h"
#include "pinterest/words/words.h"
#include "source/float_text.h"

namespace pinflow::pinterest {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;
// Measured on 877 rows, of which 10 failed in all and 65 are stories.
constexpr std::uint64_t kNoDescriptionPerMillion = 15 * kMillion / 812;
constexpr std::uint64_t kOddDescriptionPerMillion = kMillion / 812;  // "Untitled", and as many "Art."
constexpr std::uint64_t kNoTagsPerMillion = 4 * kMillion / 867;
constexpr std::uint64_t kQuotesPerMillion = 18 * kMillion / 867;
// Of 786 pictures: 134 png, 5 webp, 1 gif, the rest jpg.
constexpr std::uint64_t kPng = 134;
constexpr std::uint64_t kWebp = 5;
constexpr std::uint64_t kPictures = 786;
// Of 82 posters seen more than once, 3 have two counts one unit apart.
constexpr std::uint64_t kTwoCountsPerMillion = 80'000;

constexpr std::int64_t kYoungest = 20;
constexpr std::int64_t kAges = 41;  // 20 … 60
// Seconds since 1970, UTC, [from, before).
constexpr std::int64_t kJoinedFrom = 1'445'385'600;    // 2015-10-21
constexpr std::int64_t kJoinedBefore = 1'508'371'200;  // 2017-10-19
constexpr std::int64_t kPostedFrom = 1'508'457'600;    // 2017-10-20
constexpr std::int64_t kPostedBefore = 1'665'964'800;  // 2022-10-17

std::string& text_at(std::vector<SourceValue>& values, std::size_t column) {
    auto* text = std::get_if<std::string>(&values[column]);
    if (text == nullptr) text = &values[column].emplace<std::string>();
    text->clear();
    return *text;
}

void append_hex(std::uint64_t word, int digits, std::string& out) {
    for (int shift = 60; digits > 0; shift -= 4, --digits) out += "0123456789abcdef"[word >> shift & 15];
}

// Version 4: the third group begins with 4, the fourth with 8, 9, a or b.
void append_uuid(Draws draws, std::string& out) {
    std::uint64_t high = draws.next();
    std::uint64_t low = (draws.next() & ~(std::uint64_t{3} << 62)) | std::uint64_t{1} << 63;
    append_hex(high, 8, out);
    out += '-';
    append_hex(high << 32, 4, out);
    out += "-4";
    append_hex(high << 48, 3, out);
    out += '-';
    append_hex(low, 4, out);
    out += '-';
    append_hex(low << 16, 12, out);
}

std::string_view kind_text(RowKind kind) {
    if (kind == RowKind::image) return "image";
    return kind == RowKind::video ? "video" : "multi-video(story page format)";
}

bool is_story(RowKind kind) { return kind <= RowKind::story; }
bool has_image(RowKind kind) { return kind >= RowKind::story; }

std::string_view picture_type(Draws& draws) {
    std::uint64_t drawn = draws.below(kPictures);
    if (drawn < kPng) return ".png";
    if (drawn < kPng + kWebp) return ".webp";
    return drawn == kPng + kWebp ? ".gif" : ".jpg";
}

// The folders are the first three byte pairs of the name.
void append_image(Draws draws, RowKind kind, std::string& out) {
    std::string name;
    append_hex(draws.next(), 16, name);
    append_hex(draws.next(), 16, name);
    bool is_picture = kind == RowKind::image;
    out += is_picture ? "https://i.pinimg.com/originals/" : "https://i.pinimg.com/videos/thumbnails/originals/";
    for (std::size_t pair = 0; pair < 6; pair += 2) out.append(name, pair, 2).append("/");
    out.append(name).append(is_picture ? picture_type(draws) : ".0000001.jpg");
}

// Nothing if a description is to be written.
std::string_view description_sentinel(RowKind kind, Draws& draws) {
    if (is_story(kind)) return kStoryDescription;
    std::uint64_t drawn = draws.below(kMillion);
    if (drawn < kNoDescriptionPerMillion) return kNoDescription;
    drawn -= kNoDescriptionPerMillion;
    if (drawn < kOddDescriptionPerMillion) return "Untitled";
    return drawn < 2 * kOddDescriptionPerMillion ? "Art." : "";
}

void set_date(SourceValue& value, std::int64_t seconds) { value = DateTimeText{format_utc(seconds * 1000)}; }

}  // namespace

Generator::Generator(std::uint64_t seed, std::int64_t rows)
    : seed_(seed), rows_(rows), layout_(seed, rows) {
    CHECK(rows >= 1 && rows <= kRowsMax);
}

void Generator::fill(std::size_t table, std::int64_t row, std::vector<SourceValue>& values) const {
    CHECK(row >= 0 && row < rows_);
    switch (static_cast<TableNumber>(table)) {
        case TableNumber::pinterest_data: return fill_pin(row, values);
        case TableNumber::geolocation_data: return fill_place(row, values);
        case TableNumber::user_data: return fill_person(row, values);
    }
    CHECK(false, "there are three tables");
}

void Generator::fill_pin(std::int64_t row, std::vector<SourceValue>& values) const {
    values.resize(12);
    RowPlace place = layout_.place(row);
    std::string_view category = kCategories[place.category].name;
    bool has_failed = place.kind == RowKind::total_failure;
    auto number = static_cast<std::uint64_t>(row);
    values[0] = row;
    append_uuid(Draws(seed_, Stream::row_identity, number), text_at(values, 1));

    Draws draws(seed_, Stream::row_text, number);
    std::string_view no_description = description_sentinel(place.kind, draws);
    bool with_quotes = draws.chance(kQuotesPerMillion);
    bool quotes_in_title = with_quotes && (!no_description.empty() || draws.below(2) == 0);
    std::string& title = text_at(values, 2);
    if (has_failed) title = kNoTitle;
    else append_title(draws, place.category, quotes_in_title, title);
    std::string& description = text_at(values, 3);
    if (!no_description.empty()) description = no_description;
    else append_description(draws, place.category, with_quotes && !quotes_in_title, description);
    std::string& poster = text_at(values, 4);
    if (has_failed) poster = kUserError;
    else append_poster_name(seed_, place.poster, poster);
    text_at(values, 5) = has_failed ? std::string(kUserError) : followers_of(place, row);
    std::string& tags = text_at(values, 6);
    if (has_failed || draws.chance(kNoTagsPerMillion)) tags = kNoTags;
    else append_tags(draws, place.category, tags);
    text_at(values, 7) = kind_text(place.kind);
    std::string& image = text_at(values, 8);
    if (has_image(place.kind)) append_image(Draws(seed_, Stream::row_image, number), place.kind, image);
    else image = kImageError;
    values[9] = std::int64_t{has_image(place.kind)};
    text_at(values, 10).append("Local save in /data/").append(category);
    text_at(values, 11) = category;
}

// Counts are scraped at different times: some posters passed a thousand in between.
std::string Generator::followers_of(const RowPlace& place, std::int64_t row) const {
    Draws of_poster(seed_, Stream::poster_followers, static_cast<std::uint64_t>(place.poster));
    std::int64_t count = followers_.count(place.pins, of_poster.unit());
    bool has_two = of_poster.chance(kTwoCountsPerMillion) && count >= 1'000 && count < 999'000;
    if (has_two && Draws(seed_, Stream::row_followers, static_cast<std::uint64_t>(row)).below(2) == 0) {
        count += 1'000;
    }
    return follower_text(count);
}

void Generator::fill_place(std::int64_t row, std::vector<SourceValue>& values) const {
    values.resize(5);
    RowPlace place = layout_.place(row);
    auto smallest = [&](Stream stream) {
        return Draws(seed_, stream, static_cast<std::uint64_t>(place.poster)).smallest_of(place.pins);
    };
    values[0] = row;
    Draws posted(seed_, Stream::row_posted, static_cast<std::uint64_t>(row));
    auto range = static_cast<std::uint64_t>(kPostedBefore - kPostedFrom);
    set_date(values[1], kPostedFrom + static_cast<std::int64_t>(posted.below(range)));
    values[2] = source::float_text(-90 + 180 * smallest(Stream::poster_latitude));
    values[3] = source::float_text(-180 + 360 * smallest(Stream::poster_longitude));
    auto countries = words::countries();
    auto country = smallest(Stream::poster_country) * static_cast<double>(countries.size());
    text_at(values, 4) = countries[static_cast<std::size_t>(country)];
}

void Generator::fill_person(std::int64_t row, std::vector<SourceValue>& values) const {
    values.resize(5);
    RowPlace place = layout_.place(row);
    auto smallest = [&](Stream stream, std::size_t choices) {
        Draws draws(seed_, stream, static_cast<std::uint64_t>(place.poster));
        return static_cast<std::size_t>(draws.smallest_of(place.pins) * static_cast<double>(choices));
    };
    auto given = words::given_names();
    auto family = words::surnames();
    values[0] = row;
    text_at(values, 1) = given[smallest(Stream::poster_first_name, given.size())];
    text_at(values, 2) = family[smallest(Stream::poster_last_name, family.size())];
    values[3] = kYoungest + static_cast<std::int64_t>(smallest(Stream::poster_age, kAges));
    auto joined = smallest(Stream::poster_joined, static_cast<std::size_t>(kJoinedBefore - kJoinedFrom));
    set_date(values[4], kJoinedFrom + static_cast<std::int64_t>(joined));
}

}  // namespace pinflow::pinterest
