// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/readers.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinflow::kafka {
namespace {

constexpr std::size_t kHandlesMax = 4;
constexpr std::int64_t kIdleUs = 1'000'000;  // whose reader came no more since is gone, most likely
constexpr std::size_t kReadersMax =
    256;  // each may hold some 3 MiB: 1 kept, 1 queued, 1 on its way
constexpr std::string_view kQueuedKibMax = "1024";
constexpr std::string_view kFetchBytes = "1048576";
// A handle asks a broker for all its partitions at once; who begins to read another waits for the
// answer under way.
constexpr std::string_view kFetchWaitMs = "100";

ConfEntries reading_entries() {
    return {
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {"isolation.level", "read_committed"},
        {"allow.auto.create.topics", "false"},
        {"check.crcs", "true"},
        {"queued.min.messages", "100000"},
        {"queued.max.messages.kbytes", std::string(kQueuedKibMax)},
        {"fetch.message.max.bytes", std::string(kFetchBytes)},
        {"fetch.wait.max.ms", std::string(kFetchWaitMs)},
        {"fetch.error.backoff.ms", "100"},
    };
}

}  // namespace

std::shared_ptr<Reader> Readers::find(const TopicPartition& partition, Offset from) {
    std::scoped_lock lock(mutex_);
    for (Slot& slot : slots_) {
        if (slot.reader->partition() != partition || !slot.reader->reads(from)) continue;
        slot.used_us = clock_.steady_us();
        return slot.reader;
    }
    return nullptr;
}

Result<Handle*> Readers::handle(std::size_t index) {
    while (handles_.size() <= index) {
        TRY(auto handle,
            Handle::open(settings_, clock_, Handle::Kind::consumer, reading_entries(), {}));
        handles_.push_back(std::move(handle));
    }
    return handles_[index].get();
}

Result<std::shared_ptr<Reader>> Readers::open(const TopicPartition& partition, Offset from) {
    TRY(OffsetRange range, ends_.ask(partition));
    if (from < range.first || from > range.end) {
        return fail(Errc::invalid_argument,
                    fmt::format("{}/{} holds offsets {} to {}, not {}", partition.topic,
                                partition.partition, range.first, range.end, from));
    }
    if (auto reader = find(partition, from)) return reader;
    std::vector<Slot> mine;
    {
        std::scoped_lock lock(mutex_);
        if (is_closed_) return fail(Errc::cancelled, "the log is closed");
        for (const Slot& slot : slots_) {
            if (slot.reader->partition() == partition) mine.push_back(slot);
        }
    }
    auto oldest = std::ranges::min_element(mine, {}, [](const Slot& slot) {
        return std::pair(slot.reader->has_waiters(), slot.used_us);
    });
    bool is_idle = oldest != mine.end() && !oldest->reader->has_waiters() &&
                   clock_.steady_us() - oldest->used_us >= kIdleUs;
    if (is_idle || mine.size() >= kHandlesMax) {
        if (oldest->reader->seek(from)) return oldest->reader;
        drop(oldest->reader);
        mine.erase(oldest);
    }
    auto is_taken = [&](std::size_t handle) {
        return std::ranges::find(mine, handle, &Slot::handle) != mine.end();
    };
    std::size_t index = 0;
    while (is_taken(index)) ++index;
    TRY_STATUS(make_room());
    TRY(Handle * handle, this->handle(index));
    TRY(auto reader, Reader::open(*handle, partition, from));
    std::scoped_lock lock(mutex_);
    slots_.push_back({index, reader, clock_.steady_us()});
    return reader;
}

Status Readers::make_room() {
    std::shared_ptr<Reader> idle;
    {
        std::scoped_lock lock(mutex_);
        if (slots_.size() < kReadersMax) return {};
        auto oldest = std::ranges::min_element(slots_, {}, [](const Slot& slot) {
            return std::pair(slot.reader->has_waiters(), slot.used_us);
        });
        idle = oldest->reader;
    }
    drop(idle);
    return {};
}

void Readers::drop(const std::shared_ptr<Reader>& reader) {
    {
        std::scoped_lock lock(mutex_);
        std::erase_if(slots_, [&](const Slot& slot) { return slot.reader == reader; });
    }
    reader->close({Errc::unavailable, "the reader gave way to another"});
}

void Readers::drop_topic(const std::string& topic) {
    std::vector<std::shared_ptr<Reader>> gone;
    {
        std::scoped_lock lock(mutex_);
        for (const Slot& slot : slots_) {
            if (slot.reader->partition().topic == topic) gone.push_back(slot.reader);
        }
        std::erase_if(slots_,
                      [&](const Slot& slot) { return slot.reader->partition().topic == topic; });
    }
    for (const auto& reader : gone) {
        reader->close({Errc::not_found, fmt::format("there is no topic '{}'", topic)});
    }
}

void Readers::close() {
    std::vector<Slot> all;
    {
        std::scoped_lock lock(mutex_);
        is_closed_ = true;
        all = std::exchange(slots_, {});
    }
    for (const Slot& slot : all) slot.reader->close({Errc::cancelled, "the log is closed"});
}

}  // namespace pinflow::kafka
