// SPDX-License-Identifier: Apache-2.0
#include "sink/object_builder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sink/object_names.h"
#include "sink/partition_state.h"

namespace pinflow::sink {
namespace {

std::string batch_at(Offset base, const std::vector<std::optional<std::string>>& values) {
    std::vector<Record> records;
    for (const auto& value : values)
        records.push_back({.key = "k", .value = value, .timestamp_ms = 7});
    std::string batch = kafka::build_batch(std::span<const Record>(records));
    kafka::set_base_offset(batch, base);
    return batch;
}

BuiltObject build(std::string_view batches, OffsetRange range,
                  NullValues nulls = NullValues::ignore) {
    ObjectBuilder builder({"t", 0}, range.first, nulls);
    EXPECT_TRUE(builder.add(
        batches, range.end, [](const BuiltObject&) { return false; },
        [](BuiltObject) { return true; }));
    return builder.close();
}

TEST(ObjectNames, are_those_of_the_s3_sink_connector) {
    EXPECT_EQ(object_key("topics", {"u.pin", 0}, 0),
              "topics/u.pin/partition=0/u.pin+0+0000000000.json");
    EXPECT_EQ(object_key("a/b", {"t", 12}, 34'567), "a/b/t/partition=12/t+12+0000034567.json");
    EXPECT_EQ(object_key("topics", {"t", 0}, 12'345'678'901),
              "topics/t/partition=0/t+0+12345678901.json");
    EXPECT_EQ(dead_letter_key("topics", {"t", 0}, 5),
              "topics-dead/t/partition=0/t+0+0000000005.json");
    EXPECT_EQ(key_of_later_topic("x/t+0+0000000000.json", {1'700, ""}),
              "x/t+0+0000000000.g1700.json");
    EXPECT_EQ(key_of_later_topic("x/t+0+0000000000.json", {0, "cluster/Id-_1"}),
              "x/t+0+0000000000.gId-_1.json");
}

TEST(ObjectBuilder, makes_one_compact_line_a_record) {
    std::string batches =
        batch_at(0, {R"({"a":1,"b":[1.50,"\u00e9"]})", " {\n \"c\" : null } ", "5"});
    EXPECT_EQ(build(batches, {0, 3}).lines, "{\"a\":1,\"b\":[1.50,\"é\"]}\n{\"c\":null}\n5\n");
}

TEST(ObjectBuilder, takes_exactly_the_range_whatever_the_batches) {
    std::string batches =
        batch_at(0, {"0", "1", "2"}) + batch_at(3, {"3"}) + batch_at(4, {"4", "5"});
    BuiltObject object = build(batches, {1, 5});
    EXPECT_EQ(object.lines, "1\n2\n3\n4\n");
    EXPECT_EQ(object.first_line, 1);
    EXPECT_EQ(object.range.first, 1);
    EXPECT_EQ(object.range.end, 5);
}

TEST(ObjectBuilder, tombstones_are_covered_and_counted_or_written) {
    std::string batches = batch_at(10, {std::nullopt, "1", std::nullopt});
    BuiltObject ignored = build(batches, {10, 13});
    EXPECT_EQ(ignored.lines, "1\n");
    EXPECT_EQ(ignored.first_line, 11);
    EXPECT_EQ(ignored.null_count, 2);
    EXPECT_EQ(ignored.range.end, 13);
    EXPECT_EQ(build(batches, {10, 13}, NullValues::write).lines, "null\n1\nnull\n");
}

TEST(ObjectBuilder, what_is_not_json_is_kept_whole_and_apart) {
    std::string batches = batch_at(0, {"{\"a\":", "{}", std::string("\xff\x00", 2)});
    BuiltObject object = build(batches, {0, 3});
    EXPECT_EQ(object.lines, "{}\n");
    EXPECT_EQ(object.first_line, 1);
    EXPECT_EQ(object.first_dead, 0);
    EXPECT_EQ(object.dead_count, 2);
    EXPECT_NE(object.dead.find(R"("offset":0,"timestamp":7,)"), std::string::npos) << object.dead;
    EXPECT_NE(object.dead.find(R"("key_base64":"aw==","value_base64":"eyJhIjo=")"),
              std::string::npos)
        << object.dead;
    EXPECT_NE(object.dead.find(R"("value_base64":"/wA=")"), std::string::npos) << object.dead;
    EXPECT_EQ(std::ranges::count(object.dead, '\n'), 2);
}

TEST(ObjectBuilder, damage_is_an_error_and_no_object) {
    std::string batches = batch_at(0, {"1", "2"});
    batches.back() ^= 1;
    ObjectBuilder builder({"t", 0}, 0, NullValues::ignore);
    Status added = builder.add(
        batches, 2, [](const BuiltObject&) { return false; }, [](BuiltObject) { return true; });
    EXPECT_EQ(added.error().code, Errc::corrupt);
}

TEST(PartitionState, is_read_as_it_was_written_and_refused_when_it_cannot_be_true) {
    PartitionState state;
    state.topic_life = {5, "cluster/id"};
    state.next = 12;
    state.promised = {{3, 4}, {4, 12}};
    state.null_values = NullValues::write;
    state.topics_dir = "a \"b\"/é";
    auto read = PartitionState::decode(PartitionState::encode(state)).value();
    EXPECT_EQ(PartitionState::encode(read), PartitionState::encode(state));
    EXPECT_EQ(read.topic_life.id, "cluster/id");
    EXPECT_EQ(read.promised.size(), 2u);
    EXPECT_EQ(PartitionState::decode(R"({"next":5,"promised":[1,2,3,5]})").error().code,
              Errc::corrupt);
    EXPECT_EQ(PartitionState::decode(R"({"next":6,"promised":[1,5]})").error().code, Errc::corrupt);
    EXPECT_FALSE(PartitionState::decode("{\"next\":").has_value());
    EXPECT_EQ(partition_of_state_key(state_key({"u.pin", 3})).value(),
              (TopicPartition{"u.pin", 3}));
}

}  // namespace
}  // namespace pinflow::sink
