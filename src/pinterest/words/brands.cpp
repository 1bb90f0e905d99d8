// SPDX-License-Identifier: Apache-2.0
#include "pinterest/words/words.h"

namespace pinflow::pinterest::words {
namespace {

constexpr std::string_view kBrandFirsts[] = {
    "Amber", "Apple", "Autumn", "Bamboo", "Birch", "Blue", "Brass", "Breezy", "Bright", "Cedar",
    "Cherry", "Cinnamon", "Clever", "Clover", "Copper", "Coral", "Cotton", "Cozy", "Crimson",
    "Crystal Lake", "Daisy", "Dapper", "Early", "Easy", "Elm Street", "Ember", "Fern", "Fig",
    "Flax", "Forest", "Garden", "Ginger", "Gold Leaf", "Hazel", "Hilltop", "Honey", "Indigo",
    "Ivory", "Jasper", "Juniper", "Lavender", "Lemon", "Lilac", "Linen", "Little", "Lucky",
    "Maple", "Marble", "Meadow", "Mellow", "Midnight", "Mint", "Misty", "Moss", "North", "Nutmeg",
    "Oak", "Olive", "Orchard", "Paper", "Peach", "Pebble", "Pepper", "Pine", "Plum", "Poppy",
    "Quiet", "Rainy", "Red Door", "River", "Rosemary", "Rustic", "Saffron", "Sage", "Salt",
    "Sandy", "Scarlet", "Seaside", "Silver", "Slow", "Snowy", "Spruce", "Sugar", "Sunny", "Teal",
    "Thistle", "Thyme", "Tin Roof", "Velvet", "Violet", "Walnut", "Wander", "Wild", "Willow",
    "Winter", "Yellow",
};
constexpr std::string_view kBrandSeconds[] = {
    "Almanac", "Anchor", "Apron", "Atelier", "Attic", "Avenue", "Barn", "Basket", "Bench", "Blog",
    "Boutique", "Bramble", "Bridge", "Brush", "Button", "Cabin", "Candle", "Canvas", "Closet",
    "Cloud", "Collective", "Compass", "Corner", "Cottage", "Creative", "Daily", "Den", "Desk",
    "Diary", "Doorstep", "Edit", "Farm", "Feather", "Field", "Finds", "Foxglove", "Gallery",
    "Garage", "Gazette", "Guide", "Habit", "Harbor", "Hearth", "Hive", "Home", "Journal",
    "Kettle", "Kitchen", "Lab", "Ladder", "Lookout", "Lantern", "Ledger", "Letters", "Library",
    "Loft", "Loom", "Mantel", "Market", "Mill", "Moments", "Needle", "Nest", "Notebook", "Owl",
    "Palette", "Pantry", "Parlor", "Path", "Pencil", "Petal", "Piano", "Planner", "Porch",
    "Press", "Pottery", "Quill", "Ribbon", "Road", "Room", "Scrapbook", "Shed", "Shelf", "Shop",
    "Sketch", "Social", "Spoon", "Stitch", "Street", "Studio", "Supply", "Table", "Teapot",
    "Thread", "Trail", "Trunk", "Vista", "Wagon", "Window", "Workshop", "Yarn",
};
constexpr std::string_view kTaglines[] = {
    "Home & Garden Ideas", "Simple Living", "Recipes and More", "Travel Tips", "Style Notes",
    "DIY Blog", "Slow Days", "Budget Help", "Teacher Resources", "Party Plans",
    "Daily Inspiration", "Handmade Goods", "Family Life", "Art Prints",
};
constexpr std::string_view kAccentedFirsts[] = {
    "Maison", "Café", "Atelier Été", "Señora", "Jardín", "Crème", "Mädchen", "Ateliê São",
    "Zoë’s", "Déco", "Piñata", "Fräulein",
};

}  // namespace

Words brand_firsts() { return kBrandFirsts; }
Words brand_seconds() { return kBrandSeconds; }
Words taglines() { return kTaglines; }
Words accented_firsts() { return kAccentedFirsts; }

}  // namespace pinflow::pinterest::words
