// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remote/s3/url.h"

namespace pinflow::s3 {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string url_of(const std::string& endpoint, const std::string& region,
                   const std::string& bucket, AddressStyle style = AddressStyle::automatic) {
    auto address =
        address_of({.endpoint = endpoint, .region = region, .bucket = bucket, .style = style});
    if (!address) return address.error().text;
    EXPECT_TRUE(address->origin.ends_with("://" + address->host));
    return address->origin + address->path_of("a/é +k");
}

TEST(BucketAddress, of_aws_is_a_host_for_each_bucket) {
    EXPECT_EQ(url_of("", "eu-west-1", "posts"),
              "https://posts.s3.eu-west-1.amazonaws.com/a/%C3%A9%20%2Bk");
    EXPECT_EQ(url_of("", "cn-north-1", "posts"),
              "https://posts.s3.cn-north-1.amazonaws.com.cn/a/%C3%A9%20%2Bk");
    // "*.s3.…" does not cover two names, and no host has these.
    EXPECT_THAT(url_of("", "eu-west-1", "my.posts"), HasSubstr("amazonaws.com/my.posts/a/"));
    EXPECT_THAT(url_of("", "eu-west-1", "My_posts"), HasSubstr("amazonaws.com/My_posts/a/"));
}

TEST(BucketAddress, of_an_address_or_a_bare_name_has_the_bucket_in_its_path) {
    for (const char* endpoint : {"http://127.0.0.1:9000", "http://[::1]:9000", "http://minio:9000",
                                 "HTTP://LocalHost:9000/", "http://s3.localhost:9000"})
        EXPECT_THAT(url_of(endpoint, "", "posts"), HasSubstr(":9000/posts/a/")) << endpoint;
    EXPECT_THAT(url_of("https://s3.example.org", "", "posts"),
                HasSubstr("//posts.s3.example.org/a/"));
    EXPECT_THAT(url_of("https://s3.example.org", "", "posts", AddressStyle::path),
                HasSubstr("//s3.example.org/posts/a/"));
    EXPECT_THAT(url_of("http://minio:9000", "", "posts", AddressStyle::host),
                HasSubstr("//posts.minio:9000/a/"));
    EXPECT_THAT(url_of("https://s3.example.org:443", "", "posts"), Not(HasSubstr("443")));
    EXPECT_THAT(url_of("http://s3.example.org:443", "", "posts"), HasSubstr(":443/"));
}

TEST(BucketAddress, what_is_wrong_names_its_setting) {
    EXPECT_THAT(url_of("", "", "posts"), HasSubstr("s3.region: "));
    EXPECT_THAT(url_of("", "eu west", "posts"), HasSubstr("s3.region: "));
    EXPECT_THAT(url_of("", "eu-west-1", ""), HasSubstr("objects.url or tables.url: "));
    EXPECT_THAT(url_of("", "eu-west-1", "a/b"), HasSubstr("objects.url or tables.url: "));
    for (const char* endpoint :
         {"minio:9000", "ftp://minio", "http://", "http://minio:0", "http://minio:x",
          "http://minio/path", "http://[::1", "http://a b"})
        EXPECT_THAT(url_of(endpoint, "", "posts"), HasSubstr("s3.endpoint: ")) << endpoint;
    EXPECT_THAT(url_of("http://key:hidden@minio", "", "posts"), Not(HasSubstr("hidden")));
}

TEST(S3Url, is_a_bucket_and_a_prefix) {
    EXPECT_EQ(parse_s3_url("s3://posts").value(), (S3Url{"posts", ""}));
    EXPECT_EQ(parse_s3_url("s3://posts/").value(), (S3Url{"posts", ""}));
    EXPECT_EQ(parse_s3_url("S3A://posts/team/x/").value(), (S3Url{"posts", "team/x"}));
    EXPECT_EQ(parse_s3_url("s3n://user-1-bucket/é").value(), (S3Url{"user-1-bucket", "é"}));
    for (const char* wrong : {"", "posts", "s3:/posts", "s3://", "s3:///key", "gs://posts",
                              "s3://posts//x", "s3://posts/../x", "s3://po sts"})
        EXPECT_EQ(parse_s3_url(wrong).error().code, Errc::invalid_argument) << wrong;
    EXPECT_THAT(parse_s3_url("s3://key:hidden@posts/x").error().text, Not(HasSubstr("hidden")));
    EXPECT_TRUE(is_s3_url("s3a://x"));
    EXPECT_FALSE(is_s3_url("/s3://x"));
}

}  // namespace
}  // namespace pinflow::s3
