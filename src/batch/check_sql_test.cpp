// SPDX-License-Identifier: Apache-2.0
#include "batch/check_sql.h"

#include "batch/batch_fixture_test.h"

namespace pinflow::batch {
namespace {

TEST(CheckSql, the_committed_pipeline_has_no_problem) {
    engine::DuckDbEngine engine;
    auto problems = check_pipeline_sql(committed_pipeline(), engine);
    ASSERT_TRUE(problems) << problems.error().text;
    EXPECT_THAT(*problems, testing::IsEmpty());
}

TEST(CheckSql, each_problem_names_its_file_and_what_the_engine_says) {
    engine::DuckDbEngine engine;
    Pipeline pipeline = committed_pipeline();
    pipeline.kinds[0].clean_sql = "select index as ind from raw";
    pipeline.kinds[1].clean_sql = "select cuontry from raw";
    pipeline.questions[2].sql = "select ctegory from pin";
    auto problems = check_pipeline_sql(pipeline, engine);
    ASSERT_TRUE(problems) << problems.error().text;
    ASSERT_EQ(problems->size(), 3u);
    EXPECT_THAT((*problems)[0], testing::HasSubstr("pin.sql: gives the columns ind;"));
    EXPECT_THAT((*problems)[1],
                testing::AllOf(testing::HasSubstr("geo.sql"), testing::HasSubstr("country")));
    EXPECT_THAT((*problems)[2], testing::AllOf(testing::HasSubstr(pipeline.questions[2].file),
                                               testing::HasSubstr("category")));
}

}  // namespace
}  // namespace pinflow::batch
