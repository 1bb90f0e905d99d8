// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/check.h"
#include "base/reactor.h"
#include "eventlog/native_log.h"
#include "eventlog/space.h"
#include "feed.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"
#include "sealed.h"
#include "targets.h"

namespace pinflow::fuzz {
namespace {

using memory::MemoryFiles;

constexpr std::size_t kStepsMax = 12;
constexpr std::int32_t kPartitionsRead = 4;
constexpr int kFetchesMax = 64;

eventlog::NativeLogSettings small_settings() {
    return {.directory = "log",
            .segment_bytes_max = 512,
            .journal_file_bytes = 32 << 10,
            .checkpoint_bytes = 4 << 20,
            .checkpoint_idle_ms = 1'000'000,
            .scrub_bytes_per_second = 0,
            .free_ratio_floor = 0};
}

std::string batch_of(std::string_view value, std::int64_t producer_id = -1) {
    std::vector<Record> records{{.key = "k", .value = std::string(value), .timestamp_ms = 1'000}};
    std::string batch = kafka::build_batch(std::span<const Record>(records));
    if (producer_id < 0) return batch;
    put_at(batch, 43, producer_id);
    put_at(batch, 51, std::int16_t{0});
    put_at(batch, 53, std::int32_t{0});
    seal_batch(batch, 0);
    return batch;
}

Result<Appended> append(eventlog::NativeLog& log, TopicPartition partition, std::string batch,
                        std::string key = {}) {
    std::vector<PartitionBatch> one{{std::move(partition), std::move(batch), 0}};
    return run_here(log.topics().append(one, {.text = std::move(key)})).at(0);
}

// Two disks of the same log: one left by a kill, with groups behind its checkpoint, and one closed.
struct Disks {
    std::unique_ptr<MemoryFiles> killed;
    std::unique_ptr<MemoryFiles> closed;
};

Disks make_disks() {
    MemoryFiles files({.tracks_durability = false});
    memory::HandClock clock;
    auto log = eventlog::NativeLog::open(files, clock, small_settings()).value();
    CHECK(run_here(log->topics().create_topic("t", 2)).has_value());
    CHECK(run_here(log->streams().create_stream("s", 1)).has_value());
    for (int i = 0; i < 8; ++i) {
        CHECK(append(*log, {"t", 0}, batch_of(std::string(100, 'v'))).has_value());
    }
    CHECK(append(*log, {"t", 1}, batch_of("producer", 9)).has_value());
    CHECK(append(*log, {"t", 1}, batch_of("key"), "key-1").has_value());
    CHECK(run_here(log->topics().create_topic("gone", 1)).has_value());
    CHECK(log->checkpoint().has_value());
    CHECK(append(*log, {"t", 0}, batch_of(std::string(300, 'w'))).has_value());
    CHECK(append(*log, {"t", 1}, batch_of("another", 10), "").has_value());
    CHECK(append(*log, {"t", 1}, batch_of("with a key"), "key-2").has_value());
    CHECK(run_here(log->topics().create_topic("new", 1)).has_value());
    CHECK(append(*log, {"new", 0}, batch_of("n")).has_value());
    CHECK(run_here(log->topics().remove_topic("gone")).has_value());
    CHECK(log->advance_log_start(eventlog::Space::topics, {"t", 0}, 4).has_value());
    Disks disks{.killed = files.after_kill()};
    CHECK(log->close().has_value());
    disks.closed = files.after_kill();
    return disks;
}

void list_files(MemoryFiles& files, const std::string& directory, std::vector<std::string>& found) {
    for (const DirectoryEntry& entry : files.list(directory).value()) {
        std::string path = directory + "/" + entry.name;
        if (entry.is_directory) list_files(files, path, found);
        else if (entry.name != "lock") found.push_back(path);
    }
}

std::string read_file(MemoryFiles& files, const std::string& path) {
    auto file = files.open(path, OpenMode::read);
    if (!file) return {};
    std::string bytes((*file)->size().value(), '\0');
    CHECK((*file)->read_at(0, bytes).value() == bytes.size());
    return bytes;
}

void write_file(MemoryFiles& files, const std::string& path, std::string_view bytes) {
    auto file = files.open(path, OpenMode::read_write).value();
    CHECK(file->truncate(0).has_value());
    CHECK(file->write_at(0, {{bytes}}).has_value());
}

void seal(const std::string& path, std::string& bytes) {
    if (path.contains("/checkpoint.")) return seal_checkpoint(bytes);
    if (path.ends_with(".idx")) return seal_index(bytes);
    if (path.ends_with(".log")) return seal_batches(bytes);
    for (std::size_t at = eventlog::kJournalBlockBytes; at < bytes.size();
         at += eventlog::kJournalBlockBytes) {
        if (eventlog::read_group_header(std::string_view(bytes).substr(at))) seal_group(bytes, at);
    }
}

// What the input says goes wrong on the disk, one thing after the other.
class Changes {
public:
    Changes(MemoryFiles& files, Feed feed) : files_(files), feed_(feed) {
        list_files(files_, "log", paths_);
    }

    void run() {
        for (std::size_t i = 0; i < kStepsMax && !feed_.empty(); ++i) {
            std::uint64_t what = feed_.number(1);
            step(what, paths_[feed_.number(1) % paths_.size()]);
        }
    }

private:
    void step(std::uint64_t what, const std::string& path) {
        std::string bytes = read_file(files_, path);
        switch (what % 8) {
            case 0: flip(bytes); break;
            case 1:
                flip(bytes);
                seal(path, bytes);
                break;
            case 2: overwrite(bytes); break;
            case 3:
                overwrite(bytes);
                seal(path, bytes);
                break;
            case 4: bytes.resize(bytes.empty() ? 0 : feed_.number(3) % bytes.size()); break;
            case 5: (void)files_.remove(path); return;
            case 6: bytes = read_file(files_, paths_[feed_.number(1) % paths_.size()]); break;
            case 7: add_group(path, bytes); break;
        }
        write_file(files_, path, bytes);
        // What a checkpoint says is believed only if its other copy is no newer.
        if (path.ends_with("checkpoint.0") && what % 2 == 1) {
            write_file(files_, "log/checkpoint.1", bytes);
        }
    }

    std::size_t place(const std::string& bytes) {
        std::uint64_t wanted = feed_.number(2);
        return bytes.empty() ? 0 : wanted % bytes.size();
    }

    void flip(std::string& bytes) {
        std::size_t at = place(bytes);
        auto bits = static_cast<char>(feed_.number(1));
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ bits);
    }

    void overwrite(std::string& bytes) {
        std::size_t at = place(bytes);
        std::string_view text = feed_.text();
        bytes.replace(at, text.size(), text);
    }

    // Behind the last group of a journal file, one more with the body that comes next.
    void add_group(const std::string& path, std::string& bytes) {
        if (!path.ends_with(".journal")) return;
        std::size_t at = eventlog::kJournalBlockBytes;
        eventlog::GroupHeader last;
        while (at < bytes.size()) {
            auto header = eventlog::read_group_header(std::string_view(bytes).substr(at));
            if (!header || (last.number != 0 && header->number != last.number + 1)) break;
            last = *header;
            at += last.stored_bytes();
        }
        std::string body(feed_.text());
        if (last.number == 0 || at + eventlog::kGroupHeaderBytes + body.size() > bytes.size()) {
            return;
        }
        std::string group = bytes.substr(eventlog::kJournalBlockBytes, eventlog::kGroupHeaderBytes);
        put_at(group, 16, last.number + 1);
        put_at(group, 32, static_cast<std::uint32_t>(body.size()));
        group += body;
        seal_group(group, 0);
        group.resize(
            std::min<std::size_t>(eventlog::padded_to_block(group.size()), bytes.size() - at),
            '\0');
        bytes.replace(at, group.size(), group);
    }

    MemoryFiles& files_;
    Feed feed_;
    std::vector<std::string> paths_;
};

// Whatever is served reads as whole batches in their order, or is an error.
void read_partition(eventlog::NativeLog& log, const TopicPartition& partition) {
    auto range = run_here(log.topics().offsets(partition));
    CHECK(range.has_value());
    Offset next = range->first;
    for (int i = 0; i < kFetchesMax && next < range->end; ++i) {
        auto fetched = run_here(log.topics().fetch(partition, next, {.bytes_max = 4'096}));
        if (!fetched) return;
        Offset before = next;
        kafka::BatchReader reader(fetched->batches);
        for (;;) {
            auto batch = reader.next();
            CHECK(batch.has_value());
            if (!*batch) break;
            CHECK((*batch)->header.next_offset() > next);
            next = (*batch)->header.next_offset();
        }
        CHECK(next > before);
    }
    (void)run_here(log.topics().offset_at(partition, 1'000));
}

// One group for all: what costs time here is the turn of threads.
void append_everywhere(eventlog::NativeLog& log, const std::vector<TopicPartition>& partitions) {
    std::vector<PartitionBatch> batches;
    for (const TopicPartition& partition : partitions) {
        batches.push_back({partition, batch_of("new"), 0});
        batches.push_back({partition, batch_of("producer", 9), 0});
    }
    (void)run_here(log.topics().append(batches));
}

void use(eventlog::NativeLog& log) {
    std::vector<TopicPartition> partitions;
    for (const TopicInfo& topic : run_here(log.topics().list_topics()).value()) {
        for (std::int32_t i = 0; i < std::min(topic.partitions, kPartitionsRead); ++i) {
            partitions.push_back({topic.name, i});
            read_partition(log, partitions.back());
        }
    }
    append_everywhere(log, partitions);
    for (const std::string& name : run_here(log.streams().list_streams()).value()) {
        CHECK(run_here(log.streams().describe_stream(name)).has_value());
    }
    (void)run_here(log.topics().create_topic("made", 1));
}

}  // namespace

// A disk that was changed is refused, or it opens; and what has opened and closed opens again.
void recovery(std::string_view input) {
    static const Disks disks = make_disks();
    Feed feed(input);
    std::uint64_t how = feed.number(1);
    auto files = (how & 1) != 0 ? disks.closed->after_kill() : disks.killed->after_kill();
    Changes(*files, feed).run();

    memory::HandClock clock;
    eventlog::NativeLogSettings settings = small_settings();
    settings.accept_data_loss = (how & 2) != 0;
    auto log = eventlog::NativeLog::open(*files, clock, settings);
    if (!log) return;
    use(**log);
    CHECK((*log)->close().has_value());
    log->reset();

    auto again = eventlog::NativeLog::open(*files, clock, small_settings());
    CHECK(again.has_value(), again ? "" : again.error().text);
}

}  // namespace pinflow::fuzz
