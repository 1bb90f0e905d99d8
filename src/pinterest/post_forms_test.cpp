// SPDX-License-Identifier: Apache-2.0
#include "pinterest/post_forms.h"

#include <gtest/gtest.h>

namespace pinflow::pinterest {
namespace {

using emulator::Road;

Pipeline two_kinds() {
    Pipeline pipeline;
    pipeline.kinds.push_back({.name = "pin", .source_table = "pinterest_data", .topic = "{user}.pin",
                              .stream = "streaming-{user}-pin"});
    pipeline.kinds.push_back({.name = "geo", .source_table = "geolocation_data", .topic = "{user}.geo",
                              .stream = "streaming-{user}-geo"});
    return pipeline;
}

TEST(PostForms, the_batch_road_posts_records_to_the_users_topics) {
    const Road roads[] = {Road::batch};
    auto forms = post_forms(two_kinds(), "0a1b2c", roads);
    ASSERT_EQ(forms.size(), 2);
    EXPECT_EQ(forms[0].table, "pinterest_data");
    EXPECT_EQ(forms[0].method + " " + forms[0].path, "POST /topics/0a1b2c.pin");
    EXPECT_EQ(forms[0].content_type, "application/vnd.kafka.json.v2+json");
    EXPECT_EQ(forms[0].before + "{}" + forms[0].after, R"({"records": [{"value": {}}]})");
    EXPECT_EQ(forms[1].path, "/topics/0a1b2c.geo");
}

TEST(PostForms, the_stream_road_puts_one_record_with_the_templates_partition_key) {
    const Road roads[] = {Road::stream};
    auto forms = post_forms(two_kinds(), "0a1b2c", roads);
    ASSERT_EQ(forms.size(), 2);
    EXPECT_EQ(forms[1].method + " " + forms[1].path, "PUT /streams/streaming-0a1b2c-geo/record");
    EXPECT_EQ(forms[1].content_type, "application/json");
    EXPECT_EQ(forms[1].before + "{}" + forms[1].after,
              R"({"StreamName": "streaming-0a1b2c-geo", "Data": {}, "PartitionKey": "partition-1"})");
}

TEST(PostForms, both_roads_come_one_after_the_other) {
    const Road roads[] = {Road::batch, Road::stream};
    auto forms = post_forms(two_kinds(), "u", roads);
    ASSERT_EQ(forms.size(), 4);
    EXPECT_EQ(forms[1].road, Road::batch);
    EXPECT_EQ(forms[2].road, Road::stream);
}

TEST(PostForms, an_odd_user_breaks_neither_path_nor_body) {
    const Road roads[] = {Road::stream};
    auto form = post_forms(two_kinds(), "a \"b/é", roads)[0];
    EXPECT_EQ(form.path, "/streams/streaming-a%20%22b%2F%C3%A9-pin/record");
    EXPECT_TRUE(form.before.starts_with(R"({"StreamName": "streaming-a \"b/\u00e9-pin",)")) << form.before;
}

}  // namespace
}  // namespace pinflow::pinterest
