// SPDX-License-Identifier: Apache-2.0
#include "app/spark_on_s3.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class SparkOnS3Test : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = fs::temp_directory_path() / "pinflow-spark-s3-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        std::ofstream(folder_ / "keys.csv")
            << "Access key ID,Secret access key\nAKIDEXAMPLE,canary-secret\n";
        fs::permissions(folder_ / "keys.csv", fs::perms::owner_read | fs::perms::owner_write);
        set("aws.credentials_csv", folder_ / "keys.csv");
        set("s3.endpoint", "http://127.0.0.1:7070");
    }
    void TearDown() override { fs::remove_all(folder_); }

    void set(const char* name, const std::string& value) {
        Status done = settings_.set(name, value);
        ASSERT_TRUE(done) << done.error().text;
    }
    SparkOnS3 found(const std::vector<std::string>& places = {"s3a://posts/raw", "/tables"}) {
        auto told = spark_on_s3(settings_, places);
        if (!told) ADD_FAILURE() << told.error().text;
        return told.value_or(SparkOnS3{});
    }

    fs::path folder_;
    Settings settings_;
};

constexpr const char* kByEnvironment =
    "spark.hadoop.fs.s3a.aws.credentials.provider="
    "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider";

TEST_F(SparkOnS3Test, places_are_named_as_spark_names_them) {
    EXPECT_EQ(as_spark_names_it("s3://posts/raw/"), "s3a://posts/raw");
    EXPECT_EQ(as_spark_names_it("s3a://posts"), "s3a://posts");
    EXPECT_EQ(as_spark_names_it("/objects"), "/objects");
}

TEST_F(SparkOnS3Test, the_service_is_on_the_line_and_the_keys_in_the_environment) {
    SparkOnS3 told = found();
    EXPECT_THAT(told.properties,
                AllOf(Contains("spark.hadoop.fs.s3a.endpoint=http://127.0.0.1:7070"),
                      Contains("spark.hadoop.fs.s3a.endpoint.region=us-east-1"),
                      Contains("spark.hadoop.fs.s3a.path.style.access=true"),
                      Contains(HasSubstr("fs.s3a.retry.limit=")), Contains(kByEnvironment)));
    EXPECT_THAT(told.properties, Each(Not(HasSubstr("canary-secret"))));
    EXPECT_THAT(told.environment, AllOf(Contains(Pair("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")),
                                        Contains(Pair("AWS_SECRET_ACCESS_KEY", "canary-secret")),
                                        Contains(Pair("AWS_SESSION_TOKEN", ""))));
}

TEST_F(SparkOnS3Test, at_aws_the_bucket_is_in_the_hosts_name_of_its_region) {
    set("s3.endpoint", "");
    set("s3.region", "eu-west-1");
    SparkOnS3 told = found();
    EXPECT_THAT(told.properties, AllOf(Contains("spark.hadoop.fs.s3a.endpoint.region=eu-west-1"),
                                       Contains("spark.hadoop.fs.s3a.path.style.access=false"),
                                       Each(Not(HasSubstr("fs.s3a.endpoint=")))));
}

TEST_F(SparkOnS3Test, folders_need_neither_service_nor_keys) {
    set("aws.credentials_csv", folder_ / "none");
    EXPECT_TRUE(found({"/objects", "/tables"}).properties.empty());
    EXPECT_FALSE(spark_on_s3(settings_, {"/objects", "s3a://posts"}));
}

TEST_F(SparkOnS3Test, a_cluster_keeps_its_own_ways_to_sign_in) {
    set("spark.master", "spark://there:7077");
    EXPECT_THAT(found().properties, Each(Not(HasSubstr("credentials.provider"))));
}

TEST_F(SparkOnS3Test, whoever_says_how_to_sign_in_is_left_to_it) {
    set("aws.credentials_csv", folder_ / "none");
    set("spark.conf", "spark.hadoop.fs.s3a.aws.credentials.provider=com.example.Mine");
    EXPECT_TRUE(found().environment.empty());
    EXPECT_THAT(found().properties, Each(Not(HasSubstr("credentials.provider"))));
}

}  // namespace
}  // namespace pinflow::app
