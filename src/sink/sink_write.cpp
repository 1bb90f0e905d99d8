// SPDX-License-Identifier: Apache-2.0
// Planning objects, promising them in the work book, and writing them. References that these Tasks
// take are to what the pass that awaits them owns.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "base/check.h"
#include "base/log.h"
#include "base/reactor.h"
#include "sink/object_names.h"
#include "sink/partition.h"
#include "sink/sink.h"

namespace pinflow::sink {

// --- promises found or left unkept --------------------------------------------------------------

Task<bool> Sink::keep_promises() {
    bool kept_any = false;
    for (auto& [id, partition] : partitions_) {
        if (partition->retry_us && clock_.steady_us() < *partition->retry_us) continue;
        while (partition->has_unkept_promises()) {
            auto kept =
                co_await keep_promise(*partition, partition->state.promised[partition->kept]);
            if (!kept) {
                fail_partition(*partition, kept.error());
                break;
            }
            note_kept(*partition, *kept);
            partition->retry_us.reset();
            kept_any = true;
        }
    }
    co_return kept_any;
}

// Builds the same object as whoever promised it: from the range and the state alone.
Task<Result<BuiltObject>> Sink::keep_promise(Partition& partition, OffsetRange range) {
    if (range.first < partition.first) {
        CO_TRY(bool is_kept, co_await is_kept_before_gone(partition, range));
        if (is_kept) co_return BuiltObject{};
        range.first = std::min(partition.first, range.end);
    }
    ObjectBuilder builder(partition.id, range.first, partition.state.null_values);
    while (builder.next() < range.end) {
        Offset at = builder.next();
        auto fetched = co_await log_.fetch(partition.id, at,
                                           {.bytes_max = settings_.fetch_bytes(), .wait_max = {}});
        if (!fetched) co_return std::unexpected(fetched.error());
        Status added = builder.add(
            fetched->batches, range.end, [](const BuiltObject&) { return false; },
            [](BuiltObject) { return true; });
        if (!added) co_return std::unexpected(added.error());
        if (builder.next() == at) {
            co_return fail(Errc::unavailable,
                           fmt::format("the log gives nothing at offset {} of {}/{}", at,
                                       partition.id.topic, partition.id.partition));
        }
    }
    BuiltObject object = builder.close();
    CO_TRY_STATUS(co_await write_object(partition, object));
    co_return object;
}

// The log has let go of records that were promised: most likely because their object was written
// and only the note of it is missing. Its name tells, unless it begins with what makes no line.
Task<Result<bool>> Sink::is_kept_before_gone(Partition& partition, OffsetRange range) {
    std::string key = object_key(partition.state.topics_dir, partition.id, range.first);
    auto object = co_await store_.head(key);
    if (object) co_return true;
    if (object.error().code != Errc::not_found) co_return std::unexpected(object.error());
    Offset gone_end = std::min(partition.first, range.end);
    log_error("sink", "{}/{}: offsets {} to {} are gone from the log and in no object",
              partition.id.topic, partition.id.partition, range.first, gone_end - 1);
    counters_of(partition.id.topic).skipped->add(gone_end - range.first);
    co_return false;
}

// --- planning -----------------------------------------------------------------------------------

bool Sink::is_time_up(const Partition& partition) const {
    return settings_.rotate_schedule_interval_ms > 0 && partition.waiting_since_us &&
           clock_.steady_us() - *partition.waiting_since_us >=
               settings_.rotate_schedule_interval_ms * 1'000;
}

bool Sink::is_due(const Partition& partition, bool flush_rest) const {
    if (partition.end <= partition.state.next || partition.has_unkept_promises()) return false;
    if (partition.retry_us && clock_.steady_us() < *partition.retry_us) return false;
    if (flush_rest || is_time_up(partition)) return true;
    // Enough new records that the object begun may fill up: no record is parsed before.
    return partition.scanned_lines + (partition.end - partition.scanned) >= settings_.flush_size;
}

// Each partition in turn, beginning behind the one that began last time.
Task<void> Sink::plan(bool flush_rest, std::vector<Planned>& planned) {
    std::vector<Partition*> due;
    for (auto& [id, partition] : partitions_) {
        if (is_due(*partition, flush_rest)) due.push_back(partition.get());
    }
    auto next = std::ranges::find_if(due, [&](Partition* p) { return p->id > turn_after_; });
    std::rotate(due.begin(), next, due.end());
    if (!due.empty()) turn_after_ = due.front()->id;
    for (Partition* partition : due) {
        std::size_t bytes = 0;
        for (const Planned& plan : planned) bytes += plan.object.bytes();
        if (bytes >= settings_.pass_bytes_max() || planned.size() >= kPassObjectsMax) co_return;
        std::size_t before = planned.size();
        bool flush = flush_rest || is_time_up(*partition);
        Status built = co_await build(*partition, flush, planned);
        if (built) {
            partition->retry_us.reset();
        } else {
            planned.resize(before);
            fail_partition(*partition, built.error());
        }
    }
}

Task<Status> Sink::build(Partition& partition, bool flush_rest, std::vector<Planned>& planned) {
    ObjectBuilder builder(partition.id, partition.state.next, settings_.null_values);
    std::size_t bytes_left = settings_.pass_bytes_max();
    for (const Planned& plan : planned) bytes_left -= std::min(bytes_left, plan.object.bytes());
    bool has_room = true;
    auto is_full = [&](const BuiltObject& object) {
        return object.line_count >= settings_.flush_size ||
               object.bytes() >= settings_.object_bytes_max();
    };
    auto take = [&](BuiltObject object) {
        bytes_left -= std::min(bytes_left, object.bytes());
        planned.push_back({&partition, std::move(object)});
        has_room = bytes_left > 0 && planned.size() < kPassObjectsMax;
        return has_room;
    };
    while (has_room && builder.next() < partition.end) {
        Offset at = builder.next();
        auto fetched = co_await log_.fetch(partition.id, at,
                                           {.bytes_max = settings_.fetch_bytes(), .wait_max = {}});
        if (!fetched) co_return std::unexpected(fetched.error());
        CO_TRY_STATUS(builder.add(fetched->batches, partition.end, is_full, take));
        if (builder.next() == at) break;
    }
    const BuiltObject& rest = builder.open_object();
    // Offsets without records (of transaction markers) make no object, and wait for nothing.
    bool is_closed = flush_rest || !rest.has_records();
    if (is_closed && has_room && rest.range.end > rest.range.first) take(builder.close());
    partition.scanned = builder.next();
    partition.scanned_lines = builder.open_object().line_count;
    co_return Status{};
}

// --- promising and writing ----------------------------------------------------------------------

Task<Status> Sink::promise(std::vector<Planned>& planned) {
    std::map<Partition*, PartitionState> states;
    for (const Planned& plan : planned) {
        auto [found, is_new] = states.try_emplace(plan.partition, plan.partition->state);
        PartitionState& state = found->second;
        if (is_new) {
            state.promised.clear();
            state.null_values = settings_.null_values;
            state.topics_dir = settings_.topics_dir;
        }
        CHECK(plan.object.range.first == state.next, "planned objects follow one another");
        state.promised.push_back(plan.object.range);
        state.next = plan.object.range.end;
    }
    std::vector<WorkChange> changes = forgotten_;
    for (auto& [partition, state] : states) {
        changes.push_back({state_key(partition->id), PartitionState::encode(state)});
    }
    // If this fails, nothing was begun: the next pass plans anew. If it took effect all the same
    // and the process dies now, the next one keeps the promise.
    Status committed = co_await book_.commit(std::move(changes));
    if (!committed) {
        for (auto& [partition, state] : states) partition->forget_scan();
        co_return committed;
    }
    forgotten_.clear();
    for (auto& [partition, state] : states) {
        partition->state = std::move(state);
        partition->kept = 0;
        partition->is_state_dirty = false;
        partition->waiting_since_us.reset();  // what is left has waited from the next look on
    }
    co_return Status{};
}

void Sink::write(std::vector<Planned>& planned) {
    std::vector<Status> outcomes = write_side_by_side(planned);
    for (std::size_t i = 0; i < planned.size(); ++i) {
        Partition& partition = *planned[i].partition;
        if (partition.retry_us)
            continue;  // an earlier object failed: keep_promises goes on from it
        if (outcomes[i]) {
            note_kept(partition, planned[i].object);
        } else {
            fail_partition(partition, outcomes[i].error());
        }
    }
}

// Every outcome is known when it returns. The threads touch the store, the counters and what they
// are given; the reactor's own thread is one of them.
std::vector<Status> Sink::write_side_by_side(const std::vector<Planned>& planned) {
    for (const Planned& plan : planned) counters_of(plan.partition->id.topic);
    std::vector<Status> outcomes(planned.size());
    std::atomic<std::size_t> next = 0;
    auto write_some = [&] {
        for (std::size_t i = next++; i < planned.size(); i = next++) {
            outcomes[i] = run_here(write_object(*planned[i].partition, planned[i].object));
        }
    };
    std::vector<std::jthread> others;
    std::size_t thread_count = std::min(settings_.puts_at_once, planned.size());
    for (std::size_t i = 1; i < thread_count; ++i) others.emplace_back(write_some);
    write_some();
    others.clear();  // joins
    return outcomes;
}

void Sink::note_kept(Partition& partition, const BuiltObject& object) {
    ++partition.kept;
    partition.is_state_dirty = true;
    TopicCounters& counters = counters_of(partition.id.topic);
    counters.records->add(object.line_count);
    counters.null_values->add(object.null_count);
    counters.dead_letters->add(object.dead_count);
}

Task<Status> Sink::write_object(Partition& partition, const BuiltObject& object) {
    const std::string& dir = partition.state.topics_dir;
    if (object.dead_count > 0) {
        std::string key = dead_letter_key(dir, partition.id, object.first_dead);
        CO_TRY_STATUS(co_await put_once(partition, std::move(key), object.dead));
    }
    if (object.line_count > 0) {
        std::string key = object_key(dir, partition.id, object.first_line);
        CO_TRY_STATUS(co_await put_once(partition, std::move(key), object.lines));
    }
    co_return Status{};
}

// What is there already with the same bytes is ours, from before a crash or a lost answer. Other
// bytes belong to an earlier topic of the same name, and stay.
Task<Status> Sink::put_once(Partition& partition, std::string key, const std::string& bytes) {
    std::string later_key = key_of_later_topic(key, partition.state.topic_life);
    const std::array names{std::move(key), std::move(later_key)};
    for (const std::string& name : names) {
        Status put = co_await store_.put(name, bytes, PutIf::absent);
        if (put) {
            counters_of(partition.id.topic).objects->add();
            counters_of(partition.id.topic).bytes->add(static_cast<std::int64_t>(bytes.size()));
            co_return put;
        }
        if (put.error().code != Errc::already_exists) co_return put;
        CO_TRY(std::string present, co_await store_.get(name, {}));
        if (present == bytes) co_return Status{};
        log_warn("sink",
                 "object {} is there with other bytes, from an earlier topic of that name: kept",
                 name);
    }
    co_return fail(Errc::conflict,
                   fmt::format("objects {} and {} are there with other bytes: move them away",
                               names[0], names[1]));
}

// Kept promises need not be kept again after a restart; and the log may let their records go.
Task<Status> Sink::settle() {
    std::vector<WorkChange> changes = forgotten_;
    std::vector<Partition*> settled;
    for (auto& [id, partition] : partitions_) {
        if (!partition->is_state_dirty || partition->has_unkept_promises()) continue;
        PartitionState state = partition->state;
        state.promised.clear();
        changes.push_back({state_key(id), PartitionState::encode(state)});
        settled.push_back(partition.get());
    }
    if (changes.empty()) co_return Status{};
    CO_TRY_STATUS(co_await book_.commit(std::move(changes)));
    forgotten_.clear();
    for (Partition* partition : settled) {
        partition->state.promised.clear();
        partition->kept = 0;
        partition->is_state_dirty = false;
    }
    co_return Status{};
}

void Sink::fail_partition(Partition& partition, const Error& error) {
    partition.retry_delay_us =
        partition.retry_us ? std::min(partition.retry_delay_us * 2, kRetryMostUs) : kRetryFirstUs;
    partition.retry_us = clock_.steady_us() + partition.retry_delay_us;
    partition.problem =
        fmt::format("{}/{}: {}", partition.id.topic, partition.id.partition, error.text);
    counters_of(partition.id.topic).failures->add();
    log_warn("sink", "{}; tried again in {} ms", partition.problem,
             partition.retry_delay_us / 1'000);
}

}  // namespace pinflow::sink
