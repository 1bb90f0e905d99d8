// SPDX-License-Identifier: Apache-2.0
#include "eventlog/catalog.h"

#include <gtest/gtest.h>

#include "eventlog/checked_text.h"
#include "memory/memory_files.h"

namespace pinflow::eventlog {
namespace {

Catalog two_entries() {
    Catalog catalog;
    catalog[{Space::topics, "u.pin"}] = {{"u.pin", 3, 1'700'000'000'000}, false};
    catalog[{Space::streams, "s-1"}] = {{"s-1", 4, 1'700'000'000'001}, true};
    return catalog;
}

// The bytes on disk, which later versions must go on reading.
TEST(Catalog, is_this_text) {
    EXPECT_EQ(encode_catalog(two_entries()),
              "pinflow log catalog 1\n"
              "topics u.pin 3 1700000000000 kept\n"
              "streams s-1 4 1700000000001 removing\n"
              "crc32c a381973c\n");
}

TEST(Catalog, comes_back_as_it_was) {
    for (const Catalog& catalog : {Catalog{}, two_entries()}) {
        Catalog read = decode_catalog(encode_catalog(catalog)).value();
        EXPECT_EQ(encode_catalog(read), encode_catalog(catalog));
        EXPECT_EQ(read.size(), catalog.size());
    }
}

TEST(Catalog, every_changed_bit_and_every_cut_is_seen) {
    std::string good = encode_catalog(two_entries());
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(decode_catalog(bad).has_value()) << bit;
    }
    for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
        EXPECT_FALSE(decode_catalog(good.substr(0, bytes)).has_value()) << bytes;
    }
}

TEST(Catalog, of_another_version_is_unsupported_not_guessed_at) {
    auto other = decode_catalog(encode_checked_text("pinflow log catalog 2", {}));
    EXPECT_EQ(other.error().code, Errc::unsupported);
}

TEST(Catalog, lines_that_cannot_be_ours_are_refused_with_a_good_checksum) {
    for (Words bad :
         {Words{"topics", "t", "1", "1"}, Words{"topics", "t", "0", "1", "kept"},
          Words{"topics", "a/b", "1", "1", "kept"}, Words{"other", "t", "1", "1", "kept"},
          Words{"topics", "t", "1", "x", "kept"}, Words{"topics", "t", "1", "1", "gone"}}) {
        auto text = encode_checked_text("pinflow log catalog 1", {bad});
        EXPECT_EQ(decode_catalog(text).error().code, Errc::corrupt) << text;
    }
    Words line{"topics", "t", "1", "1", "kept"};
    EXPECT_FALSE(
        decode_catalog(encode_checked_text("pinflow log catalog 1", {line, line})).has_value());
}

TEST(Catalog, that_is_missing_where_topics_lie_is_not_taken_for_an_empty_one) {
    memory::MemoryFiles files;
    ASSERT_TRUE(files.make_directories("log").has_value());
    EXPECT_TRUE(open_catalog(files, "log")->empty());
    ASSERT_TRUE(files.remove("log/catalog").has_value());
    ASSERT_TRUE(files.make_directories("log/topics/t-0").has_value());
    auto refused = open_catalog(files, "log");
    EXPECT_EQ(refused.error().code, Errc::corrupt);
}

// Whatever the moment of the power cut, the file is the old one or the new one.
TEST(Catalog, is_replaced_whole_or_not_at_all) {
    std::string before = encode_catalog({});
    std::string after = encode_catalog(two_entries());
    for (std::int64_t power_off_at = 1; power_off_at < 12; ++power_off_at) {
        for (std::uint64_t seed = 0; seed < 40; ++seed) {
            memory::MemoryFiles files;
            ASSERT_TRUE(files.make_directories("log").has_value());
            ASSERT_TRUE(save_catalog(files, "log", {}).has_value());
            files.set_faults({.power_off_at = power_off_at});
            bool saved = save_catalog(files, "log", two_entries()).has_value();
            auto found = open_catalog(*files.after_power_cut(seed), "log");
            ASSERT_TRUE(found.has_value()) << found.error().text;
            std::string text = encode_catalog(*found);
            EXPECT_TRUE(text == after || (!saved && text == before));
        }
    }
}

}  // namespace
}  // namespace pinflow::eventlog
