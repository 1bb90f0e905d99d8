// SPDX-License-Identifier: Apache-2.0
#include "eventlog/index_file.h"

#include "base/check.h"
#include "sealed.h"
#include "targets.h"

namespace pinflow::fuzz {

void index_file(std::string_view input) {
    (void)eventlog::decode_index(0, input);
    std::string sealed(input);
    seal_index(sealed);
    Offset base = sealed.size() < 16 ? 0 : get_at<std::int64_t>(sealed, 8);
    auto stored = eventlog::decode_index(base, sealed);
    if (!stored) return;
    CHECK(eventlog::encode_index(base, *stored) == sealed);
    for (const auto& stretch : stored->index.stretches()) {
        (void)stored->index.stretch_before(stretch.base_offset);
        CHECK(stored->index.stretch_of_time(stretch.max_timestamp_ms).has_value());
    }
}

}  // namespace pinflow::fuzz
