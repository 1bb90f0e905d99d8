// SPDX-License-Identifier: Apache-2.0
#include "pinterest/words/words.h"

namespace pinflow::pinterest::words {
namespace {

// What the outside of ASCII looks like in titles: other languages and scripts, typographic marks, and
// characters that take two UTF-16 units.
constexpr std::string_view kForeign[] = {
    "Décoration facile",
    "Ideas rápidas y fáciles",
    "Inspiração para você",
    "Schöne Ideen für zuhause",
    "Collection d’été",
    "Идеи на каждый день",
    "かわいいアイデア",
    "Ideias criativas à mão",
    "Diseño único",
    "Für Anfänger",
    "Más populares",
    "Très chic",
    "Fête à la maison",
    "Jardín pequeño",
    "Un día especial",
    "Año nuevo",
    "Frühling",
    "Простые идеи",
    "手作りアイデア",
    "Été indien",
    "Così semplice",
    "Güzel fikirler",
    "Pomysły na wiosnę",
    "예쁜 아이디어",
};
constexpr std::string_view kTypographic[] = {
    "It’s easy – ",
    "Don’t miss: ",
    "The year’s best – ",
    "½ price: ",
    "You’ll love it… ",
    "Café style: ",
    "Mom’s pick – ",
    "100 % déjà vu: ",
};
constexpr std::string_view kEmoji[] = {
    "😍", "🎉", "💕", "🎄", "🎨", "💄", "🏡", "🚗", "📚", "💡", "🌿", "🌸", "🔥", "👗", "🎁", "🙌", "🌈", "🍂",
};

}  // namespace

Words foreign_phrases() { return kForeign; }
Words typographic_openings() { return kTypographic; }
Words emoji() { return kEmoji; }

}  // namespace pinflow::pinterest::words
