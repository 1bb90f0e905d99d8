// SPDX-License-Identifier: Apache-2.0
// What every request does: it is signed, tried again, and its errors say what to do.
#include "remote/s3/s3_client.h"

#include "remote/s3/scripted_store_fixture.h"

namespace pinflow::s3 {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class S3ClientTest : public ScriptedStore {};

TEST_F(S3ClientTest, a_request_is_signed_with_its_headers_and_its_body) {
    ASSERT_TRUE(put(PutIf::absent));
    auto request = server.seen().at(0);
    EXPECT_EQ(request.line(), "PUT /posts/k HTTP/1.1");
    EXPECT_EQ(request.body, "bytes");
    EXPECT_EQ(header(request, "If-None-Match"), "*");
    EXPECT_EQ(header(request, "Content-MD5"), "SzpiGLs+OnMD6KFxpg/Pkg==");
    EXPECT_EQ(header(request, "X-Amz-Content-Sha256"), sigv4::payload_hash_of("bytes"));
    EXPECT_EQ(header(request, "X-Amz-Security-Token"), "the-token");
    EXPECT_THAT(header(request, "Authorization"),
                HasSubstr("/us-east-1/s3/aws4_request, SignedHeaders=content-md5;content-type;host;"
                          "if-none-match;x-amz-content-sha256;x-amz-date;x-amz-meta-pinflow-put;"
                          "x-amz-security-token, Signature="));
    EXPECT_THAT(request.head, Not(HasSubstr(kSecret)));
}

TEST_F(S3ClientTest, without_an_access_key_requests_go_unsigned) {
    credentials = {};
    ASSERT_TRUE(put());
    EXPECT_EQ(header(server.seen().at(0), "Authorization"), "");
}

TEST_F(S3ClientTest, overload_and_failures_of_the_store_are_waited_out) {
    script({refusal(503, "SlowDown"), refusal(500, "InternalError"), refusal(400, "RequestTimeout"),
            reply(502, "", "<html>bad gateway</html>"), silence(), ok()});
    Status done = put();
    ASSERT_TRUE(done) << done.error().text;
    ASSERT_EQ(waits.size(), 5u);
    milliseconds longest = kWaitFirst;
    for (milliseconds wait : waits) {
        EXPECT_GE(wait, longest / 2);
        EXPECT_LE(wait, longest);
        longest = std::min(kWaitMax, longest * 2);
    }
    EXPECT_EQ(asked_credentials, 6);  // they may be new ones each time
}

TEST_F(S3ClientTest, the_server_says_how_long_to_wait_within_bounds) {
    script({reply(503, "Retry-After: 7\r\n"), reply(503, "Retry-After: 99999999999\r\n"),
            reply(503, "Retry-After: -1\r\n"), ok()});
    ASSERT_TRUE(put());
    ASSERT_EQ(waits.size(), 3u);
    EXPECT_EQ(waits[0], milliseconds(7'000));
    EXPECT_EQ(waits[1], kRetryAfterMax);
    EXPECT_LE(waits[2], kWaitMax);
}

TEST_F(S3ClientTest, tries_end) {
    script({refusal(503, "SlowDown")});
    Status done = put();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::unavailable);
    EXPECT_THAT(done.error().text, HasSubstr("tried 8 times"));
    EXPECT_EQ(server.seen().size(), static_cast<std::size_t>(kTriesMax));
}

TEST_F(S3ClientTest, no_try_begins_when_patience_is_over) {
    script({reply(503, "Retry-After: 30\r\n")});
    ASSERT_FALSE(put());
    EXPECT_EQ(server.seen().size(), 4u);  // 3 waits of 30 s
}

TEST_F(S3ClientTest, a_deaf_port_is_unavailable_and_names_the_setting) {
    net::DeafPort deaf;
    S3Settings settings{.endpoint = deaf.url(), .bucket = "posts"};
    settings.credentials = [this] { return credentials; };
    settings.wait = [](milliseconds) { return true; };
    auto deaf_store = S3Store::open(settings, files, clock).value();
    auto got = run_here(deaf_store->get("k", {}));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::unavailable);
    EXPECT_THAT(got.error().text, HasSubstr("s3.endpoint"));
}

TEST_F(S3ClientTest, a_stop_cuts_a_request_and_the_waiting) {
    script({{"", net::Reply::Then::hold}});
    std::jthread stopper([this] {
        server.wait_for_requests(1);
        stop.request_stop();
    });
    EXPECT_EQ(get().error().code, Errc::cancelled);
    EXPECT_EQ(get().error().code, Errc::cancelled);
    EXPECT_TRUE(waits.empty());
}

TEST_F(S3ClientTest, more_calls_than_connections_wait_their_turn) {
    open({.connections_max = 2});
    std::vector<std::jthread> callers;
    std::atomic<int> done = 0;
    for (int i = 0; i < 8; ++i) {
        callers.emplace_back([&] {
            for (int round = 0; round < 5; ++round)
                if (run_here(store->remove("k"))) ++done;
        });
    }
    callers.clear();
    EXPECT_EQ(done, 40);
    EXPECT_LE(server.connection_count(), 2);
}

TEST_F(S3ClientTest, a_clock_that_is_off_is_set_by_the_servers_date_once) {
    // The hand clock begins in 2026 at the earliest; the server's is in 2030.
    auto skewed = refusal(403, "RequestTimeTooSkewed");
    std::size_t at = skewed.bytes.find("\r\n") + 2;
    skewed.bytes.insert(at, "Date: Wed, 02 Jan 2030 03:04:05 GMT\r\n");
    script({skewed, ok(), ok()});
    Status done = put();
    ASSERT_TRUE(done) << done.error().text;
    ASSERT_TRUE(put());
    EXPECT_NE(header(server.seen().at(0), "X-Amz-Date"), "20300102T030405Z");
    EXPECT_EQ(header(server.seen().at(1), "X-Amz-Date"), "20300102T030405Z");
    EXPECT_EQ(header(server.seen().at(2), "X-Amz-Date"), "20300102T030405Z");
    EXPECT_TRUE(waits.empty());
    // It was not the clock: it is not set twice for one request.
    auto again = skewed;
    again.bytes.replace(again.bytes.find("2030"), 4, "2035");
    auto once_more = skewed;
    once_more.bytes.replace(once_more.bytes.find("2030"), 4, "2040");
    script({again, once_more});
    Status refused = put();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::permission);
    EXPECT_THAT(refused.error().text, HasSubstr("clock"));
    EXPECT_EQ(server.seen().size(), 5u);
}

