// SPDX-License-Identifier: Apache-2.0
#include "eventlog/key_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/hash.h"

namespace pinflow::eventlog {
namespace {

constexpr Timestamp kNow = 1'700'000'000'000;

KeyEntry entry_of(std::string_view key, Timestamp append_time_ms = kNow,
                  std::uint64_t fingerprint = 1) {
    return {.hash = KeyTable::hash_of(key),
            .fingerprint = fingerprint,
            .append_time_ms = append_time_ms,
            .placements = {{.partition_id = 3, .base_offset = 40, .record_count = 2}}};
}

bool knows(const KeyTable& table, std::string_view key, Timestamp now_ms = kNow) {
    return table.find(KeyTable::hash_of(key), now_ms) != nullptr;
}

TEST(KeyTable, hashes_a_key_by_half_of_its_sha256) {
    auto hash = KeyTable::hash_of("abc");
    EXPECT_EQ(hex({reinterpret_cast<const char*>(hash.data()), hash.size()}),
              "ba7816bf8f01cfea414140de5dae2223");
}

TEST(KeyTable, finds_what_was_noted_and_nothing_else) {
    KeyTable table;
    table.note(entry_of("a"));
    ASSERT_TRUE(knows(table, "a"));
    EXPECT_EQ(*table.find(KeyTable::hash_of("a"), kNow), entry_of("a"));
    EXPECT_FALSE(knows(table, "b"));
    EXPECT_FALSE(knows(table, ""));
}

TEST(KeyTable, does_not_keep_what_stored_nothing) {
    KeyTable table;
    KeyEntry empty = entry_of("a");
    empty.placements.clear();
    table.note(empty);
    EXPECT_FALSE(knows(table, "a"));
    EXPECT_EQ(table.size(), 0U);
}

TEST(KeyTable, knows_a_key_for_24_hours_and_not_a_moment_longer) {
    KeyTable table;
    table.note(entry_of("a"));
    EXPECT_TRUE(knows(table, "a", kNow + kKeyKeptMs - 1));
    EXPECT_FALSE(knows(table, "a", kNow + kKeyKeptMs));
    EXPECT_TRUE(knows(table, "a", kNow - 1'000));  // the clock was put back
}

TEST(KeyTable, a_key_over_its_time_may_be_used_anew) {
    KeyTable table;
    table.note(entry_of("a"));
    table.note(entry_of("b", kNow + 1));
    Timestamp later = kNow + kKeyKeptMs;
    table.note(entry_of("a", later, 2));
    EXPECT_EQ(table.find(KeyTable::hash_of("a"), later)->fingerprint, 2U);
    EXPECT_EQ(table.size(), 2U);
    table.expire(later + 1);  // drops b, and what was the first a
    EXPECT_TRUE(knows(table, "a", later + 1));
    EXPECT_EQ(table.list(), std::vector{entry_of("a", later, 2)});
    EXPECT_EQ(table.forgotten(), 0);
}

TEST(KeyTable, when_a_replaced_entry_goes_its_key_stays) {
    KeyTable table;
    table.note(entry_of("a", kNow));
    table.note(entry_of("a", kNow + 1));
    table.expire(kNow + kKeyKeptMs);
    EXPECT_TRUE(knows(table, "a", kNow + kKeyKeptMs));
}

TEST(KeyTable, expiry_drops_what_is_over_its_time) {
    KeyTable table;
    for (Timestamp i = 0; i < 10; ++i) table.note(entry_of(std::to_string(i), kNow + i));
    table.expire(kNow + kKeyKeptMs + 3);
    EXPECT_EQ(table.size(), 6U);
    EXPECT_EQ(table.list().front(), entry_of("4", kNow + 4));
    EXPECT_EQ(table.forgotten(), 0);
}

TEST(KeyTable, over_the_bound_the_oldest_is_forgotten_and_counted) {
    KeyTable table;
    for (std::size_t i = 0; i < kKeysMax; ++i) table.note(entry_of(std::to_string(i)));
    EXPECT_EQ(table.size(), kKeysMax);
    EXPECT_TRUE(knows(table, "0"));
    table.note(entry_of("one more"));
    EXPECT_EQ(table.size(), kKeysMax);
    EXPECT_FALSE(knows(table, "0"));
    EXPECT_TRUE(knows(table, "1"));
    EXPECT_TRUE(knows(table, "one more"));
    EXPECT_EQ(table.forgotten(), 1);
}

TEST(KeyTable, what_was_replaced_or_is_over_its_time_does_not_count_as_forgotten) {
    KeyTable table;
    table.note(entry_of("replaced"));
    table.note(entry_of("replaced", kNow + kKeyKeptMs));
    table.note(entry_of("replaced", kNow + 1));  // the clock was put back
    table.note(entry_of("over", kNow));
    for (std::size_t i = 0; i < kKeysMax; ++i) {
        table.note(entry_of(std::to_string(i), kNow + kKeyKeptMs));
    }
    EXPECT_EQ(table.size(), kKeysMax);
    EXPECT_EQ(table.forgotten(), 1);  // "replaced" of kNow + 1: a moment before its time
    table.note(entry_of("later", kNow + 2 * kKeyKeptMs));
    EXPECT_EQ(table.size(), 1U);
    EXPECT_EQ(table.forgotten(), 1);
}

TEST(KeyTable, batches_of_one_request_become_one_entry) {
    KeyTable table;
    auto hash = KeyTable::hash_of("a");
    table.add_placement(hash, 1, kNow, {3, 40, 2});
    table.add_placement(hash, 1, kNow, {4, 7, 1});
    table.add_placement(KeyTable::hash_of("b"), 1, kNow, {5, 8, 1});
    table.add_placement(hash, 1, kNow, {9, 0, 6});
    const KeyEntry* entry = table.find(hash, kNow);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->placements, (KeyPlacements{{3, 40, 2}, {4, 7, 1}, {9, 0, 6}}));
    EXPECT_EQ(table.size(), 2U);
}

// Whether it was over its time or forgotten, and whatever the clock did meanwhile.
TEST(KeyTable, batches_at_another_time_are_of_another_request) {
    for (Timestamp other : {kNow + kKeyKeptMs, kNow + 1, kNow - 1}) {
        KeyTable table;
        auto hash = KeyTable::hash_of("a");
        table.add_placement(hash, 1, kNow, {3, 40, 2});
        table.add_placement(hash, 1, other, {3, 50, 2});
        EXPECT_EQ(table.find(hash, other)->placements, (KeyPlacements{{3, 50, 2}}));
        EXPECT_EQ(table.size(), 1U);
    }
    KeyTable table;
    auto hash = KeyTable::hash_of("a");
    table.add_placement(hash, 1, kNow, {3, 40, 2});
    table.add_placement(hash, 2, kNow, {3, 50, 2});
    EXPECT_EQ(table.find(hash, kNow)->placements, (KeyPlacements{{3, 50, 2}}));
}

TEST(KeyTable, comes_back_as_it_was_listed) {
    KeyTable table;
    for (int i = 0; i < 100; ++i) table.note(entry_of(std::to_string(i), kNow + i));
    table.note(entry_of("5", kNow + 200));
    auto listed = table.list();
    ASSERT_EQ(listed.size(), 100U);
    EXPECT_EQ(listed.back().append_time_ms, kNow + 200);
    KeyTable restored = KeyTable::restore(listed);
    EXPECT_EQ(restored.list(), listed);
    EXPECT_TRUE(knows(restored, "99"));
}

// Against a plain map of all that was ever noted.
TEST(KeyTable, agrees_with_a_simple_model) {
    std::mt19937_64 dice(1);
    KeyTable table;
    std::map<std::string, KeyEntry> model;
    Timestamp now_ms = kNow;
    for (int step = 0; step < 20'000; ++step) {
        now_ms += static_cast<Timestamp>(dice() % (kKeyKeptMs / 200));
        std::string key = std::to_string(dice() % 500);
        auto known = model.find(key);
        bool is_known = known != model.end() && now_ms - known->second.append_time_ms < kKeyKeptMs;
        const KeyEntry* found = table.find(KeyTable::hash_of(key), now_ms);
        ASSERT_EQ(found != nullptr, is_known) << step;
        if (found) ASSERT_EQ(*found, known->second);
        else table.note(model[key] = entry_of(key, now_ms, dice()));
        if (dice() % 50 == 0) table.expire(now_ms);
        if (dice() % 500 == 0) table = KeyTable::restore(table.list());
    }
}

}  // namespace
}  // namespace pinflow::eventlog
