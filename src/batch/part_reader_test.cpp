// SPDX-License-Identifier: Apache-2.0
#include "batch/part_reader.h"

#include <algorithm>
#include <condition_variable>
#include <map>

#include "batch/kept_rows.h"
#include "batch/notes_fixture_test.h"

namespace pinflow::batch {
namespace {

using testing::HasSubstr;

class PartReaderTest : public NotesFixture {
protected:
    void sink_text(const std::string& key, const std::string& text) {
        sink(key, text);
        list.push_back({.key = key, .topic = "t", .bytes = text.size()});
    }
    std::map<std::int64_t, PartPointer> read_all(ObjectStore& store) {
        std::map<std::int64_t, PartPointer> parts;
        PartReader reader(store, list, kept);
        while (true) {
            auto part = reader.next();
            EXPECT_TRUE(part) << part.error().text;
            if (!part || !*part) return parts;
            EXPECT_TRUE(parts.emplace((*part)->number, *part).second) << "a part came twice";
        }
    }

    std::vector<SinkObject> list;
    KeptParts kept;
};

TEST_F(PartReaderTest, parts_in_order_give_every_line_once_with_its_number) {
    std::string large, small;
    for (int line = 1; large.size() < 3 * kPartBytes; ++line)
        large +=
            fmt::format("{} {}\n", line, std::string(static_cast<std::size_t>(line % 3000), 'x'));
    large += "the last has no end";
    for (int object = 0; object < 40; ++object) sink_text(fmt::format("a{}", object), "1 a\n2 b\n");
    sink_text("large", large);
    sink_text("empty", "");
    sink_text("z", "1 z");
    auto parts = read_all(sunk);
    std::map<std::size_t, std::string> texts;
    std::size_t number = 0;
    for (const auto& [at, part] : parts) {
        EXPECT_EQ(at, static_cast<std::int64_t>(number++));
        for (const Piece& piece : part->pieces) {
            EXPECT_EQ(piece.first_line, 1 + std::ranges::count(texts[piece.object], '\n'));
            texts[piece.object] += piece.text;
        }
    }
    EXPECT_EQ(texts[40], large);
    EXPECT_EQ(texts[39], "1 a\n2 b\n");
    EXPECT_EQ(texts[42], "1 z");
    EXPECT_GT(parts.size(), 3u);
    auto again = read_all(sunk);
    ASSERT_EQ(again.size(), parts.size());
    for (const auto& [at, part] : parts)
        EXPECT_EQ(again[at]->pieces.back().text, part->pieces.back().text);
}

// Counts the gets; each waits until another is there beside it, so that readers which went one
// after the other would never end.
class PairingStore final : public ObjectStore {
public:
    explicit PairingStore(ObjectStore& inner) : inner_(inner) {}

    Task<Result<std::string>> get(std::string key, ByteRange range) override {
        {
            std::unique_lock lock(mutex_);
            ++gets;
            most_ = std::max(most_, ++inside_);
            changed_.notify_all();
            changed_.wait(lock, [this] { return most_ > 1; });
        }
        auto bytes = co_await inner_.get(std::move(key), range);
        std::scoped_lock lock(mutex_);
        --inside_;
        co_return bytes;
    }
    Task<Status> put(std::string, std::string, PutIf) override { co_return Status{}; }
    Task<Status> put_file(std::string, std::string, PutIf) override { co_return Status{}; }
    Task<Result<ObjectInfo>> head(std::string key) override { return inner_.head(std::move(key)); }
    Task<Result<std::vector<ObjectInfo>>> list(std::string prefix) override {
        return inner_.list(std::move(prefix));
    }
    Task<Status> remove(std::string) override { co_return Status{}; }
    std::optional<std::string> local_path(const std::string&) override { return std::nullopt; }

    int most() const { return most_; }
    int gets = 0;

private:
    ObjectStore& inner_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int inside_ = 0;
    int most_ = 0;
};

TEST_F(PartReaderTest, several_gets_are_in_flight_and_tiny_objects_are_got_once) {
    for (int object = 0; object < 3'000; ++object)
        sink_text(fmt::format("{:05}", object), note(object, "x") + "\n");
    PairingStore store(sunk);
    auto parts = read_all(store);
    EXPECT_GT(store.most(), 1);
    EXPECT_LE(store.most(), static_cast<int>(kReadersMax));
    EXPECT_EQ(store.gets, 3'000);
    auto again = read_all(store);
    EXPECT_EQ(store.gets, 3'000);
    EXPECT_EQ(again.at(1).get(), parts.at(1).get());
}

TEST_F(PartReaderTest, an_object_that_is_gone_or_shorter_fails_the_reading_by_name) {
    for (int object = 0; object < 100; ++object) sink_text(fmt::format("{:05}", object), "x\n");
    list.push_back({.key = "gone", .topic = "t", .bytes = 5});
    PartReader reader(sunk, list, kept);
    auto part = reader.next();
    while (part && *part) part = reader.next();
    ASSERT_FALSE(part);
    EXPECT_THAT(part.error().text, HasSubstr("gone"));
    list = {{.key = "00000", .topic = "t", .bytes = 2 * kPartBytes}};
    PartReader other(sunk, list, kept);
    part = other.next();
    while (part && *part) part = other.next();
    ASSERT_FALSE(part);
    EXPECT_THAT(part.error().text, HasSubstr("object 00000: shorter"));
}

TEST(KeptRows, dropped_rows_leave_the_others_whole) {
    Rows rows(Schema{{"number", ColumnType::int64},
                     {"text", ColumnType::text},
                     {"real", ColumnType::float64},
                     {"items", ColumnType::float64_list}});
    std::vector<bool> kept;
    for (int row = 0; row < 10; ++row) {
        kept.push_back(row % 3 == 1);
        rows.columns[0].push_integer(row);
        row == 4 ? rows.columns[1].push_null()
                 : rows.columns[1].push_text(std::string(static_cast<std::size_t>(row), 'a'));
        rows.columns[2].push_float(row / 2.0);
        std::vector<double> items(static_cast<std::size_t>(row), row);
        std::vector<std::uint8_t> valid(items.size(), 1);
        rows.columns[3].push_list(items, valid);
    }
    keep_rows(rows, {});
    EXPECT_EQ(rows.count(), 10u);
    keep_rows(rows, kept);
    ASSERT_EQ(rows.count(), 3u);  // 1, 4, 7
    EXPECT_EQ(rows.columns[0].integers, (std::vector<std::int64_t>{1, 4, 7}));
    EXPECT_EQ(rows.columns[1].text(0), "a");
    EXPECT_TRUE(rows.columns[1].is_null(1));
    EXPECT_EQ(rows.columns[1].text(2), "aaaaaaa");
    EXPECT_EQ(rows.columns[2].floats, (std::vector<double>{0.5, 2, 3.5}));
    EXPECT_EQ(rows.columns[3].list(1).size(), 4u);
    EXPECT_EQ(rows.columns[3].list(2).back(), 7);
}

}  // namespace
}  // namespace pinflow::batch