TEST_F(S3ClientTest, expired_credentials_are_asked_for_anew) {
    answer = [this](const net::SeenRequest& request) {
        if (header(request, "X-Amz-Security-Token") == "fresh") return ok();
        credentials.session_token = "fresh";
        return refusal(400, "ExpiredToken");
    };
    EXPECT_TRUE(put());
    EXPECT_EQ(server.seen().size(), 2u);
    script({refusal(400, "ExpiredToken")});  // and there are no others now
    Status refused = put();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::permission);
    EXPECT_THAT(refused.error().text, HasSubstr("get new credentials"));
    EXPECT_EQ(server.seen().size(), 3u);
}

TEST_F(S3ClientTest, who_cannot_say_the_credentials_is_quoted) {
    S3Settings settings{.endpoint = server.url(), .bucket = "posts"};
    settings.credentials = []() -> Result<sigv4::Credentials> {
        return fail(Errc::not_found, "no credentials: set AWS_ACCESS_KEY_ID");
    };
    auto nobody = S3Store::open(settings, files, clock).value();
    EXPECT_THAT(run_here(nobody->head("k")).error().text, HasSubstr("AWS_ACCESS_KEY_ID"));
    EXPECT_TRUE(server.seen().empty());
}

struct Refused {
    int status;
    const char* s3_code;
    Errc code;
    const char* advice;
};

class S3Refusals : public ScriptedStore, public testing::WithParamInterface<Refused> {};

TEST_P(S3Refusals, name_the_object_the_endpoint_and_what_to_change_and_no_secret) {
    const Refused& refused = GetParam();
    script({refusal(refused.status, refused.s3_code,
                    fmt::format("<AWSAccessKeyId>the-key</AWSAccessKeyId><StringToSign>{}"
                                "</StringToSign><Region>eu-west-3</Region>",
                                kSecret))});
    auto got = get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, refused.code) << got.error().text;
    EXPECT_THAT(got.error().text, HasSubstr(refused.s3_code));
    EXPECT_THAT(got.error().text, HasSubstr(refused.advice));
    EXPECT_THAT(got.error().text, HasSubstr("object 'k' of bucket posts at " + server.url()));
    EXPECT_THAT(got.error().text, Not(HasSubstr(kSecret)));
    EXPECT_THAT(got.error().text, Not(HasSubstr("the-token")));
    EXPECT_THAT(got.error().text, Not(HasSubstr("\n")));
    EXPECT_EQ(server.seen().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Codes, S3Refusals,
    testing::Values(Refused{404, "NoSuchKey", Errc::not_found, ""},
                    Refused{404, "NoSuchBucket", Errc::invalid_argument, "objects.url"},
                    Refused{403, "AccessDenied", Errc::permission, "s3:ListBucket"},
                    Refused{403, "InvalidAccessKeyId", Errc::permission, "s3.endpoint"},
                    Refused{403, "SignatureDoesNotMatch", Errc::permission, "secret access key"},
                    Refused{301, "PermanentRedirect", Errc::invalid_argument,
                            "set s3.region to eu-west-3"},
                    Refused{400, "AuthorizationHeaderMalformed", Errc::invalid_argument,
                            "set s3.region to eu-west-3"},
                    Refused{403, "InvalidObjectState", Errc::unsupported, "restore it"},
                    Refused{501, "NotImplemented", Errc::unsupported, "lacks"},
                    Refused{507, "InsufficientStorage", Errc::no_space, ""},
                    Refused{418, "NeverHeardOf", Errc::internal, "s3.endpoint"}));

