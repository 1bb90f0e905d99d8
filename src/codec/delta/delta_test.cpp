// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/delta/actions.h"
#include "codec/delta/names.h"
#include "codec/delta/schema_json.h"
#include "codec/delta/statistics.h"

namespace pinflow::delta {
namespace {

using testing::HasSubstr;

Result<AddFile> read_one_add(std::string_view line) {
    TRY(auto actions, read_actions(line));
    EXPECT_EQ(actions.size(), 1U);
    return std::get<AddFile>(actions.at(0));
}

TEST(DeltaActions, every_action_reads_back_as_written) {
    std::vector<Action> actions{
        CommitInfo{.time_ms = 5,
                   .operation = "WRITE",
                   .parameters = {{"mode", "Append"}},
                   .metrics = {{"numFiles", "1"}},
                   .engine = "e \"1\"",
                   .transaction_id = "t"},
        Protocol{.min_reader_version = 3,
                 .min_writer_version = 7,
                 .reader_features = {"a"},
                 .writer_features = {"a", "b"}},
        Protocol{},
        MetaData{.id = "i",
                 .schema = write_schema({{"q\"\\\n", ColumnType::text}}),
                 .partition_columns = {"p"},
                 .configuration = {{"delta.appendOnly", "true"}},
                 .created_time_ms = 7},
        Transaction{.app_id = "app/é", .version = INT64_MAX, .updated_ms = 8},
        RemoveFile{.path = "a b%.parquet", .deleted_ms = 9, .bytes = 3},
        AddFile{.path = "c?#.parquet",
                .bytes = UINT64_MAX >> 1,
                .modified_ms = 1'700'000'000'000,
                .data_change = false,
                .stats = R"({"numRecords":1})",
                .tags = {{"topic \t", "1-2"}},
                .partition_values = {{"p", std::nullopt}, {"q", "1"}}},
    };
    std::string lines = write_actions(actions);
    EXPECT_EQ(std::ranges::count(lines, '\n'), 7);
    auto read = read_actions(lines);
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(*read, actions);
}

TEST(DeltaActions, the_bytes_are_those_of_the_protocol) {
    EXPECT_EQ(write_actions({Protocol{}}),
              "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n");
    EXPECT_EQ(
        write_actions({AddFile{
            .path = "x.parquet", .bytes = 4, .modified_ms = 5, .stats = R"({"numRecords":1})"}}),
        R"({"add":{"path":"x.parquet","partitionValues":{},"size":4,"modificationTime":5,)"
        R"("dataChange":true,"stats":"{\"numRecords\":1}"}})"
        "\n");
}

TEST(DeltaActions, unknown_actions_fields_and_blank_lines_are_passed_over) {
    auto read = read_actions(
        "{\"futureAction\":{\"x\":1}}\n\n"
        "{\"cdc\":{\"path\":\"c\"}}\n"
        "{\"txn\":{\"appId\":\"a\",\"version\":1,\"news\":[1]},\"add\":null}");
    ASSERT_TRUE(read) << read.error().text;
    ASSERT_EQ(read->size(), 1U);
    EXPECT_EQ(std::get<Transaction>(read->front()).version, 1);
}

TEST(DeltaActions, a_broken_line_is_corrupt_and_named) {
    for (const char* line : {"{\"add\":{\"path\":\"x\"", "[1]", "nonsense", "{\"add\":{}}",
                             "{\"metaData\":{\"id\":\"x\"}}", "{\"protocol\":{}}",
                             "{\"txn\":{\"appId\":\"a\"}}", "{\"add\":{\"path\":\"a%2\"}}"}) {
        auto read = read_actions("{\"x\":{}}\n" + std::string(line) + "\n");
        ASSERT_FALSE(read) << line;
        EXPECT_EQ(read.error().code, Errc::corrupt) << line;
        EXPECT_THAT(read.error().text, HasSubstr("line 2")) << line;
    }
}

TEST(DeltaActions, sidecars_are_refused_by_their_feature) {
    auto read = read_actions(R"({"sidecar":{"path":"x.parquet"}})");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::unsupported);
    EXPECT_THAT(read.error().text, HasSubstr("v2Checkpoint"));
}

TEST(DeltaActions, errors_of_other_writers_are_understood) {
    auto add = read_one_add(R"({"add":{"path":"x","size":1,"modificationTime":1790000000,)"
                            R"("stats":{"stats_json":"{\"numRecords\":5}"},"dataChange":true}})");
    ASSERT_TRUE(add);
    EXPECT_EQ(add->modified_ms, 1'790'000'000'000);
    EXPECT_EQ(row_count_of(add->stats), 5);

    add = read_one_add(R"({"add":{"path":"x","stats":{ "numRecords": 6 }}})");
    ASSERT_TRUE(add);
    EXPECT_EQ(row_count_of(add->stats), 6);
}

