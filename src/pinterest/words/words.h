// SPDX-License-Identifier: Apache-2.0
// The word lists that the synthetic rows are made of. All invented or common property: no text of a
// real post is among them. To change a word is to change the data of every seed.
#pragma once

#include <span>
#include <string_view>

namespace pinflow::pinterest::words {

using Words = std::span<const std::string_view>;

// People and places; in byte order.
Words given_names();
Words surnames();
Words countries();

// Titles, descriptions and tags.
Words nouns_of(std::size_t category);
Words adjectives();
Words verbs();
Words occasions();
Words title_templates();
Words sentence_templates();
Words foreign_phrases();
Words typographic_openings();
Words emoji();

// Names of posters that are no persons.
Words brand_firsts();
Words brand_seconds();
Words taglines();
Words accented_firsts();

}  // namespace pinflow::pinterest::words
