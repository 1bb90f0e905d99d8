// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/upload.h"

#include "base/hash.h"
#include "remote/s3/etag.h"
#include "remote/s3/scripted_store_fixture.h"

namespace pinflow::s3 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t kTwoPartsAndMore = (16 << 20) + 1;

class UploadTest : public ScriptedStore {
protected:
    // A server of uploads; `complete` answers the completions, one after the other.
    void serve(std::vector<net::Reply> complete, net::Reply first_part = {}) {
        answer = [this, first_part, left = std::deque(complete.begin(), complete.end())](
                     const net::SeenRequest& request) mutable {
            std::string line = request.line();
            if (line.starts_with("HEAD")) return head_of(owner_.empty() ? id_ : owner_);
            if (line.starts_with("DELETE")) {
                ++aborts_;
                return reply(204, "");
            }
            if (line.contains("?uploads=")) {
                ++begun_;
                id_ = header(request, "x-amz-meta-pinflow-put");
                return reply(200, "",
                             "<InitiateMultipartUploadResult><UploadId>up &amp; 1</UploadId>"
                             "</InitiateMultipartUploadResult>");
            }
            if (line.starts_with("PUT")) {
                if (!first_part.bytes.empty() && line.contains("partNumber=1&"))
                    return std::exchange(first_part, {});
                parts_[line.substr(line.find("partNumber=") + 11, 1)] = request.body;
                return reply(200, "ETag: \"" + hex(md5_of(request.body)) + "\"\r\n");
            }
            completion_ = request;
            net::Reply next = left.front();
            if (left.size() > 1) left.pop_front();
            return next;
        };
    }
    static net::Reply completed() {
        return reply(200, "", "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
    }
    Status put_large(PutIf condition = PutIf::absent) {
        return put(condition, std::string(kTwoPartsAndMore, 'x'));
    }

    int begun_ = 0;
    int aborts_ = 0;
    std::string id_;
    std::string owner_;  // of the object that is there; empty: we
    std::map<std::string, std::string> parts_;
    net::SeenRequest completion_;
};

TEST_F(UploadTest, parts_make_up_the_object_and_the_condition_stands_at_the_end) {
    serve({completed()});
    Status done = put_large();
    ASSERT_TRUE(done) << done.error().text;
    ASSERT_EQ(parts_.size(), 3u);
    EXPECT_EQ(parts_["1"].size(), kPartBytes);
    EXPECT_EQ(parts_["3"].size(), 1u);
    EXPECT_EQ(header(completion_, "If-None-Match"), "*");
    EXPECT_THAT(completion_.line(), HasSubstr("uploadId=up%20%26%201"));
    EXPECT_THAT(completion_.body, HasSubstr("<PartNumber>3</PartNumber><ETag>&quot;"));
    EXPECT_EQ(aborts_, 0);
}

TEST_F(UploadTest, a_failed_part_is_sent_again) {
    serve({completed()}, refusal(500, "InternalError"));
    EXPECT_TRUE(put_large());
    EXPECT_EQ(begun_, 1);
}

TEST_F(UploadTest, a_part_that_arrived_with_other_bytes_is_sent_again) {
    serve({completed()}, reply(200, "ETag: \"" + hex(md5_of("other")) + "\"\r\n"));
    EXPECT_TRUE(put_large());
}

TEST_F(UploadTest, what_cannot_go_on_is_aborted) {
    serve({completed()}, refusal(403, "AccessDenied"));
    EXPECT_EQ(put_large().error().code, Errc::permission);
    EXPECT_EQ(aborts_, 1);
}

TEST_F(UploadTest, an_error_within_a_200_is_an_error) {
    auto failed = refusal(200, "InternalError");
    serve({failed, completed()});
    EXPECT_TRUE(put_large());
    serve({failed});
    owner_ = "another";
    EXPECT_EQ(put_large().error().code, Errc::unavailable);
    EXPECT_EQ(aborts_, 1);
}

TEST_F(UploadTest, a_completion_whose_answer_was_lost_is_told_by_the_object) {
    for (auto second : {refusal(404, "NoSuchUpload"), refusal(412, "PreconditionFailed")}) {
        serve({silence(), second});
        Status done = put_large();
        EXPECT_TRUE(done) << done.error().text;
        serve({silence(), second});
        EXPECT_TRUE(put_large(PutIf::always));
    }
    EXPECT_EQ(aborts_, 0);
}

TEST_F(UploadTest, the_loser_of_a_race_is_told_so_and_cleans_up) {
    owner_ = "another";
    serve({refusal(412, "PreconditionFailed")});
    EXPECT_EQ(put_large().error().code, Errc::already_exists);
    EXPECT_EQ(aborts_, 1);
}

TEST_F(UploadTest, a_conflict_at_the_end_begins_the_upload_anew_with_a_bound) {
    serve({refusal(409, "ConditionalRequestConflict"), completed()});
    EXPECT_TRUE(put_large());
    EXPECT_EQ(begun_, 2);
    EXPECT_EQ(aborts_, 1);
    serve({refusal(409, "ConditionalRequestConflict")});
    EXPECT_EQ(put_large().error().code, Errc::conflict);
    EXPECT_EQ(begun_, 5);
    EXPECT_EQ(aborts_, 4);
}

TEST_F(UploadTest, there_are_never_more_parts_than_s3_takes) {
    EXPECT_EQ(part_bytes_of(1), kPartBytes);
    EXPECT_EQ(part_bytes_of(kPartBytes * kPartsMax), kPartBytes);
    for (std::uint64_t size : {kPartBytes * kPartsMax + 1, std::uint64_t{5} << 40}) {
        std::uint64_t part = part_bytes_of(size);
        EXPECT_GT(part, kPartBytes);
        EXPECT_LE((size + part - 1) / part, kPartsMax);
    }
}

TEST_F(UploadTest, a_file_that_becomes_shorter_meanwhile_is_no_object) {
    auto file = files.open("f", OpenMode::create_new).value();
    std::string bytes(kTwoPartsAndMore, 'x');
    std::string_view view = bytes;
    ASSERT_TRUE(file->write_at(0, {&view, 1}));
    serve({completed()});
    ASSERT_TRUE(run_here(store->put_file("k", "f", PutIf::absent)));
    auto serving = answer;
    answer = [&, serving](const net::SeenRequest& request) {
        if (request.line().contains("?uploads=")) EXPECT_TRUE(file->truncate(1 << 20));
        return serving(request);
    };
    EXPECT_EQ(run_here(store->put_file("k", "f", PutIf::absent)).error().code, Errc::io);
    EXPECT_EQ(aborts_, 1);
}

}  // namespace
}  // namespace pinflow::s3