TEST(DeltaActions, a_deletion_vector_is_seen) {
    auto add = read_one_add(R"({"add":{"path":"x","deletionVector":{"storageType":"u"}}})");
    ASSERT_TRUE(add);
    EXPECT_TRUE(add->has_deletion_vector);
}

TEST(DeltaNames, versions_have_twenty_digits) {
    EXPECT_EQ(commit_name(0), "00000000000000000000.json");
    EXPECT_EQ(commit_version(commit_name(123456)), 123456);
    EXPECT_EQ(checkpoint_name(10), "00000000000000000010.checkpoint.parquet");
    for (const char* other : {"0.json", "0000000000000000000x.json", "00000000000000000010.crc",
                              "00000000000000000010.checkpoint.parquet", "_last_checkpoint",
                              "-0000000000000000001.json", ""})
        EXPECT_FALSE(commit_version(other)) << other;
}

TEST(DeltaNames, paths_are_uri_encoded) {
    EXPECT_EQ(encode_path("a b%é/c=1.parquet"), "a%20b%25%C3%A9/c=1.parquet");
    EXPECT_EQ(decode_path("a%20b%25%C3%a9/c=1.parquet"), "a b%é/c=1.parquet");
    for (const char* broken : {"%", "%2", "%zz", "%-1"}) EXPECT_FALSE(decode_path(broken));
}

TEST(DeltaNames, last_checkpoint_reads_back_and_others_are_understood) {
    LastCheckpoint last{.version = 100, .action_count = 204};
    EXPECT_EQ(read_last_checkpoint(write_last_checkpoint(last)), last);
    auto foreign = read_last_checkpoint(R"({"version":7,"parts":2,"checksum":"x"})");
    ASSERT_TRUE(foreign);
    EXPECT_EQ(foreign->parts, 2);
    EXPECT_TRUE(read_last_checkpoint(R"({"version":7,"v2Checkpoint":{"path":"u"}})")->is_v2);
    EXPECT_EQ(read_last_checkpoint("{}").error().code, Errc::corrupt);
}

TEST(DeltaSchema, every_type_reads_back_as_written) {
    Schema columns{{"b", ColumnType::boolean},   {"i", ColumnType::int32},
                   {"l", ColumnType::int64},     {"f", ColumnType::float64},
                   {"t \"x", ColumnType::text},  {"y", ColumnType::binary},
                   {"s", ColumnType::timestamp}, {"a", ColumnType::float64_list}};
    auto read = read_schema(write_schema(columns));
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->columns, columns);
    EXPECT_FALSE(read->has_demands);
}

TEST(DeltaSchema, other_types_are_refused_by_column_and_type) {
    auto read = read_schema(
        R"~({"type":"struct","fields":[{"name":"d","type":"decimal(10,2)","nullable":true}]})~");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::unsupported);
    EXPECT_THAT(read.error().text, HasSubstr("column d is of type \"decimal(10,2)\""));
    EXPECT_EQ(read_schema("{}").error().code, Errc::corrupt);
    EXPECT_EQ(read_schema("").error().code, Errc::corrupt);
}

TEST(DeltaSchema, demands_on_writers_are_seen) {
    auto schema = [](std::string_view rest) {
        return read_schema(R"({"type":"struct","fields":[{"name":"d","type":"long",)" +
                           std::string(rest) + "}]}");
    };
    EXPECT_TRUE(schema(R"("nullable":false)")->has_demands);
    EXPECT_TRUE(schema(R"("nullable":true,"metadata":{"delta.invariants":"x"})")->has_demands);
    EXPECT_FALSE(schema(R"("nullable":true,"metadata":{"comment":"x"})")->has_demands);
}

TEST(DeltaStatistics, absent_bounds_stay_absent) {
    std::string text = write_statistics(
        {.row_count = 3, .columns = {{"i", 1, "1", "2"}, {"n\"", 3, std::nullopt, std::nullopt}}});
    EXPECT_EQ(text, R"({"numRecords":3,"minValues":{"i":1},"maxValues":{"i":2},)"
                    R"("nullCount":{"i":1,"n\"":3}})");
    EXPECT_EQ(row_count_of(text), 3);
    EXPECT_FALSE(row_count_of("{}"));
    EXPECT_FALSE(row_count_of("{"));
}

}  // namespace
}  // namespace pinflow::delta
