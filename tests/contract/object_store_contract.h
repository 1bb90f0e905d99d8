// SPDX-License-Identifier: Apache-2.0
// What every twin of ports/object_store.h promises.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "base/reactor.h"
#include "ports/files.h"
#include "ports/object_store.h"

namespace pinflow::contract {

struct ObjectStoreUnderTest {
    std::shared_ptr<void> owner;         // whatever the store needs to live: it goes last
    std::shared_ptr<ObjectStore> store;  // empty
    Files* files = nullptr;              // through which put_file reads
    std::string directory;               // exists; for put_file's sources
    bool refuses_folders = true;         // a key that is another key's folder
    std::string why_not;                 // not empty: there is no such store here
};

class ObjectStoreContract : public testing::TestWithParam<std::function<ObjectStoreUnderTest()>> {
protected:
    void SetUp() override {
        if (!under_.why_not.empty()) GTEST_SKIP() << under_.why_not;
    }
    Status put(std::string key, std::string bytes, PutIf condition = PutIf::always) {
        return run_here(store().put(std::move(key), std::move(bytes), condition));
    }
    std::string get(std::string key, ByteRange range = {}) {
        auto bytes = run_here(store().get(std::move(key), range));
        return bytes ? *bytes : "<" + std::string(name_of(bytes.error().code)) + ">";
    }
    std::vector<std::string> keys(std::string prefix) {
        std::vector<std::string> found;
        for (auto& info : run_here(store().list(std::move(prefix))).value())
            found.push_back(info.key);
        return found;
    }
    std::string write_file(const std::string& name, std::string_view bytes) {
        std::string path = under_.directory + "/" + name;
        auto file = under_.files->open(path, OpenMode::create_new).value();
        EXPECT_TRUE(file->write_at(0, {{bytes}}).has_value());
        return path;
    }
    ObjectStore& store() { return *under_.store; }

