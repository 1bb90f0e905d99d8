// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::emulator {

// What the bodies of both roads' answers, good and bad, may say. One type for both, because a
// gateway in between answers in its own form.
struct AnswerBody {
    bool is_object = false;

    // REST Proxy: {"offsets": [{"partition": 0, "offset": 5, "error_code": null, "error": null}]}
    bool has_offsets = false;  // at least one entry
    bool all_stored = true;    // every entry has an offset and no error
    bool some_stored = false;
    std::int32_t partition = -1;  // the first entry's
    std::int64_t offset = -1;

    // Kinesis: {"ShardId": "shardId-000000000000", "SequenceNumber": "4954…"}
    std::string shard_id;
    std::string sequence_number;

    // Either: error_code (its own, or the first entry's), __type without its prefix, message.
    std::optional<std::int64_t> error_code;
    std::string type;
    std::string message;
};

// Whatever is not one JSON object gives is_object = false and nothing else.
AnswerBody read_answer_body(std::string_view text);

}  // namespace pinflow::emulator
