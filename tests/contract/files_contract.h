// SPDX-License-Identifier: Apache-2.0
// What every twin of ports/files.h promises. A test program includes this once and instantiates it:
//   INSTANTIATE_TEST_SUITE_P(Memory, FilesContract, testing::Values(make_memory_files));
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "ports/files.h"

namespace pinflow::contract {

struct FilesUnderTest {
    std::shared_ptr<Files> files;
    std::shared_ptr<void> scratch;  // removes the directory at the end
    std::string directory;          // exists and is empty
};

class FilesContract : public testing::TestWithParam<std::function<FilesUnderTest()>> {
protected:
    std::string at(const std::string& name) const { return under_.directory + "/" + name; }
    Files& files() { return *under_.files; }

    std::unique_ptr<File> make(const std::string& name, std::string_view bytes) {
        auto file = files().open(at(name), OpenMode::create_new);
        EXPECT_TRUE(file.has_value());
        EXPECT_TRUE((*file)->write_at(0, {{bytes}}).has_value());
        return std::move(*file);
    }
    std::string content(const std::string& name) {
        auto file = files().open(at(name), OpenMode::read);
        if (!file) return "<" + std::string(name_of(file.error().code)) + ">";
        std::string bytes((*file)->size().value(), '\0');
        EXPECT_EQ((*file)->read_at(0, bytes).value(), bytes.size());
        return bytes;
    }
    std::vector<std::string> names(const std::string& directory) {
        std::vector<std::string> found;
        for (auto& entry : files().list(directory).value()) found.push_back(entry.name);
        std::ranges::sort(found);
        return found;
    }

