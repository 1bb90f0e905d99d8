// SPDX-License-Identifier: Apache-2.0
#include "codec/kafka/record_batch.h"

#include <gtest/gtest.h>

#include <random>

#include "base/bytes.h"
#include "base/hash.h"

namespace pinflow::kafka {
namespace {

std::string small_batch() {
    std::vector<Record> records = {{.key = "k", .value = "v1", .timestamp_ms = 1'000},
                                   {.key = std::nullopt, .value = "v2", .timestamp_ms = 1'005}};
    return build_batch(records);
}

// Bytes that the CRC does not cover are changed with it left alone, others with it made good.
void fix_crc(std::string& batch) { put_at(batch, 17, crc32c(std::string_view(batch).substr(21))); }

// The very bytes that kafka-python builds for these records.
TEST(RecordBatch, is_what_another_client_builds) {
    std::vector<HeaderView> headers = {{"h", "x"}, {"null", std::nullopt}};
    std::vector<RecordView> records = {
        {.key = "k1", .value = "v1", .headers = headers, .timestamp_ms = 1'700'000'000'000},
        {.value = "second", .timestamp_ms = 1'700'000'000'005},
        {.key = "", .timestamp_ms = 1'699'999'999'990}};
    std::string batch = build_batch(records);
    EXPECT_EQ(
        hex(batch),
        "00000000000000000000005a0000000002012807970000000000020000018bcfe568000000018bcfe56805"
        "ffffffffffffffffffffffffffff0000000328000000046b310476310402680278086e756c6c0118000a02"
        "010c7365636f6e64000c001304000100");
    std::vector<Record> read = decode_records(batch).value();
    ASSERT_EQ(read.size(), 3u);
    EXPECT_EQ(read[0].key, "k1");
    EXPECT_EQ(read[0].headers.at(1).name, "null");
    EXPECT_EQ(read[1].key, std::nullopt);
    EXPECT_EQ(read[1].value, "second");
    EXPECT_EQ(read[2].key, "");
    EXPECT_EQ(read[2].value, std::nullopt);
    EXPECT_EQ(read[2].timestamp_ms, 1'699'999'999'990);
    EXPECT_EQ(read[2].offset, 2);
}

TEST(RecordBatch, a_filler_takes_offsets_and_gives_no_records) {
    std::string filler = build_filler(10'000, 1'000);
    set_base_offset(filler, 7);
    BatchHeader header = read_batch_header(filler).value();
    EXPECT_TRUE(header.is_control());
    EXPECT_EQ(header.next_offset(), 10'007);
    EXPECT_EQ(decode_records(filler + small_batch())->size(), 2u);
    EXPECT_EQ(end_of(filler).value(), 10'007);
    EXPECT_EQ(end_of(small_batch() + filler).value(), 10'007);
    auto records = RecordReader::open(filler, header).value();  // well formed all the same
    for (Offset offset = 7; offset < 10'007; ++offset) EXPECT_EQ((*records.next())->offset, offset);
    EXPECT_FALSE(end_of(filler.substr(0, 60)).has_value());
}

std::optional<std::string> random_field(std::mt19937_64& dice) {
    if (dice() % 5 == 0) return std::nullopt;
    std::string bytes(dice() % 4 == 0 ? dice() % 20'000 : dice() % 130, '\0');
    for (char& byte : bytes) byte = static_cast<char>(dice());
    return bytes;
}

Record random_record(std::mt19937_64& dice) {
    Record record{.key = random_field(dice), .value = random_field(dice)};
    record.timestamp_ms = dice() % 10 == 0 ? static_cast<Timestamp>(dice())
                                           : static_cast<Timestamp>(dice() % 2'000'000'000'000);
    for (auto left = dice() % 4; left > 0; --left) {
        record.headers.push_back(
            {random_field(dice).value_or("n"), random_field(dice).value_or("")});
    }
    return record;
}

TEST(RecordBatch, any_records_come_back_as_they_went_in) {
    std::mt19937_64 dice(1);
    for (int round = 0; round < 300; ++round) {
        std::vector<Record> records;
        for (auto left = 1 + dice() % 40; left > 0; --left) records.push_back(random_record(dice));
        std::string batch = build_batch(records);
        Offset base = static_cast<Offset>(dice() >> 2);
        set_base_offset(batch, base);
        BatchHeader header = read_batch_header(batch).value();
        EXPECT_EQ(header.bytes(), batch.size());
        EXPECT_EQ(header.next_offset(), base + static_cast<Offset>(records.size()));
        std::vector<Record> read = decode_records(batch).value();
        ASSERT_EQ(read.size(), records.size());
        for (std::size_t i = 0; i < records.size(); ++i) {
            EXPECT_EQ(read[i].key, records[i].key);
            EXPECT_EQ(read[i].value, records[i].value);
            EXPECT_EQ(read[i].timestamp_ms, records[i].timestamp_ms);
            EXPECT_EQ(read[i].offset, base + static_cast<Offset>(i));
            ASSERT_EQ(read[i].headers.size(), records[i].headers.size());
            for (std::size_t h = 0; h < read[i].headers.size(); ++h) {
                EXPECT_EQ(read[i].headers[h].name, records[i].headers[h].name);
                EXPECT_EQ(read[i].headers[h].value, records[i].headers[h].value);
            }
        }
    }
}

// Base offset (bytes 0-7) and leader epoch (12-15) are the broker's and outside the CRC: the log
// checks those by their order (eventlog/recovery_test.cpp flips them too).
TEST(RecordBatch, every_flipped_bit_that_the_crc_covers_is_seen) {
    std::string good = small_batch();
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::size_t byte = bit / 8;
        if (byte < 8 || (byte >= 12 && byte < 16)) continue;
        std::string bad = good;
        bad[byte] = static_cast<char>(bad[byte] ^ (1 << bit % 8));
        auto header = read_batch_header(bad);
        ASSERT_FALSE(header.has_value()) << "bit " << bit;
        EXPECT_EQ(header.error().code, Errc::corrupt);
        std::string followed = bad + good;  // a longer length may reach into the next batch
        EXPECT_FALSE(read_batch_header(followed).has_value()) << "bit " << bit;
    }
}

TEST(RecordBatch, every_cut_is_seen) {
    std::string good = small_batch();
    for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
        EXPECT_FALSE(read_batch_header(std::string_view(good).substr(0, bytes)).has_value())
            << bytes;
    }
    std::string two = good + good;
    for (std::size_t bytes = good.size() + 1; bytes < two.size(); ++bytes) {
        EXPECT_FALSE(decode_records(std::string_view(two).substr(0, bytes)).has_value()) << bytes;
    }
    EXPECT_EQ(decode_records(two).value().size(), 4u);
    EXPECT_EQ(decode_records("").value().size(), 0u);
}

TEST(RecordBatch, zeros_are_no_batch) {
    EXPECT_FALSE(read_batch_header(std::string(4'096, '\0')).has_value());
}

struct Lie {
    const char* what;
    std::size_t at;
    std::int64_t value;
    int bytes;
};

// The CRC is right in each: only the counts and lengths are wrong.
TEST(RecordBatch, headers_that_cannot_be_true_are_refused_with_a_good_crc) {
    const Lie lies[] = {{"no records", 57, 0, 4},         {"negative count", 57, -1, 4},
                        {"more than fit", 57, 3, 4},      {"a billion", 57, 1'000'000'000, 4},
                        {"last delta low", 23, 0, 4},     {"last delta high", 23, 7, 4},
                        {"unknown codec", 21, 5, 2},      {"old magic", 16, 1, 1},
                        {"negative length", 8, -1, 4},    {"length below header", 8, 48, 4},
                        {"huge length", 8, INT32_MAX, 4}, {"negative offset", 0, -1, 8}};
    for (const Lie& lie : lies) {
        std::string batch = small_batch();
        if (lie.bytes == 1) put_at(batch, lie.at, static_cast<std::int8_t>(lie.value));
        if (lie.bytes == 2) put_at(batch, lie.at, static_cast<std::int16_t>(lie.value));
        if (lie.bytes == 4) put_at(batch, lie.at, static_cast<std::int32_t>(lie.value));
        if (lie.bytes == 8) put_at(batch, lie.at, lie.value);
        fix_crc(batch);
        auto header = read_batch_header(batch);
        ASSERT_FALSE(header.has_value()) << lie.what;
        EXPECT_EQ(header.error().code, Errc::corrupt) << lie.what;
    }
    std::string last_offsets = small_batch();
    set_base_offset(last_offsets, INT64_MAX - 1);
    EXPECT_FALSE(read_batch_header(last_offsets).has_value());
}

// A client may send any bytes under a right CRC. Reading them ends in records or an error, never
// outside the batch (the sanitizers watch).
TEST(RecordBatch, garbage_under_a_good_crc_never_leads_outside) {
    std::mt19937_64 dice(2);
    std::string good = small_batch();
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string bad = good;
        for (auto left = 1 + dice() % 3; left > 0; --left) {
            std::size_t at = kBatchHeaderBytes + dice() % (bad.size() - kBatchHeaderBytes);
            bad[at] = static_cast<char>(dice());
        }
        fix_crc(bad);
        if (!decode_records(bad).has_value()) ++refused;
    }
    EXPECT_GT(refused, 10'000);
}

TEST(RecordBatch, a_compressed_batch_is_taken_whole_but_not_opened) {
    std::string batch = small_batch();
    put_at(batch, 21, std::int16_t{4});
    put_at(batch, 57, std::int32_t{1'000});  // compressed records may be many more than bytes
    put_at(batch, 23, std::int32_t{999});
    fix_crc(batch);
    BatchHeader header = read_batch_header(batch).value();
    EXPECT_EQ(header.compression(), Compression::zstd);
    EXPECT_EQ(header.record_count, 1'000);
    EXPECT_EQ(decode_records(batch).error().code, Errc::unsupported);
}

TEST(RecordBatch, offset_and_epoch_are_set_without_touching_the_crc) {
    std::string batch = small_batch();
    auto before = read_batch_header(batch).value();
    set_base_offset(batch, 42, 7);
    auto after = read_batch_header(batch).value();
    EXPECT_EQ(after.base_offset, 42);
    EXPECT_EQ(after.leader_epoch, 7);
    EXPECT_EQ(after.crc, before.crc);
    EXPECT_EQ(after.next_offset(), 44);
}

TEST(RecordBatch, a_visit_stops_at_the_first_error) {
    std::string two = small_batch() + small_batch();
    int seen = 0;
    auto stopped = visit_records(two, [&](const RecordView&) -> Status {
        if (++seen == 3) return fail(Errc::cancelled, "enough");
        return {};
    });
    EXPECT_EQ(stopped.error().code, Errc::cancelled);
    EXPECT_EQ(seen, 3);
}

}  // namespace
}  // namespace pinflow::kafka
