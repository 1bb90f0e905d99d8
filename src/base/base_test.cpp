// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/reactor.h"
#include "base/text.h"

namespace pinflow {
namespace {

TEST(Hash, crc32c_gives_the_published_check_value_and_continues) {
    EXPECT_EQ(crc32c("123456789"), 0xE3069283u);  // RFC 3720, appendix B.4 family
    EXPECT_EQ(crc32c("6789", crc32c("12345")), crc32c("123456789"));
    EXPECT_EQ(crc32c(""), 0u);
}

TEST(Hash, base64_goes_there_and_back_for_every_length) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(*base64_decode(base64_encode(bytes)), bytes);
        bytes.push_back(static_cast<char>(i * 7));
    }
}

TEST(Hash, base64_refuses_what_is_not_strict) {
    for (const char* text :
         {"a", "ab", "abc", "a=bc", "ab=c", "====", "ab\nd", "abc-", " abc", "YQ==YQ=="}) {
        EXPECT_FALSE(base64_decode(text)) << text;
    }
    EXPECT_EQ(*base64_decode(""), "");
}

TEST(Hash, uuids_are_version_4_and_differ) {
    std::string one = random_uuid();
    EXPECT_EQ(one.size(), 36u);
    EXPECT_EQ(one[14], '4');
    EXPECT_NE(std::string("89ab").find(one[19]), std::string::npos);
    EXPECT_NE(one, random_uuid());
}

TEST(Bytes, varints_go_there_and_back_at_the_edges) {
    for (std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63},
                               std::int64_t{64}, std::int64_t{-65}, INT64_MAX, INT64_MIN}) {
        std::string bytes;
        ByteWriter(bytes).put_varint(value);
        ByteReader reader(bytes);
        EXPECT_EQ(*reader.get_varint(), value);
        EXPECT_EQ(reader.remaining(), 0u);
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            EXPECT_FALSE(ByteReader(std::string_view(bytes).substr(0, cut)).get_varint());
        }
    }
}

TEST(Bytes, the_reader_never_goes_past_its_end) {
    ByteReader reader("abc");
    EXPECT_FALSE(reader.get<std::int32_t>());
    EXPECT_FALSE(reader.get_bytes(4));
    EXPECT_EQ(*reader.get_bytes(3), "abc");
    EXPECT_FALSE(ByteReader(std::string(11, '\xff')).get_varint());
}

TEST(Text, durations_and_sizes_want_units) {
    EXPECT_EQ(*parse_duration_ms("10s"), 10'000);
    EXPECT_EQ(*parse_size_bytes("2MiB"), 2 << 20);
    for (const char* text :
         {"10", "", "s", "-1s", "1 s", "99999999999999999999s", "9223372036854775807d"}) {
        EXPECT_FALSE(parse_duration_ms(text)) << text;
    }
}

TEST(Text, near_misses_are_found_and_far_ones_are_not) {
    std::vector<std::string> known{"sink.flush.size", "listen.gateway"};
    EXPECT_EQ(nearest_word("sink.flush.sise", known), "sink.flush.size");
    EXPECT_EQ(nearest_word("xyz", known), std::nullopt);
}

TEST(Text, numbers_read_well) {
    EXPECT_EQ(with_thousands(0), "0");
    EXPECT_EQ(with_thousands(-1234567), "-1,234,567");
    EXPECT_EQ(with_thousands(-123), "-123");
    EXPECT_EQ(format_utc(1'598'586'767'000), "2020-08-28 03:52:47");
    EXPECT_EQ(format_utc(-1), "1969-12-31 23:59:59");
}

TEST(Reactor, tasks_run_on_its_thread_and_give_their_value) {
    Reactor reactor("test");
    auto task = []() -> Task<std::thread::id> { co_return std::this_thread::get_id(); };
    auto there = reactor.run(task());
    EXPECT_NE(there, std::this_thread::get_id());
    EXPECT_EQ(there, reactor.run(task()));
    EXPECT_EQ(run_here(task()), std::this_thread::get_id());
}

}  // namespace
}  // namespace pinflow
