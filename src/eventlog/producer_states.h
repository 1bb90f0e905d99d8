// SPDX-License-Identifier: Apache-2.0
// Idempotent producers of one partition: a batch sent again is known, and a missing one is missed.
// The rules are those of Kafka's broker (org.apache.kafka.storage.internals.log:
// ProducerAppendInfo, ProducerStateEntry and ProducerStateManager, as of 4.0), less its
// transactions.
#pragma once

#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "codec/kafka/record_batch.h"
#include "record/record.h"

namespace pinflow::eventlog {

// ProducerStateEntry.NUM_BATCHES_TO_RETAIN: as many as a client may have in flight.
constexpr std::size_t kProducerBatchesMax = 5;
// Kafka's producer.id.expiration.ms.
constexpr std::int64_t kProducerKeptMs = 24LL * 60 * 60 * 1'000;
// A partition's producers; about 300 bytes each. Kafka has no such bound.
constexpr std::size_t kProducersMax = 10'000;

struct ProducerBatch {
    std::int32_t first_sequence = 0;
    std::int32_t last_sequence = 0;  // smaller than the first when it goes past INT32_MAX
    Offset base_offset = 0;
    Timestamp append_time_ms = 0;
    bool operator==(const ProducerBatch&) const = default;
};

struct ProducerState {
    std::int64_t producer_id = 0;
    std::int16_t epoch = 0;
    std::vector<ProducerBatch> batches;  // the last ones of this epoch, oldest first; never empty
    bool operator==(const ProducerState&) const = default;
};

// The committer's thread only.
class ProducerStates {
public:
    ProducerStates() = default;
    ProducerStates(ProducerStates&&) = default;
    ProducerStates& operator=(ProducerStates&&) = default;

    // What list() gave, in any order.
    static ProducerStates restore(std::vector<ProducerState> states);

    // Nothing: the batch is new, or not an idempotent producer's; store it. A batch: this one is
    // stored already, there. fenced: of an epoch that is over. out_of_order: what was before it is
    // missing, or it is a repeat older than the last five batches. invalid_argument: no client
    // could mean it.
    Result<std::optional<ProducerBatch>> check(const kafka::BatchHeader& header) const;

    // A batch that check() found new has its base offset and will be stored.
    void note(const kafka::BatchHeader& header, Timestamp append_time_ms);

    // Forgets the producers that have stored nothing after `silent_since_ms`. Theirs may then go on
    // at any sequence number.
    void expire(Timestamp silent_since_ms);

    std::vector<ProducerState> list() const;  // by producer id
    std::size_t size() const { return by_id_.size(); }

private:
    using States = std::list<ProducerState>;

    const ProducerState* find(std::int64_t producer_id) const;
    ProducerState& touch(std::int64_t producer_id);
    void forget_longest_silent();

    States states_;  // the longest silent first
    std::unordered_map<std::int64_t, States::iterator> by_id_;
};

}  // namespace pinflow::eventlog
