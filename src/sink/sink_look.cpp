// SPDX-License-Identifier: Apache-2.0
// Which topics there are, and how far their partitions reach.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/log.h"
#include "sink/partition.h"
#include "sink/sink.h"

namespace pinflow::sink {

Task<Status> Sink::load_states() {
    if (is_loaded_) co_return Status{};
    CO_TRY(auto entries, co_await book_.list(std::string(kStatePrefix)));
    for (auto& [key, value] : entries) {
        CO_TRY(TopicPartition id, partition_of_state_key(key));
        auto state = PartitionState::decode(value);
        if (!state) co_return with_context(state.error(), "work book: " + key);
        found_states_[id] = std::move(*state);
    }
    is_loaded_ = true;
    co_return Status{};
}

Task<Status> Sink::discover_topics() {
    CO_TRY(auto topics, co_await log_.list_topics());
    std::set<std::string> present;
    for (const TopicInfo& topic : topics) {
        present.insert(topic.name);
        if (is_sunk(topic.name)) add_partitions(topic);
    }
    std::set<std::string> gone;
    for (auto& [id, partition] : partitions_) {
        if (!present.contains(id.topic)) gone.insert(id.topic);
    }
    for (auto& [id, state] : found_states_) {
        if (!present.contains(id.topic)) gone.insert(id.topic);
    }
    for (const std::string& topic : gone) forget_topic(topic);
    discovered_us_ = clock_.steady_us();
    co_return Status{};
}

bool Sink::is_sunk(const std::string& topic) const {
    if (!settings_.topics.empty()) {
        return std::ranges::find(settings_.topics, topic) != settings_.topics.end();
    }
    return topics_regex_.fits(topic);
}

// Also finds partitions added to a topic, and a topic that was removed and created again between
// two looks: its offsets begin anew.
void Sink::add_partitions(const TopicInfo& topic) {
    for (std::int32_t number = 0; number < topic.partitions; ++number) {
        TopicPartition id{topic.name, number};
        auto known = partitions_.find(id);
        if (known != partitions_.end() &&
            may_be_same(known->second->state.topic_life, topic.life())) {
            continue;
        }
        auto partition = std::make_unique<Partition>();
        partition->id = id;
        auto found = found_states_.extract(id);
        if (!found.empty() && may_be_same(found.mapped().topic_life, topic.life()))
            partition->state = std::move(found.mapped());
        partition->state.topic_life = topic.life();
        partition->scanned = partition->state.next;
        partitions_[id] = std::move(partition);
    }
}

void Sink::forget_topic(const std::string& topic) {
    auto forget = [&](const TopicPartition& id) {
        forgotten_.push_back({state_key(id), std::nullopt});
    };
    std::erase_if(partitions_, [&](const auto& entry) {
        if (entry.first.topic == topic) forget(entry.first);
        return entry.first.topic == topic;
    });
    std::erase_if(found_states_, [&](const auto& entry) {
        if (entry.first.topic == topic) forget(entry.first);
        return entry.first.topic == topic;
    });
    if (auto counters = counters_.find(topic); counters != counters_.end()) {
        counters->second.pending->set(0);
    }
}

Task<void> Sink::look_at_ends() {
    for (auto& [id, partition] : partitions_) co_await look_at_end(*partition);
}

Task<void> Sink::look_at_end(Partition& partition) {
    auto offsets = co_await log_.offsets(partition.id);
    if (!offsets) {
        // A topic removed a moment ago is forgotten at the next discovery.
        if (offsets.error().code != Errc::not_found) fail_partition(partition, offsets.error());
        co_return;
    }
    partition.first = offsets->first;
    partition.end = offsets->end;
    PartitionState& state = partition.state;
    const TopicPartition& id = partition.id;
    if (!partition.has_unkept_promises() && state.next < offsets->first) {
        // Retention took records before they were in an object: said, counted, and passed over.
        log_error("sink", "{}/{}: offsets {} to {} are gone from the log and in no object",
                  id.topic, id.partition, state.next, offsets->first - 1);
        counters_of(id.topic).skipped->add(offsets->first - state.next);
        go_on_at(partition, offsets->first);
    }
    if (!partition.has_unkept_promises() && state.next > offsets->end) {
        // The log has lost its end (data loss that its owner accepted): new records take its place.
        log_error("sink",
                  "{}/{}: the log ends at {}, before the sink's position {}; going on there",
                  id.topic, id.partition, offsets->end, state.next);
        go_on_at(partition, offsets->end);
    }
    if (partition.end <= state.next) {
        partition.waiting_since_us.reset();
    } else if (!partition.waiting_since_us) {
        partition.waiting_since_us = clock_.steady_us();
    }
}

void Sink::go_on_at(Partition& partition, Offset next) {
    partition.state.promised.clear();
    partition.state.next = next;
    partition.kept = 0;
    partition.forget_scan();
    partition.is_state_dirty = true;
}

Sink::TopicCounters& Sink::counters_of(const std::string& topic) {
    auto [found, is_new] = counters_.try_emplace(topic);
    if (!is_new) return found->second;
    auto counter = [&](const char* name, MeterKind kind, const char* text) {
        return &meter_.counter(name, kind, text, {{"topic", topic}});
    };
    found->second = {
        counter("pinflow_sink_objects_total", MeterKind::counter, "Objects written by the sink."),
        counter("pinflow_sink_records_total", MeterKind::counter, "Records written as lines."),
        counter("pinflow_sink_bytes_total", MeterKind::counter, "Bytes of the objects written."),
        counter("pinflow_sink_null_values_total", MeterKind::counter,
                "Records without a value, left out (behavior.on.null.values=ignore)."),
        counter("pinflow_sink_dead_letters_total", MeterKind::counter,
                "Records that are not JSON, kept under <topics.dir>-dead/."),
        counter("pinflow_sink_skipped_offsets_total", MeterKind::counter,
                "Offsets that left the log before they were in an object."),
        counter("pinflow_sink_failures_total", MeterKind::counter, "Attempts that failed."),
        counter("pinflow_sink_pending_records", MeterKind::gauge,
                "Records durable in the log and in no object yet."),
    };
    return found->second;
}

}  // namespace pinflow::sink
