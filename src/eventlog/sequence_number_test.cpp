// SPDX-License-Identifier: Apache-2.0
#include "eventlog/sequence_number.h"

#include <gtest/gtest.h>

#include <random>

#include "eventlog/hash_ranges.h"

namespace pinflow::eventlog {
namespace {

// A number out of the AWS documentation: it reads as a shard 6 made on 2018-11-21 and a record of
// 2018-12-17, and comes back digit for digit.
TEST(SequenceNumber, reads_and_writes_aws_own) {
    std::string aws = "49590338271490256608559692538361571095921575989136588898";
    SequenceNumber read = decode_sequence(aws).value();
    EXPECT_EQ(read.shard, 6);
    EXPECT_EQ(read.shard_created_s, 1'542'776'258);
    EXPECT_EQ(read.offset, 0x67648a17 - 1);
    EXPECT_EQ(read.time_s, 1'545'084'650);
    EXPECT_EQ(encode_sequence(read), aws);
}

TEST(SequenceNumber, any_number_comes_back_and_larger_offsets_give_larger_numbers) {
    std::mt19937_64 dice(1);
    for (int round = 0; round < 2'000; ++round) {
        SequenceNumber one{.shard_created_s = static_cast<std::int64_t>(dice() >> 28),
                           .shard = static_cast<std::int32_t>(dice() % 500),
                           .offset = static_cast<Offset>(dice() >> 2) - 1,
                           .time_s = static_cast<std::int64_t>(dice() >> 28)};
        std::string text = encode_sequence(one);
        EXPECT_EQ(decode_sequence(text).value(), one);
        SequenceNumber next = one;
        ++next.offset;
        next.time_s = 0;  // the clock may go back
        std::string later = encode_sequence(next);
        EXPECT_LT(std::pair(text.size(), text), std::pair(later.size(), later));
    }
}

TEST(SequenceNumber, everything_else_is_refused) {
    std::string good =
        encode_sequence({.shard_created_s = 1, .shard = 3, .offset = 5, .time_s = 2});
    ASSERT_TRUE(decode_sequence(good).has_value());
    std::string other_shard = good;
    for (std::string bad : {std::string(), std::string("0"), std::string("-1"), good + "0",
                            good.substr(1), " " + good, std::string(10'000, '9')}) {
        EXPECT_EQ(decode_sequence(bad).error().code, Errc::invalid_argument) << bad;
    }
}

TEST(HashRanges, every_key_falls_into_the_range_of_its_shard) {
    std::mt19937_64 dice(2);
    for (std::int32_t shards = 1; shards <= 500; ++shards) {
        for (std::int32_t shard = 0; shard < shards; ++shard) {
            HashRange range = hash_range_of(shard, shards);
            ASSERT_EQ(shard_of(range.first, shards), shard);
            ASSERT_EQ(shard_of(range.last, shards), shard);
            if (shard > 0) ASSERT_EQ(hash_range_of(shard - 1, shards).last + 1, range.first);
        }
        ASSERT_EQ(hash_range_of(0, shards).first, HashKey{0});
        ASSERT_EQ(hash_range_of(shards - 1, shards).last, ~HashKey{0});
    }
}

TEST(HashRanges, decimal_text_is_taken_up_to_the_last_key_and_no_further) {
    EXPECT_EQ(parse_hash_key("340282366920938463463374607431768211455").value(), ~HashKey{0});
    EXPECT_EQ(to_decimal(~HashKey{0}), "340282366920938463463374607431768211455");
    EXPECT_EQ(to_decimal(0), "0");
    EXPECT_EQ(parse_hash_key("007").value(), HashKey{7});
    for (std::string bad : {"", "340282366920938463463374607431768211456", "+1", "1 ", "0x1",
                            "3402823669209384634633746074317682114550"}) {
        EXPECT_FALSE(parse_hash_key(bad).has_value()) << bad;
    }
}

}  // namespace
}  // namespace pinflow::eventlog
