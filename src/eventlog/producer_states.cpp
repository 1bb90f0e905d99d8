// SPDX-License-Identifier: Apache-2.0
#include "eventlog/producer_states.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace pinflow::eventlog {
namespace {

bool is_idempotent(const kafka::BatchHeader& header) { return header.producer_id >= 0; }

// Sequence numbers count records and go from INT32_MAX to 0 (DefaultRecordBatch.incrementSequence).
std::int32_t advanced(std::int32_t sequence, std::int64_t by) {
    return static_cast<std::int32_t>((sequence + by) & INT32_MAX);
}

std::int32_t last_sequence_of(const kafka::BatchHeader& header) {
    return advanced(header.base_sequence, header.last_offset_delta);
}

const ProducerBatch* find_repeated(const ProducerState& state, const kafka::BatchHeader& header) {
    auto is_same = [&](const ProducerBatch& batch) {
        return batch.first_sequence == header.base_sequence &&
               batch.last_sequence == last_sequence_of(header);
    };
    auto found = std::ranges::find_if(state.batches, is_same);
    return found == state.batches.end() ? nullptr : &*found;
}

// LogValidator.validateBatch refuses the same as INVALID_RECORD, but for the epoch: with a negative
// one Kafka stores whatever comes, and would check nothing for that producer from then on.
Status check_numbers(const kafka::BatchHeader& header) {
    if (header.base_sequence >= 0 && header.producer_epoch >= 0) return {};
    return fail(
        Errc::invalid_argument,
        fmt::format("producer {}: epoch {} with sequence number {}: neither may be negative",
                    header.producer_id, header.producer_epoch, header.base_sequence));
}

Status check_next(const kafka::BatchHeader& header, std::int32_t expected) {
    if (header.base_sequence == expected) return {};
    return fail(
        Errc::out_of_order,
        fmt::format("producer {}, epoch {}: sequence number {} came where {} is next",
                    header.producer_id, header.producer_epoch, header.base_sequence, expected));
}

}  // namespace

ProducerStates ProducerStates::restore(std::vector<ProducerState> states) {
    ProducerStates restored;
    restored.states_.assign(std::move_iterator(states.begin()), std::move_iterator(states.end()));
    restored.states_.sort([](const ProducerState& one, const ProducerState& other) {
        return one.batches.back().append_time_ms < other.batches.back().append_time_ms;
    });
    for (auto at = restored.states_.begin(); at != restored.states_.end(); ++at) {
        bool is_first = restored.by_id_.emplace(at->producer_id, at).second;
        CHECK(is_first, "a producer is listed once");
    }
    return restored;
}

Result<std::optional<ProducerBatch>> ProducerStates::check(const kafka::BatchHeader& header) const {
    if (!is_idempotent(header)) return std::nullopt;
    TRY_STATUS(check_numbers(header));
    const ProducerState* state = find(header.producer_id);
    // Retention may have taken all it wrote, so Kafka lets an unknown one begin anywhere.
    if (!state) return std::nullopt;
    if (header.producer_epoch < state->epoch) {
        return fail(Errc::fenced,
                    fmt::format("producer {}: epoch {} is over, it is now at {}",
                                header.producer_id, header.producer_epoch, state->epoch));
    }
    if (header.producer_epoch > state->epoch) {
        TRY_STATUS(check_next(header, 0));
        return std::nullopt;
    }
    if (const ProducerBatch* repeated = find_repeated(*state, header)) return *repeated;
    TRY_STATUS(check_next(header, advanced(state->batches.back().last_sequence, 1)));
    return std::nullopt;
}

void ProducerStates::note(const kafka::BatchHeader& header, Timestamp append_time_ms) {
    if (!is_idempotent(header)) return;
    ProducerState& state = touch(header.producer_id);
    if (state.epoch != header.producer_epoch) state.batches.clear();
    state.epoch = header.producer_epoch;
    if (state.batches.size() == kProducerBatchesMax) state.batches.erase(state.batches.begin());
    state.batches.push_back({.first_sequence = header.base_sequence,
                             .last_sequence = last_sequence_of(header),
                             .base_offset = header.base_offset,
                             .append_time_ms = append_time_ms});
}

// Kafka goes by the batch's own max timestamp, which is the client's to choose.
void ProducerStates::expire(Timestamp silent_since_ms) {
    while (!states_.empty() && states_.front().batches.back().append_time_ms <= silent_since_ms) {
        forget_longest_silent();
    }
}

std::vector<ProducerState> ProducerStates::list() const {
    std::vector<ProducerState> listed(states_.begin(), states_.end());
    std::ranges::sort(listed, {}, &ProducerState::producer_id);
    return listed;
}

const ProducerState* ProducerStates::find(std::int64_t producer_id) const {
    auto found = by_id_.find(producer_id);
    return found == by_id_.end() ? nullptr : &*found->second;
}

// The producer's state, made if there is none, and now the last one to be forgotten.
ProducerState& ProducerStates::touch(std::int64_t producer_id) {
    auto found = by_id_.find(producer_id);
    if (found != by_id_.end()) {
        states_.splice(states_.end(), states_, found->second);
        return states_.back();
    }
    if (by_id_.size() == kProducersMax) forget_longest_silent();
    states_.emplace_back().producer_id = producer_id;
    by_id_.emplace(producer_id, std::prev(states_.end()));
    return states_.back();
}

void ProducerStates::forget_longest_silent() {
    by_id_.erase(states_.front().producer_id);
    states_.pop_front();
}

}  // namespace pinflow::eventlog
