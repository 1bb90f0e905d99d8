// SPDX-License-Identifier: Apache-2.0
#include "pinterest/pin_text.h"
#include "pinterest/words/words.h"

namespace pinflow::pinterest {
namespace {

enum class NameForm { person, brand, the_brand, brand_with_line, handle, persons_thing, trailing_blank, accented };

// Parts of a hundred. No form can make a name of another.
constexpr std::pair<NameForm, std::uint64_t> kForms[] = {
    {NameForm::person, 36},         {NameForm::brand, 27},        {NameForm::the_brand, 8},
    {NameForm::brand_with_line, 9}, {NameForm::handle, 8},        {NameForm::persons_thing, 6},
    {NameForm::trailing_blank, 3},  {NameForm::accented, 3},
};

NameForm form_of(Draws& draws) {
    std::uint64_t drawn = draws.below(100);
    for (auto [form, parts] : kForms) {
        if (drawn < parts) return form;
        drawn -= parts;
    }
    return NameForm::person;
}

struct Pair {
    std::string_view first;
    std::string_view second;
    std::uint64_t round;  // how often the pairs had been used up before
};

// Another pair for every poster: the product steps through all pairs before one comes again, because
// kStride, a prime above every list's length, shares no factor with their number.
Pair pair_of(std::int64_t poster, words::Words firsts, words::Words seconds) {
    constexpr std::uint64_t kStride = 7'368'787;
    auto number = static_cast<std::uint64_t>(poster);
    std::uint64_t pairs = firsts.size() * seconds.size();
    std::uint64_t place = (number % pairs) * kStride % pairs;
    return {firsts[place % firsts.size()], seconds[place / firsts.size()], number / pairs};
}

void append_pair(const Pair& pair, std::string_view between, std::string& out) {
    out.append(pair.first).append(between).append(pair.second);
    if (pair.round > 0) out.append(between.ends_with('_') ? "_" : " ").append(std::to_string(pair.round + 1));
}

std::string lower_without_blanks(std::string_view text) {
    std::string lower;
    for (char c : text) {
        if (c != ' ') lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return lower;
}

}  // namespace

void append_poster_name(std::uint64_t seed, std::int64_t poster, std::string& out) {
    Draws draws(seed, Stream::poster_name, static_cast<std::uint64_t>(poster));
    NameForm form = form_of(draws);
    Pair person = pair_of(poster, words::given_names(), words::surnames());
    Pair brand = pair_of(poster, words::brand_firsts(), words::brand_seconds());
    switch (form) {
        case NameForm::person: return append_pair(person, " ", out);
        case NameForm::brand: return append_pair(brand, " ", out);
        case NameForm::the_brand: out += "The "; return append_pair(brand, " ", out);
        case NameForm::persons_thing:
            return append_pair(pair_of(poster, words::given_names(), words::brand_seconds()), "'s ", out);
        case NameForm::accented:
            return append_pair(pair_of(poster, words::accented_firsts(), words::brand_seconds()), " ", out);
        case NameForm::trailing_blank:
            append_pair(person, " ", out);
            out += ' ';
            return;
        case NameForm::brand_with_line:
            append_pair(brand, " ", out);
            out.append(" | ").append(words::taglines()[draws.below(words::taglines().size())]);
            return;
        case NameForm::handle: {
            std::string first = lower_without_blanks(brand.first);
            std::string second = lower_without_blanks(brand.second);
            return append_pair({first, second, brand.round}, "_", out);
        }
    }
}

}  // namespace pinflow::pinterest