TEST_F(S3ClientTest, the_region_is_read_from_the_header_where_there_is_no_body) {
    script({{"HTTP/1.1 301 X\r\nContent-Length: 0\r\nx-amz-bucket-region: ap-south-1\r\n\r\n"}});
    auto head = run_here(store->head("k"));
    ASSERT_FALSE(head);
    EXPECT_THAT(head.error().text, HasSubstr("set s3.region to ap-south-1"));
}

TEST_F(S3ClientTest, keys_outside_the_grammar_ask_nothing) {
    for (const char* key : {"", "/a", "a//b", ".."}) {
        EXPECT_THAT(run_here(store->get(key, {})).error().text, HasSubstr("InvalidKey"));
        EXPECT_THAT(run_here(store->put_file(key, "none", PutIf::always)).error().text,
                    HasSubstr("InvalidKey"));
    }
    open({.prefix = std::string(200, 'p')});
    std::string long_key;
    for (int i = 0; i < 5; ++i) long_key += std::string(199, 'k') + (i < 4 ? "/" : "");
    EXPECT_THAT(run_here(store->head(long_key)).error().text, HasSubstr("InvalidKey"));
    EXPECT_TRUE(server.seen().empty());
}

TEST_F(S3ClientTest, every_key_lies_below_the_prefix) {
    open({.prefix = "team/posts"});
    ASSERT_TRUE(put());
    ASSERT_TRUE(run_here(store->remove("k")));
    script({reply(200, "",
                  "<ListBucketResult><IsTruncated>false</IsTruncated>"
                  "<Contents><Key>team/posts/a/b</Key><Size>3</Size></Contents>"
                  "<Contents><Key>team/posts/a/</Key><Size>0</Size></Contents>"
                  "</ListBucketResult>")});
    auto found = run_here(store->list("a")).value();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].key, "a/b");
    EXPECT_EQ(found[0].bytes, 3u);
    EXPECT_THAT(lines(), ElementsAre("PUT /posts/team/posts/k", "DELETE /posts/team/posts/k",
                                     "GET /posts?encoding-type=url&list-type=2&max-keys=1000&"
                                     "prefix=team%2Fposts%2Fa"));
}

TEST_F(S3ClientTest, listings_go_from_page_to_page_and_come_out_in_order) {
    auto page = [](const char* key, const char* rest) {
        return reply(200, "",
                     fmt::format("<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>"
                                 "{}</Key><Size>1</Size><LastModified>2026-01-02T03:04:05.678Z"
                                 "</LastModified></Contents>{}</ListBucketResult>",
                                 key, rest));
    };
    const char* more =
        "<IsTruncated>true</IsTruncated><NextContinuationToken>a/+b"
        "</NextContinuationToken>";
    script({page("t%2Fb%2B+%C3%A9", more), page("t%2Fa", "<IsTruncated>false</IsTruncated>")});
    auto found = run_here(store->list("t/")).value();
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].key, "t/a");
    EXPECT_EQ(found[1].key, "t/b+ é");
    EXPECT_EQ(found[1].modified_ms, 1'767'323'045'678);
    EXPECT_THAT(lines().at(1), HasSubstr("continuation-token=a%2F%2Bb"));
    script({page("t%2Fa", more)});
    EXPECT_EQ(run_here(store->list("t/")).error().code, Errc::corrupt);  // it turns in a circle
    script({page("t%2Fa", "<IsTruncated>true</IsTruncated>")});
    EXPECT_EQ(run_here(store->list("t/")).error().code, Errc::corrupt);
    script({reply(200, "", "<ListBucketResult><Contents>")});
    EXPECT_EQ(run_here(store->list("t/")).error().code, Errc::corrupt);
}

TEST_F(S3ClientTest, removing_what_is_not_there_is_ok) {
    script({refusal(404, "NoSuchKey")});
    EXPECT_TRUE(run_here(store->remove("k")));
    script({refusal(403, "AccessDenied")});
    EXPECT_EQ(run_here(store->remove("k")).error().code, Errc::permission);
}

}  // namespace
}  // namespace pinflow::s3
