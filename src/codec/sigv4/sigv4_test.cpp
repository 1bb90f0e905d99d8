// SPDX-License-Identifier: Apache-2.0
// The signatures are those that AWS publishes with its example account, and those that botocore
// 1.44.8 and aws-msk-iam-sasl-signer-python 1.0.2 made of the same requests.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash.h"
#include "codec/sigv4/presign.h"
#include "codec/sigv4/signer.h"

namespace pinflow::sigv4 {
namespace {

const Credentials kSuite{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const Credentials kGuide{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
constexpr Timestamp kSuiteTime = 1'440'938'160'000;  // 2015-08-30T12:36:00Z
constexpr Timestamp kGuideTime = 1'369'353'600'000;  // 2013-05-24T00:00:00Z

std::string header(const std::vector<HttpHeader>& headers, std::string_view name) {
    for (const HttpHeader& one : headers)
        if (one.name == name) return one.value;
    return "<none>";
}

TEST(sigv4, times_are_written_as_aws_reads_them) {
    EXPECT_EQ(amz_date(kSuiteTime), "20150830T123600Z");
    EXPECT_EQ(amz_date(951'782'399'999), "20000228T235959Z");
    EXPECT_EQ(amz_date(951'782'400'000), "20000229T000000Z");
}

// "get-vanilla" of AWS's Signature Version 4 test suite.
TEST(sigv4, the_plainest_request_of_the_test_suite) {
    SignableRequest request{.host = "example.amazonaws.com", .payload_hash = payload_hash_of("")};
    auto added = sign(request, {"us-east-1", "service"}, kSuite, kSuiteTime);
    EXPECT_EQ(header(added, "Authorization"),
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
              "SignedHeaders=host;x-amz-date, "
              "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    EXPECT_EQ(header(added, "X-Amz-Content-Sha256"), "<none>");
}

// "Signature calculations for the Authorization header", Amazon S3 API Reference: GET Object.
TEST(sigv4, an_object_read_in_part) {
    SignableRequest request{.host = "examplebucket.s3.amazonaws.com",
                            .path = "/test.txt",
                            .headers = {{"Range", "bytes=0-9"}},
                            .payload_hash = payload_hash_of("")};
    auto added = sign(request, {"us-east-1", "s3"}, kGuide, kGuideTime);
    EXPECT_TRUE(header(added, "Authorization")
                    .ends_with("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                               "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6"
                               "036bdb41"))
        << header(added, "Authorization");
}

// The same page: GET Bucket (List Objects).
TEST(sigv4, query_parameters_are_sorted_and_encoded) {
    SignableRequest request{.host = "examplebucket.s3.amazonaws.com",
                            .query = {{"prefix", "J"}, {"max-keys", "2"}},
                            .payload_hash = payload_hash_of("")};
    auto added = sign(request, {"us-east-1", "s3"}, kGuide, kGuideTime);
    EXPECT_TRUE(header(added, "Authorization")
                    .ends_with("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef"
                               "69dc6f7"))
        << header(added, "Authorization");
    EXPECT_EQ(canonical_query({{"b", "x y/z"}, {"a", ""}, {"B", "\xc3\xa9~"}}),
              "B=%C3%A9~&a=&b=x%20y%2Fz");
}

// "Authenticating Requests: Using Query Parameters", Amazon S3 API Reference.
TEST(sigv4, a_link_to_an_object) {
    SignableRequest request{.host = "examplebucket.s3.amazonaws.com",
                            .path = "/test.txt",
                            .payload_hash = std::string(kUnsignedPayload)};
    EXPECT_EQ(presign(request, {"us-east-1", "s3"}, kGuide, kGuideTime, 86'400),
              "examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
              "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
              "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
              "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(sigv4, paths_are_encoded_once_more_except_for_s3) {
    auto text = [](bool is_s3) {
        return canonical_request("GET", "/a%20b/c", "", {{"Host", "h"}}, "x", is_s3).text;
    };
    EXPECT_EQ(text(true), "GET\n/a%20b/c\n\nhost:h\n\nhost\nx");
    EXPECT_EQ(text(false), "GET\n/a%2520b/c\n\nhost:h\n\nhost\nx");
}

TEST(sigv4, header_values_lose_their_spare_spaces_and_repeats_are_joined) {
    auto made = canonical_request(
        "GET", "/", "", {{"X-B", "  two  words\t"}, {"host", "h"}, {"x-b", "3"}}, "hash", false);
    EXPECT_EQ(made.text, "GET\n/\n\nhost:h\nx-b:two words,3\n\nhost;x-b\nhash");
    EXPECT_EQ(made.signed_headers, "host;x-b");
}

TEST(sigv4, a_temporary_account_signs_its_token) {
    Credentials temporary = kSuite;
    temporary.session_token = "token/with+signs==";
    SignableRequest request{.host = "h", .payload_hash = payload_hash_of("")};
    auto added = sign(request, {"r", "kinesis"}, temporary, kSuiteTime);
    EXPECT_EQ(header(added, "X-Amz-Security-Token"), "token/with+signs==");
    EXPECT_NE(header(added, "Authorization").find("host;x-amz-date;x-amz-security-token"),
              std::string::npos);
    EXPECT_NE(presign(request, {"r", "s3"}, temporary, kSuiteTime, 60)
                  .find("&X-Amz-Security-Token=token%2Fwith%2Bsigns%3D%3D&"),
              std::string::npos);
}

TEST(sigv4, sign_in_tokens_of_rds_and_msk) {
    EXPECT_EQ(rds_token("db.example.eu-west-1.rds.amazonaws.com", 3306, "project_user", "eu-west-1",
                        kSuite, kSuiteTime),
              "db.example.eu-west-1.rds.amazonaws.com:3306/?Action=connect"
              "&DBUser=project_user"
              "&X-Amz-Algorithm=AWS4-HMAC-SHA256"
              "&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Feu-west-1%2Frds-db%2Faws4_request"
              "&X-Amz-Date=20150830T123600Z"
              "&X-Amz-Expires=900"
              "&X-Amz-SignedHeaders=host"
              "&X-Amz-Signature=74793fee5cb67639ea37bcb4d22e78a70c1ab734e88647c826c96290a65dc4b0");
    MskToken token = msk_token("eu-west-1", kSuite, kSuiteTime);
    EXPECT_EQ(token.expires_ms, kSuiteTime + 900'000);
    EXPECT_EQ(token.text.find_first_of("+/="), std::string::npos);
    std::string padded = token.text;
    std::ranges::replace(padded, '-', '+');
    std::ranges::replace(padded, '_', '/');
    padded.append((4 - padded.size() % 4) % 4, '=');
    EXPECT_EQ(base64_decode(padded).value(),
              "https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster%3AConnect"
              "&X-Amz-Algorithm=AWS4-HMAC-SHA256"
              "&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Feu-west-1%2Fkafka-cluster%2Faws4_request"
              "&X-Amz-Date=20150830T123600Z"
              "&X-Amz-Expires=900"
              "&X-Amz-SignedHeaders=host"
              "&X-Amz-Signature=f28e8f5d58461eadd7f29727b37c00ba271af034a7d0c0c1510fa07467b22862"
              "&User-Agent=pinflow");
}

}  // namespace
}  // namespace pinflow::sigv4
