// SPDX-License-Identifier: Apache-2.0
// The sink's objects by their names, and which kind of record each holds.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/object_store.h"
#include "record/pipeline.h"

namespace pinflow::batch {

// topics/<topic>/partition=<p>/<topic>+<p>+<first offset, 10 digits or more>.json
struct SinkObject {
    std::string key;
    std::string topic;
    std::int32_t partition = 0;
    Offset first_offset = 0;
    std::uint64_t bytes = 0;
    Timestamp modified_ms = 0;
};

// Nothing when the name is not of that form, or its two halves disagree.
std::optional<SinkObject> parse_sink_object(std::string_view key, std::string_view prefix);

struct IgnoredObject {
    std::string key;
    std::string reason;
};

inline constexpr std::size_t kIgnoredShownMax = 20;

struct Inputs {
    std::vector<std::vector<SinkObject>>
        by_kind;  // one list a kind of the pipeline, in arrival order
    std::int64_t ignored_count = 0;
    std::vector<IgnoredObject> ignored;  // the first kIgnoredShownMax of them
};

// All objects under `prefix`. The pipeline must outlive the call.
Task<Result<Inputs>> find_inputs(ObjectStore& objects, const Pipeline& pipeline,
                                 std::string prefix);

}  // namespace pinflow::batch
