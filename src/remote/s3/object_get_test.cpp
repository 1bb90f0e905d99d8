// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/object_get.h"

#include "base/hash.h"
#include "remote/s3/etag.h"
#include "remote/s3/scripted_store_fixture.h"

namespace pinflow::s3 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string tag_of(std::string_view bytes) { return hex(md5_of(bytes)); }

// What S3 answers for that range of the object.
net::Reply stretch(const std::string& object, std::uint64_t first, std::uint64_t count,
                   const std::string& tag) {
    std::string body = object.substr(first, count);
    return reply(206,
                 fmt::format("ETag: \"{}\"\r\nContent-Range: bytes {}-{}/{}\r\n", tag, first,
                             first + body.size() - 1, object.size()),
                 body);
}

class ObjectGetTest : public ScriptedStore {
protected:
    // Serves ranges of `object` under `tag`; replaced after so many requests.
    void serve(std::string object, std::string tag) {
        answer = [object = std::move(object),
                  tag = std::move(tag)](const net::SeenRequest& request) {
            std::string range = header(request, "Range");
            std::string condition = header(request, "If-Match");
            if (!condition.empty() && condition != "\"" + tag + "\"")
                return refusal(412, "PreconditionFailed");
            std::uint64_t first = std::stoull(range.substr(6));
            std::uint64_t last = std::stoull(range.substr(range.find('-') + 1));
            if (first >= object.size()) return refusal(416, "InvalidRange");
            return stretch(object, first, last - first + 1, tag);
        };
    }
};

TEST_F(ObjectGetTest, a_whole_object_is_checked_against_its_etag) {
    serve("bytes", tag_of("bytes"));
    EXPECT_EQ(get().value(), "bytes");
    EXPECT_EQ(header(server.seen().at(0), "Range"), "bytes=0-16777215");
    serve("bytes", tag_of("other"));
    EXPECT_EQ(get().error().code, Errc::corrupt);
    EXPECT_THAT(get().error().text, HasSubstr("verify_etags"));
    serve("bytes", "0123-3");  // put in parts: promises nothing
    EXPECT_EQ(get().value(), "bytes");
    EXPECT_EQ(get({1, 3}).value(), "yte");
    open({.verify_etags = false});
    serve("bytes", tag_of("other"));
    EXPECT_EQ(get().value(), "bytes");
}

TEST_F(ObjectGetTest, bytes_that_were_changed_on_the_way_are_read_again) {
    script({stretch("bytfs", 0, 5, tag_of("bytes")), stretch("bytes", 0, 5, tag_of("bytes"))});
    EXPECT_EQ(get().value(), "bytes");
    EXPECT_EQ(server.seen().size(), 2u);
}

TEST_F(ObjectGetTest, a_body_that_ends_too_early_is_asked_for_again) {
    net::Reply cut = stretch("bytes", 0, 5, tag_of("bytes"));
    cut.bytes.resize(cut.bytes.size() - 2);
    cut.then = net::Reply::Then::close;
    script({cut, stretch("bytes", 0, 5, tag_of("bytes"))});
    EXPECT_EQ(get().value(), "bytes");
    // Even where its length agrees with the shorter body.
    net::Reply lying = stretch("byt", 0, 3, tag_of("bytes"));
    lying.bytes.replace(lying.bytes.find("0-2/3"), 5, "0-4/5");
    script({lying, stretch("bytes", 0, 5, tag_of("bytes"))});
    EXPECT_EQ(get().value(), "bytes");
}

TEST_F(ObjectGetTest, large_objects_come_in_pieces_of_one_state) {
    std::string object((16 << 20) + 5, 'a');
    object.back() = 'z';
    serve(object, tag_of(object));
    EXPECT_TRUE(get().value() == object);
    EXPECT_EQ(get({16 << 20, 100}).value(), "aaaaz");
    auto seen = server.seen();
    ASSERT_EQ(seen.size(), 3u);
    EXPECT_EQ(header(seen[0], "If-Match"), "");
    EXPECT_EQ(header(seen[1], "Range"), "bytes=16777216-16777220");
    EXPECT_EQ(header(seen[1], "If-Match"), "\"" + tag_of(object) + "\"");
}

TEST_F(ObjectGetTest, an_object_replaced_between_two_pieces_is_read_from_its_beginning) {
    std::string before((16 << 20) + 5, 'a');
    std::string after((16 << 20) + 5, 'b');
    script({stretch(before, 0, 16 << 20, tag_of(before)), refusal(412, "PreconditionFailed"),
            stretch(after, 0, 16 << 20, tag_of(after)),
            stretch(after, 16 << 20, 5, tag_of(after))});
    EXPECT_TRUE(get().value() == after);
    script({stretch(before, 0, 16 << 20, tag_of(before)), refusal(412, "PreconditionFailed"),
            stretch(before, 0, 16 << 20, tag_of(before)), refusal(412, "PreconditionFailed"),
            stretch(before, 0, 16 << 20, tag_of(before)), refusal(412, "PreconditionFailed")});
    EXPECT_EQ(get().error().code, Errc::conflict);
}

TEST_F(ObjectGetTest, beyond_the_end_there_is_nothing) {
    serve("bytes", tag_of("bytes"));
    EXPECT_EQ(get({5, 5}).value(), "");
    EXPECT_EQ(get({UINT64_MAX, UINT64_MAX}).value(), "");
    EXPECT_EQ(get({2, 0}).value(), "");
    serve("", tag_of(""));
    EXPECT_EQ(get().value(), "");
}

TEST_F(ObjectGetTest, a_store_that_hears_of_no_ranges_is_cut_to_them) {
    script({reply(200, "ETag: \"" + tag_of("bytes") + "\"\r\n", "bytes")});
    EXPECT_EQ(get({1, 2}).value(), "yt");
    EXPECT_EQ(get({7, 2}).value(), "");
    EXPECT_EQ(get().value(), "bytes");
}

TEST_F(ObjectGetTest, what_would_not_fit_is_too_large_and_read_by_ranges) {
    auto piece_of_a_huge_one = [](std::uint64_t bytes) {
        return reply(206,
                     fmt::format("Content-Range: bytes 0-{}/{}\r\n", bytes - 1, kGetBytesMax + 1),
                     std::string(bytes, 'x'));
    };
    script({piece_of_a_huge_one(kPieceBytes)});
    EXPECT_EQ(get().error().code, Errc::too_large);
    script({piece_of_a_huge_one(7)});
    EXPECT_EQ(get({0, 7}).value(), "xxxxxxx");
}

TEST_F(ObjectGetTest, answers_larger_than_was_asked_are_cut_off) {
    script({reply(200, "", std::string(18 << 20, 'x'))});
    EXPECT_EQ(get().error().code, Errc::too_large);
}

}  // namespace
}  // namespace pinflow::s3
