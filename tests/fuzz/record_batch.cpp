// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "sealed.h"
#include "targets.h"

namespace pinflow::fuzz {
namespace {

// What could be read is written again, and reads the same.
void write_again(const std::vector<Record>& records) {
    if (records.empty()) return;
    auto again = kafka::decode_records(kafka::build_batch(std::span<const Record>(records)));
    CHECK(again && again->size() == records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        CHECK((*again)[i].key == records[i].key);
        CHECK((*again)[i].value == records[i].value);
        CHECK((*again)[i].timestamp_ms == records[i].timestamp_ms);
        CHECK((*again)[i].headers.size() == records[i].headers.size());
    }
}

void read(std::string_view bytes) {
    if (auto claimed = kafka::peek_batch_header(bytes)) {
        CHECK(claimed->bytes() >= kafka::kBatchHeaderBytes);
        CHECK(claimed->next_offset() > claimed->base_offset);
    }
    kafka::BatchReader reader(bytes);
    std::size_t read_bytes = 0;
    for (;;) {
        auto batch = reader.next();
        if (!batch || !*batch) break;
        read_bytes += (*batch)->bytes.size();
        CHECK((*batch)->bytes.size() == (*batch)->header.bytes());
    }
    CHECK(read_bytes <= bytes.size());
    if (auto records = kafka::decode_records(bytes)) write_again(*records);
}

}  // namespace

void record_batch(std::string_view input) {
    read(input);
    std::string sealed(input);
    seal_batches(sealed);
    read(sealed);
}

}  // namespace pinflow::fuzz
