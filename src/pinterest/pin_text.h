// SPDX-License-Identifier: Apache-2.0
// The free texts of a pin, made from word lists, with the hazards of real ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pinterest/draws.h"

namespace pinflow::pinterest {

// What scraping left where it found nothing.
inline constexpr std::string_view kNoTitle = "No Title Data Available";
inline constexpr std::string_view kNoDescription = "No description available";
inline constexpr std::string_view kStoryDescription = "No description available Story format";
inline constexpr std::string_view kUserError = "User Info Error";
inline constexpr std::string_view kNoTags = "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e";
inline constexpr std::string_view kImageError = "Image src error.";

inline constexpr std::size_t kTagCount = 9;
inline constexpr std::size_t kDescriptionCharsMax = 180;
inline constexpr std::string_view kCutMark = "\u2026\u00a0";  // where the site cut a description off

// All append to `out`.
void append_title(Draws& draws, std::size_t category, bool with_quotes, std::string& out);
void append_description(Draws& draws, std::size_t category, bool with_quotes, std::string& out);
void append_tags(Draws& draws, std::size_t category, std::string& out);

// Another name for every poster.
void append_poster_name(std::uint64_t seed, std::int64_t poster, std::string& out);

}  // namespace pinflow::pinterest