    ObjectStoreUnderTest under_ = GetParam()();
};

TEST_P(ObjectStoreContract, what_is_put_is_got_byte_for_byte) {
    std::string bytes;
    for (int i = 0; i < 100'000; ++i) bytes.push_back(static_cast<char>(i * 31 >> 3));
    ASSERT_TRUE(put("a/b/c.bin", bytes).has_value());
    EXPECT_EQ(get("a/b/c.bin"), bytes);
    ASSERT_TRUE(put("empty", "").has_value());
    EXPECT_EQ(get("empty"), "");
    EXPECT_EQ(get("none"), "<not_found>");
}

TEST_P(ObjectStoreContract, put_always_replaces_and_put_absent_does_not) {
    ASSERT_TRUE(put("k", "one").has_value());
    ASSERT_TRUE(put("k", "two").has_value());
    EXPECT_EQ(put("k", "three", PutIf::absent).error().code, Errc::already_exists);
    EXPECT_EQ(get("k"), "two");
    EXPECT_TRUE(put("l", "one", PutIf::absent).has_value());
}

// Sixteen threads want the same key: one gets it, and its bytes are the object.
TEST_P(ObjectStoreContract, put_absent_has_one_winner) {
    constexpr int kRivals = 16;
    std::atomic<int> winner = -1;
    std::atomic<int> wins = 0;
    {
        std::vector<std::jthread> rivals;
        for (int i = 0; i < kRivals; ++i) {
            rivals.emplace_back([&, i] {
                if (!put("prize/x", "rival " + std::to_string(i), PutIf::absent)) return;
                winner = i;
                ++wins;
            });
        }
    }
    EXPECT_EQ(wins, 1);
    EXPECT_EQ(get("prize/x"), "rival " + std::to_string(winner));
}

TEST_P(ObjectStoreContract, ranges_are_cut_at_the_end) {
    ASSERT_TRUE(put("k", "0123456789").has_value());
    EXPECT_EQ(get("k", {2, 3}), "234");
    EXPECT_EQ(get("k", {8, 100}), "89");
    EXPECT_EQ(get("k", {10, 5}), "");
    EXPECT_EQ(get("k", {11, 5}), "");
    EXPECT_EQ(get("k", {0, 0}), "");
}

TEST_P(ObjectStoreContract, head_tells_size_and_time) {
    ASSERT_TRUE(put("k", "0123456789").has_value());
    auto info = run_here(store().head("k")).value();
    EXPECT_EQ(info.key, "k");
    EXPECT_EQ(info.bytes, 10u);
    EXPECT_GT(info.modified_ms, 1'577'836'800'000);
    EXPECT_EQ(run_here(store().head("none")).error().code, Errc::not_found);
}

TEST_P(ObjectStoreContract, list_gives_all_keys_of_a_prefix_by_code_point) {
    for (auto key : {"t/b", "t/a-b", "t/a/1", "t/a/0", "t/é", "u", "t-1/z", "T/x"}) {
        ASSERT_TRUE(put(key, "x").has_value());
    }
    EXPECT_EQ(keys("t/"), (std::vector<std::string>{"t/a-b", "t/a/0", "t/a/1", "t/b", "t/é"}));
    EXPECT_EQ(keys("t/a"), (std::vector<std::string>{"t/a-b", "t/a/0", "t/a/1"}));
    EXPECT_EQ(keys(""), (std::vector<std::string>{"T/x", "t-1/z", "t/a-b", "t/a/0", "t/a/1", "t/b",
                                                  "t/é", "u"}));
    EXPECT_EQ(keys("nothing"), std::vector<std::string>{});
}

TEST_P(ObjectStoreContract, remove_takes_one_key_and_forgives_its_absence) {
    ASSERT_TRUE(put("d/k", "x").has_value());
    ASSERT_TRUE(put("d/l", "y").has_value());
    EXPECT_TRUE(run_here(store().remove("d/k")).has_value());
    EXPECT_TRUE(run_here(store().remove("d/k")).has_value());
    EXPECT_EQ(keys(""), std::vector<std::string>{"d/l"});
    EXPECT_TRUE(run_here(store().remove("d/l")).has_value());
    EXPECT_TRUE(put("d", "now a key itself").has_value());
}

TEST_P(ObjectStoreContract, keys_outside_the_grammar_are_refused_before_any_effect) {
    std::string bad[] = {"",
                         "/a",
                         "a/",
                         "a//b",
                         ".",
                         "a/..",
                         "../a",
                         "a/./b",
                         std::string("a\0b", 3),
                         std::string(256, 'k'),
                         std::string(1'025, 'k')};
    for (const auto& key : bad) {
        auto refused = put(key, "y");
        ASSERT_FALSE(refused.has_value()) << key;
        EXPECT_EQ(refused.error().code, Errc::invalid_argument) << key;
        EXPECT_TRUE(refused.error().text.starts_with("InvalidKey")) << refused.error().text;
    }
    EXPECT_EQ(keys(""), std::vector<std::string>{});
}

TEST_P(ObjectStoreContract, a_key_that_is_another_keys_folder_is_refused_or_kept_apart) {
    ASSERT_TRUE(put("taken/deep", "x").has_value());
    for (std::string key : {"taken", "taken/deep/er"}) {
        auto done = put(key, "y");
        EXPECT_EQ(get("taken/deep"), "x") << key;
        if (done) {
            EXPECT_FALSE(under_.refuses_folders) << key;
            EXPECT_EQ(get(key), "y");
            continue;
        }
        EXPECT_EQ(done.error().code, Errc::invalid_argument) << key;
        EXPECT_TRUE(done.error().text.starts_with("InvalidKey")) << done.error().text;
    }
}

// Names that must be escaped somewhere on the way, and come back as they were.
TEST_P(ObjectStoreContract, any_character_of_a_key_survives) {
    std::vector<std::string> odd = {"a b",
                                    "a+b",
                                    "a%20b",
                                    "a&b=c",
                                    "a'b\"c<d>",
                                    "a\\b?c#d*e:f",
                                    "u.pin+0+0000000000.json",
                                    "日本/😀~()!"};
    std::ranges::sort(odd);
    for (const std::string& key : odd) ASSERT_TRUE(put(key, key).has_value()) << key;
    EXPECT_EQ(keys(""), odd);
    for (const std::string& key : odd) {
        EXPECT_EQ(get(key), key);
        EXPECT_EQ(run_here(store().head(key)).value().bytes, key.size());
        EXPECT_EQ(keys(key), std::vector<std::string>{key});
    }
}

// More than one page of a listing.
TEST_P(ObjectStoreContract, list_gives_more_keys_than_fit_a_page) {
    constexpr int kKeys = 1'050;
    std::vector<std::jthread> writers;
    std::atomic<int> next = 0;
    std::atomic<int> failures = 0;
    for (int writer = 0; writer < 8; ++writer) {
        writers.emplace_back([&] {
            for (int i = next++; i < kKeys; i = next++)
                if (!put("many/" + std::to_string(10'000 + i), "x")) ++failures;
        });
    }
    writers.clear();
    EXPECT_EQ(failures, 0);
    auto found = keys("many/");
    ASSERT_EQ(found.size(), static_cast<std::size_t>(kKeys));
    EXPECT_EQ(found.front(), "many/10000");
    EXPECT_EQ(found.back(), "many/11049");
    EXPECT_TRUE(std::ranges::is_sorted(found));
}

TEST_P(ObjectStoreContract, a_file_is_put_as_bytes_are) {
    ASSERT_TRUE(
        run_here(store().put_file("f/k", write_file("one", "one"), PutIf::absent)).has_value());
    EXPECT_EQ(get("f/k"), "one");
    std::string two = write_file("two", "two");
    EXPECT_EQ(run_here(store().put_file("f/k", two, PutIf::absent)).error().code,
              Errc::already_exists);
    EXPECT_EQ(get("f/k"), "one");
    ASSERT_TRUE(run_here(store().put_file("f/k", two, PutIf::always)).has_value());
    EXPECT_EQ(get("f/k"), "two");
    std::string none = under_.directory + "/none";
    EXPECT_FALSE(run_here(store().put_file("f/l", none, PutIf::always)).has_value());
}

}  // namespace pinflow::contract
