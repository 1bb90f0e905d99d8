// SPDX-License-Identifier: Apache-2.0
// Put-if-absent says ok only of what is ours, and already_exists only of what is another's,
// whatever gets lost on the way.
#include "remote/s3/claim.h"

#include "remote/s3/scripted_store_fixture.h"

namespace pinflow::s3 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ClaimTest : public ScriptedStore {
protected:
    // PUTs get these one after the other, HEADs the object of `owner` ("" is ours).
    void puts_get(std::vector<net::Reply> replies, net::Reply head_reply) {
        answer = [this, head_reply, left = std::deque(replies.begin(), replies.end())](
                     const net::SeenRequest& request) mutable {
            if (request.line().starts_with("HEAD")) return head_reply;
            id_ = header(request, "x-amz-meta-pinflow-put");
            net::Reply next = left.front();
            if (left.size() > 1) left.pop_front();
            return next;
        };
    }
    // HEAD answers with the id of the put that was sent.
    void puts_get_and_ours_is_there(std::vector<net::Reply> replies) {
        answer = [this, left = std::deque(replies.begin(), replies.end())](
                     const net::SeenRequest& request) mutable {
            if (request.line().starts_with("HEAD")) return head_of(id_);
            id_ = header(request, "x-amz-meta-pinflow-put");
            net::Reply next = left.front();
            if (left.size() > 1) left.pop_front();
            return next;
        };
    }
    static net::Reply taken() { return refusal(412, "PreconditionFailed"); }
    static net::Reply nothing_there() { return {"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n"}; }

    std::string id_;
};

TEST_F(ClaimTest, a_put_whose_answer_was_lost_finds_its_own_object) {
    puts_get_and_ours_is_there({silence(), taken()});
    Status done = put(PutIf::absent);
    EXPECT_TRUE(done) << done.error().text;
    EXPECT_THAT(lines(), ElementsAre("PUT /posts/k", "PUT /posts/k", "HEAD /posts/k"));
}

TEST_F(ClaimTest, a_failure_of_the_store_may_have_been_a_success) {
    puts_get_and_ours_is_there({refusal(500, "InternalError"), taken()});
    EXPECT_TRUE(put(PutIf::absent));
}

TEST_F(ClaimTest, a_rivals_object_is_not_ours_even_after_a_lost_answer) {
    puts_get({silence(), taken()}, head_of("another-id"));
    EXPECT_EQ(put(PutIf::absent).error().code, Errc::already_exists);
    puts_get({taken()}, head_of("another-id"));
    EXPECT_EQ(put(PutIf::absent).error().code, Errc::already_exists);
    puts_get({taken()}, head_of(""));  // put by somebody else's program
    EXPECT_EQ(put(PutIf::absent).error().code, Errc::already_exists);
}

// Something between us and the store sent the request twice.
TEST_F(ClaimTest, a_refusal_at_the_first_try_may_be_by_our_own_object) {
    puts_get_and_ours_is_there({taken()});
    EXPECT_TRUE(put(PutIf::absent));
}

TEST_F(ClaimTest, two_puts_of_one_store_are_rivals) {
    std::string first_id;
    answer = [&](const net::SeenRequest& request) {
        if (request.line().starts_with("HEAD")) return head_of(first_id);
        if (!first_id.empty()) return taken();
        first_id = header(request, "x-amz-meta-pinflow-put");
        return ok();
    };
    EXPECT_TRUE(put(PutIf::absent));
    EXPECT_EQ(put(PutIf::absent).error().code, Errc::already_exists);
}

TEST_F(ClaimTest, when_no_answer_comes_at_all_the_object_itself_is_asked) {
    puts_get_and_ours_is_there({silence()});
    EXPECT_TRUE(put(PutIf::absent));
    EXPECT_EQ(server.seen().size(), static_cast<std::size_t>(kTriesMax) + 1);
}

// Of a rival's, or of nothing: our put may still come through, so neither ok nor already_exists.
TEST_F(ClaimTest, without_any_answer_and_without_our_object_the_effect_is_unknown) {
    puts_get({silence()}, head_of("another-id"));
    EXPECT_EQ(put(PutIf::absent).error().code, Errc::io);
    puts_get({silence()}, nothing_there());
    EXPECT_EQ(put(PutIf::absent).error().code, Errc::io);
}

