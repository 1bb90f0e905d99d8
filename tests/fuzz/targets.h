// SPDX-License-Identifier: Apache-2.0
// One function a reader of stored or sent bytes. Each may be called with any bytes whatever; what
// must hold is checked by CHECK, and by the sanitizers.
#pragma once

#include <string_view>

namespace pinflow::fuzz {

void record_batch(std::string_view input);   // codec/kafka: batch headers and records
void journal_group(std::string_view input);  // one group and its entries
void journal_walk(std::string_view input);   // a journal over several files, to its end
void checkpoint(std::string_view input);
void index_file(std::string_view input);
void segment_scan(std::string_view input);
void recovery(std::string_view input);   // a whole log's directory, changed and opened
void s3_answer(std::string_view input);  // codec/s3xml: listings, errors, uploads, times

struct Target {
    std::string_view name;
    void (*run)(std::string_view input);
};

constexpr Target kTargets[] = {
    {"record_batch", record_batch}, {"journal_group", journal_group},
    {"journal_walk", journal_walk}, {"checkpoint", checkpoint},
    {"index_file", index_file},     {"segment_scan", segment_scan},
    {"recovery", recovery},         {"s3_answer", s3_answer},
};

}  // namespace pinflow::fuzz
