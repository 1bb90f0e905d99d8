// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/hash.h"
#include "codec/kinesis/put_body.h"
#include "codec/kinesis/shard_iterator.h"

namespace pinflow::kinesis {
namespace {

TEST(put_body, data_is_the_json_text_as_input_json_gives_it) {
    struct {
        const char* sent;
        const char* stored;
    } const table[] = {
        {R"({"Data": {"b" : 1, "a" : [ ] }, "PartitionKey":"p"})", R"({"b":1,"a":[]})"},
        {R"({"Data": "text \u00e9 \"q\"", "PartitionKey":"p"})", "\"text \xC3\xA9 \\\"q\\\"\""},
        {R"({"Data": 1.50, "PartitionKey":"p"})", "1.50"},
        {R"({"Data": null, "PartitionKey":"p"})", "null"},
        {R"({"PartitionKey":"p", "Data": true, "Other": {"Data": 1}})", "true"},
    };
    for (const auto& row : table) {
        auto put = parse_put_record(row.sent);
        ASSERT_TRUE(put) << put.error().text;
        EXPECT_EQ(put->data, row.stored);
        EXPECT_EQ(put->partition_key, "p");
    }
}

TEST(put_body, what_is_absent_is_seen_to_be_absent) {
    auto put = parse_put_record("{}");
    EXPECT_EQ(put->data, std::nullopt);
    EXPECT_EQ(put->partition_key, "");
    EXPECT_EQ(*parse_put_records("{}"), std::nullopt);
    EXPECT_TRUE((*parse_put_records(R"({"records":[]})"))->empty());
    EXPECT_FALSE(parse_put_records(R"({"records":{}})"));
    EXPECT_FALSE(parse_put_records(R"({"records":[1]})"));
    EXPECT_FALSE(parse_put_record("[]"));
    EXPECT_FALSE(parse_put_record("{} {}"));
}

TEST(put_body, data_may_be_as_deep_as_a_stored_json_may_be) {
    auto nested = [](std::size_t depth) {
        return R"({"records":[{"partition-key":"p","data":)" + std::string(depth, '[') +
               std::string(depth, ']') + "}]}";
    };
    EXPECT_TRUE(parse_put_records(nested(64)));
    EXPECT_FALSE(parse_put_records(nested(65)));
}

TEST(put_body, shard_count_is_a_number_or_its_digits) {
    EXPECT_EQ(*parse_shard_count(R"({"ShardCount":3})"), 3);
    EXPECT_EQ(*parse_shard_count(R"({"ShardCount":"3"})"), 3);
    for (const char* body : {"", " \n", "{}", R"({"ShardCount":null})", R"({"ShardCount":""})"}) {
        EXPECT_EQ(*parse_shard_count(body), std::nullopt) << body;
    }
    for (const char* body :
         {"x", R"({"ShardCount":"x"})", R"({"ShardCount":1.5})", R"({"ShardCount":[]})"}) {
        EXPECT_FALSE(parse_shard_count(body)) << body;
    }
}

TEST(shard_iterator, what_is_written_is_read) {
    ShardIterator iterator{.stream = "s",
                           .shard_id = "shardId-000000000002",
                           .position = std::string("\0\xFF", 2),
                           .issued_ms = 1'700'000'000'123};
    EXPECT_EQ(read_iterator(write_iterator(iterator)), iterator);
    EXPECT_EQ(read_iterator(write_iterator({})), ShardIterator{});
}

TEST(shard_iterator, every_change_of_a_byte_and_every_cut_is_refused) {
    std::string bytes = *base64_decode(write_iterator({"stream", "shard", "position", 5}));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(read_iterator(base64_encode(changed))) << i;
        EXPECT_FALSE(read_iterator(base64_encode(bytes.substr(0, i)))) << i;
    }
    EXPECT_FALSE(read_iterator(base64_encode(bytes + "x")));
    EXPECT_FALSE(read_iterator("not base64!"));
    EXPECT_FALSE(read_iterator(std::string(1 << 20, 'A')));
}

}  // namespace
}  // namespace pinflow::kinesis