TEST_F(ClaimTest, an_owner_that_cannot_be_told_is_unknown_too) {
    puts_get({silence(), taken()}, nothing_there());
    Status gone = put(PutIf::absent);
    EXPECT_EQ(gone.error().code, Errc::timed_out);
    EXPECT_THAT(gone.error().text, HasSubstr("unknown"));
    puts_get({taken()}, {"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n"});
    EXPECT_EQ(put(PutIf::absent).error().code, Errc::timed_out);
}

TEST_F(ClaimTest, a_conflict_with_a_put_under_way_is_tried_again) {
    puts_get({refusal(409, "ConditionalRequestConflict"), ok()}, head_of(""));
    EXPECT_TRUE(put(PutIf::absent));
    puts_get({refusal(409, "ConditionalRequestConflict")}, head_of(""));
    EXPECT_EQ(put(PutIf::absent).error().code, Errc::conflict);
}

TEST_F(ClaimTest, what_was_refused_outright_asks_for_no_owner) {
    puts_get({refusal(403, "AccessDenied")}, head_of(""));
    EXPECT_EQ(put(PutIf::absent).error().code, Errc::permission);
    EXPECT_THAT(lines(), ElementsAre("PUT /posts/k"));
}

TEST_F(ClaimTest, an_unconditional_put_is_simply_repeated) {
    script({silence(), ok()});
    EXPECT_TRUE(put());
    EXPECT_THAT(lines(), ElementsAre("PUT /posts/k", "PUT /posts/k"));
    EXPECT_EQ(header(server.seen().at(0), "If-None-Match"), "");
}

TEST_F(ClaimTest, the_folder_rule_of_a_gateway_is_that_of_our_folder_store) {
    script({refusal(400, "ObjectParentIsFile")});
    Status refused = put();
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_TRUE(refused.error().text.starts_with("InvalidKey")) << refused.error().text;
}

class ProbeTest : public ScriptedStore {
protected:
    // A store of one object, which heeds If-None-Match and keeps metadata, or does not.
    void serve(bool heeds, bool keeps_metadata) {
        answer = [=, this](const net::SeenRequest& request) {
            std::string line = request.line();
            if (line.starts_with("GET /posts?"))
                return reply(200, "", "<ListBucketResult></ListBucketResult>");
            if (line.starts_with("DELETE")) {
                is_there_ = false;
                return reply(204, "");
            }
            if (line.starts_with("HEAD")) return head_of(keeps_metadata ? id_ : "");
            if (line.starts_with("GET"))
                return reply(206,
                             fmt::format("Content-Range: bytes 0-{0}/{1}\r\n", body_.size() - 1,
                                         body_.size()),
                             body_);
            if (is_there_ && heeds) return refusal(412, "PreconditionFailed");
            is_there_ = true;
            id_ = header(request, "x-amz-meta-pinflow-put");
            body_ = request.body;
            return ok();
        };
    }
    bool is_there_ = false;
    std::string id_;
    std::string body_;
};

TEST_F(ProbeTest, a_store_that_heeds_the_condition_passes_and_keeps_nothing) {
    serve(true, true);
    Status checked = store->check();
    EXPECT_TRUE(checked) << checked.error().text;
    EXPECT_FALSE(is_there_);
}

TEST_F(ProbeTest, a_store_that_pretends_is_refused_and_told_why) {
    serve(false, true);
    Status probed = store->probe();
    ASSERT_FALSE(probed);
    EXPECT_EQ(probed.error().code, Errc::unsupported);
    EXPECT_THAT(probed.error().text, HasSubstr("lose rows"));
    EXPECT_FALSE(is_there_);
}

TEST_F(ProbeTest, a_store_that_drops_metadata_is_refused) {
    serve(true, false);
    EXPECT_EQ(store->probe().error().code, Errc::unsupported);
}

TEST_F(ProbeTest, what_is_not_permitted_is_named) {
    script({refusal(403, "AccessDenied")});
    EXPECT_THAT(store->check().error().text, HasSubstr("listing: "));
    script({reply(200, "", "<ListBucketResult></ListBucketResult>"), refusal(403, "AccessDenied")});
    EXPECT_THAT(store->check().error().text, HasSubstr("putting"));
}

}  // namespace
}  // namespace pinflow::s3
