// SPDX-License-Identifier: Apache-2.0
#include "pinterest/words/words.h"

#include "base/check.h"

namespace pinflow::pinterest::words {
namespace {

// One list a category, in the order of categories.h. At most 14 letters each, so that nine tags stay
// under the longest tag list seen; 25 each.
constexpr std::string_view kArt[] = {
    "watercolor", "sketchbook", "charcoal", "canvas", "palette", "gouache", "still life",
    "portrait", "landscape", "ink drawing", "pastel", "mural", "collage", "linocut", "etching",
    "easel", "brush set", "figure study", "color wheel", "oil painting", "acrylic pour",
    "line art", "doodle page", "pottery", "sculpture",
};
constexpr std::string_view kBeauty[] = {
    "lipstick", "eyeliner", "face mask", "serum", "braid", "updo", "nail polish", "manicure",
    "blush", "bronzer", "skin care", "hair oil", "eyeshadow", "brow gel", "lip balm", "bun",
    "ponytail", "curls", "foundation", "perfume", "bath bomb", "sunscreen", "toner",
    "lash curler", "hand cream",
};
constexpr std::string_view kChristmas[] = {
    "wreath", "ornament", "stocking", "gingerbread", "tree topper", "garland", "advent box",
    "sugar cookie", "snow globe", "nutcracker", "mantel", "gift wrap", "candy cane", "wish list",
    "fairy lights", "pine cone", "mistletoe", "sleigh bell", "table runner", "hot cocoa",
    "santa hat", "reindeer", "snowflake", "carol book", "gift tag",
};
constexpr std::string_view kDiyAndCrafts[] = {
    "macrame", "paper flower", "felt banner", "wood sign", "mason jar", "yarn basket",
    "bead bracelet", "candle mold", "clay dish", "stencil", "tie dye shirt", "quilt block",
    "origami box", "resin tray", "scrapbook", "glue gun", "pom pom rug", "cross stitch",
    "wind chime", "bird house", "button art", "dream catcher", "soap bar", "tote bag",
    "embroidery",
};
constexpr std::string_view kEducation[] = {
    "lesson plan", "anchor chart", "phonics game", "math center", "flash card", "reading log",
    "bulletin board", "spelling list", "science kit", "word wall", "morning basket", "desk tag",
    "sight word", "fraction chart", "story map", "number line", "book report", "class rules",
    "calendar time", "writing prompt", "sensory bin", "alphabet mat", "globe", "exit ticket",
    "busy book",
};
constexpr std::string_view kEventPlanning[] = {
    "seating chart", "centerpiece", "invitation", "balloon arch", "favor box", "guest list",
    "backdrop", "cake table", "place card", "bridal shower", "photo booth", "table plan",
    "welcome sign", "tent", "menu card", "toast", "string lights", "bouquet", "rsvp card",
    "dessert bar", "venue", "timeline", "thank you note", "dance floor", "gift table",
};
constexpr std::string_view kFinance[] = {
    "budget sheet", "savings jar", "debt tracker", "side hustle", "index fund", "cash envelope",
    "no spend month", "credit score", "emergency fund", "bill calendar", "net worth",
    "grocery plan", "paycheck", "mortgage", "tax folder", "coupon", "sinking fund", "pension",
    "money goal", "invoice", "interest rate", "stock basics", "frugal meal", "piggy bank",
    "checklist",
};
constexpr std::string_view kHomeDecor[] = {
    "gallery wall", "sofa pillow", "entryway", "bookshelf", "rug", "accent wall", "pendant lamp",
    "coffee table", "curtain", "mirror", "house plant", "farmhouse sink", "reading nook",
    "headboard", "pantry", "wallpaper", "tile floor", "candle holder", "console table", "ottoman",
    "patio", "loft bed", "mud room", "sideboard", "door wreath",
};
constexpr std::string_view kMensFashion[] = {
    "blazer", "chinos", "denim jacket", "chelsea boot", "bomber jacket", "knit sweater",
    "pocket square", "overcoat", "sneaker", "polo shirt", "wrist watch", "leather belt", "hoodie",
    "loafer", "linen shirt", "tie knot", "cardigan", "parka", "beanie", "cargo pants",
    "trench coat", "suit", "henley", "scarf", "capsule closet",
};
constexpr std::string_view kQuotes[] = {
    "morning quote", "affirmation", "journal prompt", "mantra", "proverb", "poem", "life lesson",
    "love note", "vision board", "gratitude list", "funny quote", "work quote", "sister quote",
    "book quote", "song lyric", "wisdom", "mindset", "courage", "kindness", "patience",
    "self worth", "hope", "daily thought", "letter board", "verse",
};
constexpr std::string_view kTattoos[] = {
    "fine line", "sleeve", "ankle tattoo", "wrist tattoo", "compass", "moth", "rose stem",
    "mandala", "dot work", "script", "koi", "lotus", "wave", "snake", "moon phase",
    "mountain line", "flash sheet", "black work", "rib tattoo", "finger tattoo", "arrow",
    "feather", "wolf", "anchor", "initials",
};
constexpr std::string_view kTravel[] = {
    "packing list", "road trip", "city guide", "beach day", "mountain hike", "train ride",
    "hostel", "itinerary", "passport", "carry on", "island", "old town", "night market",
    "lake cabin", "ferry", "camp site", "lighthouse", "bucket list", "street food", "waterfall",
    "desert drive", "ski village", "viewpoint", "map", "canyon",
};
constexpr std::string_view kVehicles[] = {
    "pickup truck", "camper van", "dirt bike", "roadster", "hatchback", "muscle car",
    "cafe racer", "scooter", "station wagon", "jeep", "race car", "motor home", "garage",
    "engine bay", "alloy wheel", "roof rack", "dashboard", "convertible", "electric car",
    "tractor", "sidecar", "hot rod", "sports car", "paint job", "tail light",
};

constexpr Words kTopics[] = {
    kArt, kBeauty, kChristmas, kDiyAndCrafts, kEducation, kEventPlanning, kFinance,
    kHomeDecor, kMensFashion, kQuotes, kTattoos, kTravel, kVehicles,
};

}  // namespace

Words nouns_of(std::size_t category) {
    CHECK(category < std::size(kTopics));
    return kTopics[category];
}

}  // namespace pinflow::pinterest::words
