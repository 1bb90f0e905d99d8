// SPDX-License-Identifier: Apache-2.0
#include "pinterest/words/words.h"

namespace pinflow::pinterest::words {
namespace {

// In the templates: %n a noun of the category, %a an adjective, %v a verb, %o an occasion, %d a number,
// %h a noun without blanks.
constexpr std::string_view kAdjectives[] = {
    "simple", "modern", "vintage", "cozy", "easy", "rustic", "bold", "tiny", "cheap", "elegant",
    "bright", "minimal", "classic", "creative", "quick", "festive", "charming", "colorful",
    "soft", "clever", "natural", "dreamy", "handmade", "popular", "gentle", "dark", "sunny",
    "playful", "timeless", "fresh", "warm", "unique", "retro", "floral", "neutral", "fun",
};
constexpr std::string_view kVerbs[] = {
    "make", "choose", "plan", "style", "paint", "build", "find", "update", "arrange", "love",
    "design", "organize", "wear", "share", "try", "fix",
};
constexpr std::string_view kOccasions[] = {
    "small spaces", "beginners", "the weekend", "busy mornings", "spring", "summer", "autumn",
    "winter", "kids", "a rainy day", "two", "your birthday", "the holidays", "a tight budget",
    "date night", "family time", "teens", "every season",
};
constexpr std::string_view kTitles[] = {
    "%d %a %n ideas for %o",
    "how to %v your own %n",
    "%a %n and %n inspiration",
    "the best %n for %o",
    "%n guide for beginners",
    "%a %n",
    "%d ways to %v a %n",
    "%v this %a %n today",
    "%n ideas",
    "my favorite %n of the year",
    "why every %n needs a %n",
    "%a %n for %o",
    "%n or %n? what to pick",
    "free printable %n",
    "%d things to know about the %n",
    "before and after: %n",
    "%a and %a %n",
    "the only %n you need",
    "a %n that looks %a",
    "%n tutorial",
    "from %n to %n",
    "%o: %a %n",
    "top %d %n pins",
    "step by step %n",
};
constexpr std::string_view kSentences[] = {
    "Looking for a %a %n? Here are %d that are right for %o.",
    "Learn how to %v a %n step by step.",
    "This %n is %a, %a and easy to copy.",
    "We tried %d of them so that you do not have to.",
    "Save this for later and %v it with %o in mind.",
    "A %a %n makes all the difference.",
    "Perfect for %o.",
    "You only need a %n and one free afternoon.",
    "Every %n in this list is %a and works for %o.",
    "Find more %n ideas on the blog.",
    "Come and see why the %n is so %a this year.",
    "Our readers %v it again and again.",
    "Read on for the full %n and a list of what you need.",
    "Pair it with a %a %n and you are done.",
    "#%h #%h",
    "From %n to %n, this is all you need.",
    "Tell us which %n you would %v first!",
    "It is %a, it is quick, and it suits %o.",
    "The %n was never so %a.",
    "Do not forget the %n.",
    "Click through for the %n.",
    "%d tips, one %n.",
};

}  // namespace

Words adjectives() { return kAdjectives; }
Words verbs() { return kVerbs; }
Words occasions() { return kOccasions; }
Words title_templates() { return kTitles; }
Words sentence_templates() { return kSentences; }

}  // namespace pinflow::pinterest::words
