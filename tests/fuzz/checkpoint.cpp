// SPDX-License-Identifier: Apache-2.0
#include "eventlog/checkpoint.h"

#include "base/check.h"
#include "sealed.h"
#include "targets.h"

namespace pinflow::fuzz {
namespace {

// What the log makes of it next.
void use(eventlog::CheckpointState state) {
    auto keys = eventlog::KeyTable::restore(std::move(state.keys));
    CHECK(keys.size() <= eventlog::kKeysMax);
    for (eventlog::TopicState& topic : state.topics) {
        for (eventlog::PartitionState& partition : topic.partitions) {
            std::size_t count = partition.producers.size();
            auto restored = eventlog::ProducerStates::restore(std::move(partition.producers));
            CHECK(restored.size() == count);
        }
    }
}

}  // namespace

// What could be read is written again, and that is read as the same.
void checkpoint(std::string_view input) {
    (void)eventlog::decode_checkpoint(input);
    std::string sealed(input);
    seal_checkpoint(sealed);
    auto state = eventlog::decode_checkpoint(sealed);
    if (!state) return;
    std::string once = eventlog::encode_checkpoint(*state);
    auto again = eventlog::decode_checkpoint(once);
    CHECK(again.has_value());
    CHECK(eventlog::encode_checkpoint(*again) == once);
    CHECK(once.size() == input.size());
    use(*std::move(again));
}

}  // namespace pinflow::fuzz
