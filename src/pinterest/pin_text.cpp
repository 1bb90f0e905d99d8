// SPDX-License-Identifier: Apache-2.0
#include "pinterest/pin_text.h"

#include <algorithm>
#include <numeric>

#include "pinterest/words/words.h"

namespace pinflow::pinterest {
namespace {

// Of titles that are no sentinel (867 of 877 measured).
constexpr std::uint64_t kEmojiPerMillion = 16 * 1'000'000 / 867;
constexpr std::uint64_t kBeyondAsciiPerMillion = 93 * 1'000'000 / 867;  // emoji included
constexpr std::uint64_t kCapitalsPerMillion = 600'000;
// Of descriptions that are no sentinel.
constexpr std::uint64_t kCutPerMillion = 360'000;
constexpr std::uint64_t kShortPerMillion = 150'000;
constexpr std::size_t kCutFrom = 110;
constexpr std::size_t kQuotesChars = 2;

std::string_view one_of(words::Words list, Draws& draws) { return list[draws.below(list.size())]; }

void append_without_blanks(std::string_view text, std::string& out) {
    for (char c : text) {
        if (c != ' ') out += c;
    }
}

// phrases.cpp says what each mark stands for.
void append_expanded(std::string_view text, std::size_t category, Draws& draws, std::string& out) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        switch (text[++i]) {
            case 'n': out += one_of(words::nouns_of(category), draws); break;
            case 'a': out += one_of(words::adjectives(), draws); break;
            case 'v': out += one_of(words::verbs(), draws); break;
            case 'o': out += one_of(words::occasions(), draws); break;
            case 'h': append_without_blanks(one_of(words::nouns_of(category), draws), out); break;
            default: out += std::to_string(draws.between(3, 75)); break;
        }
    }
}

void capitalize(std::string& text, std::size_t at) {
    if (at >= text.size() || text[at] < 'a' || text[at] > 'z') return;
    text[at] = static_cast<char>(text[at] - 'a' + 'A');
}

void capitalize_words(std::string& text, std::size_t from) {
    bool begins = true;
    for (; from < text.size(); ++from) {
        if (begins) capitalize(text, from);
        begins = text[from] == ' ' || text[from] == ',';
    }
}

void quote_first_word(std::string& text, std::size_t from) {
    text.insert(std::min(text.find(' ', from), text.size()), 1, '"');
    text.insert(from, 1, '"');
}

void append_sentence(std::size_t category, Draws& draws, std::string& out) {
    std::size_t from = out.size();
    append_expanded(one_of(words::sentence_templates(), draws), category, draws, out);
    capitalize(out, from);
}

// Ends where the site cut it: anywhere, but not behind a blank.
void append_cut_off(std::size_t category, Draws& draws, std::string& out) {
    constexpr std::size_t kMarkChars = 2;
    std::size_t from = out.size();
    std::size_t chars = draws.between(kCutFrom, kDescriptionCharsMax - kMarkChars - kQuotesChars);
    while (out.size() < from + chars) {
        if (out.size() > from) out += ' ';
        append_sentence(category, draws, out);
    }
    out.resize(from + chars);
    while (out.back() == ' ') out.pop_back();
    out += kCutMark;
}

void append_sentences(std::size_t category, Draws& draws, std::string& out) {
    std::size_t from = out.size();
    append_sentence(category, draws, out);
    for (std::uint64_t more = draws.below(3); more > 0; --more) {
        std::size_t end = out.size();
        out += ' ';
        append_sentence(category, draws, out);
        if (out.size() - from > kDescriptionCharsMax - kQuotesChars) out.resize(end);
    }
}

}  // namespace

void append_title(Draws& draws, std::size_t category, bool with_quotes, std::string& out) {
    std::uint64_t beyond = draws.below(1'000'000);
    bool has_emoji = beyond < kEmojiPerMillion;
    bool is_foreign = !has_emoji && beyond < kBeyondAsciiPerMillion;
    bool has_opening = is_foreign && draws.below(2) == 0;
    if (has_opening) out += one_of(words::typographic_openings(), draws);
    std::size_t from = out.size();
    append_expanded(one_of(words::title_templates(), draws), category, draws, out);
    if (draws.chance(kCapitalsPerMillion)) capitalize_words(out, from);
    else capitalize(out, from);
    if (with_quotes) quote_first_word(out, from);
    if (is_foreign && !has_opening) out.append(" | ").append(one_of(words::foreign_phrases(), draws));
    if (has_emoji) out.append(" ").append(one_of(words::emoji(), draws));
}

void append_description(Draws& draws, std::size_t category, bool with_quotes, std::string& out) {
    std::size_t from = out.size();
    if (draws.chance(kCutPerMillion)) append_cut_off(category, draws, out);
    else if (draws.chance(kShortPerMillion)) append_expanded("%a %n", category, draws, out);
    else append_sentences(category, draws, out);
    capitalize(out, from);
    if (with_quotes) quote_first_word(out, from);
}

void append_tags(Draws& draws, std::size_t category, std::string& out) {
    auto nouns = words::nouns_of(category);
    std::size_t noun = draws.below(nouns.size());
    std::size_t step = 1 + draws.below(nouns.size() - 1);
    if (std::gcd(step, nouns.size()) != 1) step = 1;  // no noun twice
    std::size_t from = out.size();
    for (std::size_t tag = 0; tag < kTagCount; ++tag) {
        if (tag > 0) out += ',';
        std::uint64_t form = draws.below(5);
        if (form == 0) out.append("diy ");
        if (form >= 3) out.append(one_of(words::adjectives(), draws)).append(" ");
        out += nouns[noun];
        if (form == 1) out.append(" ideas");
        if (form == 2) out.append(" inspiration");
        noun = (noun + step) % nouns.size();
    }
    capitalize_words(out, from);
}

}  // namespace pinflow::pinterest