    FilesUnderTest under_ = GetParam()();
};

TEST_P(FilesContract, opening_to_read_what_is_not_there_is_not_found) {
    EXPECT_EQ(files().open(at("none"), OpenMode::read).error().code, Errc::not_found);
    EXPECT_EQ(files().open(at("no/dir"), OpenMode::read_write).error().code, Errc::not_found);
}

TEST_P(FilesContract, create_new_refuses_a_name_that_is_taken) {
    make("a", "first");
    EXPECT_EQ(files().open(at("a"), OpenMode::create_new).error().code, Errc::already_exists);
    EXPECT_EQ(content("a"), "first");
}

TEST_P(FilesContract, a_directory_does_not_open_as_a_file) {
    EXPECT_FALSE(files().open(under_.directory, OpenMode::read).has_value());
}

TEST_P(FilesContract, parts_are_written_one_after_the_other_however_many) {
    auto file = files().open(at("a"), OpenMode::read_write).value();
    std::vector<std::string> numbers;
    std::string expected;
    for (int i = 0; i < 3'000; ++i) numbers.push_back(i % 7 == 0 ? "" : std::to_string(i));
    std::vector<std::string_view> parts(numbers.begin(), numbers.end());
    for (auto& number : numbers) expected += number;
    ASSERT_TRUE(file->write_at(0, parts).has_value());
    EXPECT_EQ(content("a"), expected);
    ASSERT_TRUE(file->write_at(1, std::vector<std::string_view>{"XY", "", "Z"}).has_value());
    EXPECT_EQ(content("a"), expected.replace(1, 3, "XYZ"));
}

TEST_P(FilesContract, reading_stops_at_the_end_and_a_hole_reads_as_zeros) {
    auto file = make("a", "abc");
    ASSERT_TRUE(file->write_at(5, {{"x"}}).has_value());
    std::string bytes(10, '?');
    EXPECT_EQ(file->read_at(2, bytes).value(), 4u);
    EXPECT_EQ(bytes.substr(0, 4), (std::string{'c', '\0', '\0', 'x'}));
    EXPECT_EQ(file->read_at(6, bytes).value(), 0u);
    EXPECT_EQ(file->read_at(600, bytes).value(), 0u);
}

TEST_P(FilesContract, truncate_cuts_and_grows) {
    auto file = make("a", "abcdef");
    ASSERT_TRUE(file->truncate(2).has_value());
    EXPECT_EQ(content("a"), "ab");
    ASSERT_TRUE(file->truncate(3).has_value());
    EXPECT_EQ(content("a"), (std::string{'a', 'b', '\0'}));
    EXPECT_TRUE(file->sync().has_value());
}

TEST_P(FilesContract, link_new_gives_a_second_name_and_never_replaces) {
    make("a", "first");
    make("b", "second");
    EXPECT_EQ(files().link_new(at("a"), at("b")).error().code, Errc::already_exists);
    EXPECT_EQ(content("b"), "second");
    ASSERT_TRUE(files().link_new(at("a"), at("c")).has_value());
    ASSERT_TRUE(files().remove(at("a")).has_value());
    EXPECT_EQ(content("c"), "first");
    EXPECT_EQ(files().link_new(at("none"), at("d")).error().code, Errc::not_found);
}

TEST_P(FilesContract, rename_replaces) {
    make("a", "new");
    make("b", "old");
    ASSERT_TRUE(files().rename(at("a"), at("b")).has_value());
    EXPECT_EQ(content("b"), "new");
    EXPECT_EQ(content("a"), "<not_found>");
    EXPECT_EQ(files().rename(at("a"), at("b")).error().code, Errc::not_found);
}

TEST_P(FilesContract, make_directories_makes_the_way_and_repeats_without_harm) {
    ASSERT_TRUE(files().make_directories(at("x/y/z")).has_value());
    ASSERT_TRUE(files().make_directories(at("x/y/z/")).has_value());
    EXPECT_EQ(names(at("x")), std::vector<std::string>{"y"});
    make("file", "");
    EXPECT_FALSE(files().make_directories(at("file")).has_value());
    EXPECT_FALSE(files().make_directories(at("file/below")).has_value());
}

TEST_P(FilesContract, list_tells_names_kinds_and_sizes_of_one_level) {
    make("f", "12345");
    ASSERT_TRUE(files().make_directories(at("d/inner")).has_value());
    EXPECT_EQ(names(under_.directory), (std::vector<std::string>{"d", "f"}));
    for (auto& entry : files().list(under_.directory).value()) {
        EXPECT_EQ(entry.is_directory, entry.name == "d");
        if (entry.name == "f") EXPECT_EQ(entry.bytes, 5u);
    }
    EXPECT_EQ(files().list(at("none")).error().code, Errc::not_found);
}

TEST_P(FilesContract, examine_says_of_one_name_what_list_says) {
    make("f", "12345");
    ASSERT_TRUE(files().make_directories(at("d")).has_value());
    for (auto& entry : files().list(under_.directory).value()) {
        auto examined = files().examine(at(entry.name)).value();
        EXPECT_EQ(examined.name, entry.name);
        EXPECT_EQ(examined.is_directory, entry.is_directory);
        EXPECT_EQ(examined.bytes, entry.bytes);
        EXPECT_EQ(examined.modified_ms, entry.modified_ms);
        EXPECT_FALSE(examined.is_link);
    }
    EXPECT_EQ(files().examine(at("none")).error().code, Errc::not_found);
}

TEST_P(FilesContract, remove_takes_files_and_empty_directories_only) {
    ASSERT_TRUE(files().make_directories(at("d")).has_value());
    make("d/f", "");
    EXPECT_FALSE(files().remove(at("d")).has_value());
    EXPECT_TRUE(files().remove(at("d/f")).has_value());
    EXPECT_TRUE(files().remove(at("d")).has_value());
    EXPECT_EQ(files().remove(at("d")).error().code, Errc::not_found);
}

TEST_P(FilesContract, an_open_file_outlives_its_name) {
    auto file = make("a", "abc");
    ASSERT_TRUE(files().remove(at("a")).has_value());
    std::string bytes(3, '\0');
    EXPECT_EQ(file->read_at(0, bytes).value(), 3u);
    EXPECT_EQ(bytes, "abc");
}

TEST_P(FilesContract, a_lock_is_held_by_one_and_given_back) {
    auto held = files().lock(at("lock"));
    ASSERT_TRUE(held.has_value());
    auto second = files().lock(at("lock"));
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, Errc::busy);
    EXPECT_NE(second.error().text.find(at("lock")), std::string::npos) << second.error().text;
    held->reset();
    EXPECT_TRUE(files().lock(at("lock")).has_value());
}

TEST_P(FilesContract, reserving_leaves_size_and_content_alone) {
    auto file = make("a", "abc");
    ASSERT_TRUE(file->reserve(1 << 20).has_value());
    EXPECT_EQ(file->size().value(), 3u);
    ASSERT_TRUE(file->write_at(3, {{"def"}}).has_value());
    ASSERT_TRUE(file->truncate(file->size().value()).has_value());
    EXPECT_EQ(content("a"), "abcdef");
}

TEST_P(FilesContract, a_directory_syncs_and_free_space_is_told) {
    make("a", "");
    EXPECT_TRUE(files().sync_directory(under_.directory).has_value());
    EXPECT_FALSE(files().sync_directory(at("none")).has_value());
    EXPECT_GT(files().free_bytes(under_.directory).value(), 0u);
    EXPECT_GE(files().total_bytes(under_.directory).value(),
              files().free_bytes(under_.directory).value());
}

}  // namespace pinflow::contract
