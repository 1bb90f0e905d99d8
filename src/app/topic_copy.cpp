// SPDX-License-Identifier: Apache-2.0
#include "app/topic_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/hash.h"
#include "base/reactor.h"
#include "codec/kafka/record_batch.h"

namespace pinflow::app {
namespace {

constexpr std::size_t kFetchBytes = 1 << 20;
constexpr std::chrono::milliseconds kFetchWait{5'000};  // more records are known to be there
constexpr int kEmptyFetchesMax = 6;                     // then the end is believed to be wrong

// The records of a partition, in their order, a fetch at a time.
class RecordReader final {
public:
    RecordReader(EventLog& log, TopicPartition partition, OffsetRange range)
        : log_(log), partition_(std::move(partition)), next_(range.first), end_(range.end) {}

    // Empty at the end.
    Result<std::vector<Record>> next() {
        for (int empty = 0; next_ < end_ && empty < kEmptyFetchesMax; ++empty) {
            FetchLimits limits{.bytes_max = kFetchBytes, .wait_max = kFetchWait};
            TRY(auto fetched, run_here(log_.fetch(partition_, next_, limits)));
            if (fetched.batches.empty()) continue;
            TRY(auto records, kafka::decode_records(fetched.batches));
            std::erase_if(records, [this](const Record& record) { return record.offset < next_; });
            TRY(next_, kafka::end_of(fetched.batches));
            if (!records.empty()) return records;
        }
        return std::vector<Record>{};
    }

private:
    EventLog& log_;
    const TopicPartition partition_;
    Offset next_;
    const Offset end_;
};

void put_text(std::string& bytes, const std::optional<std::string>& text) {
    bytes += text ? fmt::format("{}:{}", text->size(), *text) : "-";
}

// One record as bytes that tell it from every other; a real Kafka keeps no time of 0.
std::string shape_of(const Record& record) {
    std::string bytes = fmt::format("{}|", std::max<Timestamp>(record.timestamp_ms, 1));
    put_text(bytes, record.key);
    put_text(bytes, record.value);
    for (const Header& header : record.headers) {
        put_text(bytes, header.name);
        put_text(bytes, header.value);
    }
    return bytes;
}

// Links each record to all before it, so that order counts.
class Chain final {
public:
    void add(const Record& record) {
        auto digest = sha256(link_ + shape_of(record));
        link_.assign(reinterpret_cast<const char*>(digest.data()), digest.size());
    }
    std::string hexadecimal() const { return hex(link_); }
    bool operator==(const Chain&) const = default;

private:
    std::string link_;
};

class Copying final {
public:
    Copying(EventLog& from, EventLog& to, const TopicCopySettings& settings)
        : from_(from), to_(to), settings_(settings) {}

    Result<std::vector<PartitionCopy>> run(const std::vector<std::string>& names);

private:
    Status plan(const TopicInfo& topic);
    Status copy(PartitionCopy& copy);
    Status append(const TopicPartition& partition, const std::vector<Record>& records);
    Status compare(PartitionCopy& copy);
    Status go_on(std::int64_t records);
    Result<std::int64_t> count_there(const TopicPartition& partition);

    EventLog& from_;
    EventLog& to_;
    const TopicCopySettings& settings_;
    std::vector<PartitionCopy> copies_;
    std::int64_t done_ = 0, total_ = 0;
};

Status Copying::plan(const TopicInfo& topic) {
    auto there = run_here(to_.describe_topic(topic.name));
    if (!there && there.error().code == Errc::not_found)
        there = run_here(to_.create_topic(topic.name, topic.partitions));
    if (!there) return std::unexpected(there.error());
    if (there->partitions != topic.partitions) {
        return fail(Errc::conflict,
                    fmt::format("topic {} has {} partitions here and {} there: keys would be in "
                                "other partitions; remove it there, or leave it out",
                                topic.name, topic.partitions, there->partitions));
    }
    for (std::int32_t number = 0; number < topic.partitions; ++number) {
        copies_.push_back({.partition = {topic.name, number}});
        TRY(OffsetRange range, run_here(from_.offsets(copies_.back().partition)));
        total_ += range.end - range.first;
    }
    return {};
}

Status Copying::go_on(std::int64_t records) {
    done_ += records;
    settings_.on_progress(done_, total_);
    if (!settings_.is_stopped()) return {};
    return fail(Errc::cancelled, "stopped; the same command goes on from here");
}

Result<std::int64_t> Copying::count_there(const TopicPartition& partition) {
    TRY(OffsetRange range, run_here(to_.offsets(partition)));
    RecordReader reader(to_, partition, range);
    std::int64_t count = 0;
    for (;;) {
        TRY(auto records, reader.next());
        if (records.empty()) return count;
        count += static_cast<std::int64_t>(records.size());
    }
}

Status Copying::append(const TopicPartition& partition, const std::vector<Record>& records) {
    std::vector<PartitionBatch> batches = {
        {partition, kafka::build_batch(records), static_cast<std::int32_t>(records.size())}};
    auto outcomes = run_here(to_.append(batches));
    if (!outcomes.front()) return std::unexpected(outcomes.front().error());
    return {};
}

// What is there already was put by an earlier call, in order: its number says where to go on, and
// compare() whether that was so.
Status Copying::copy(PartitionCopy& copy) {
    TRY(std::int64_t there, count_there(copy.partition));
    TRY(OffsetRange range, run_here(from_.offsets(copy.partition)));
    RecordReader reader(from_, copy.partition, range);
    std::int64_t passed = 0;
    for (;;) {
        TRY(auto records, reader.next());
        if (records.empty()) break;
        auto count = static_cast<std::int64_t>(records.size());
        auto known = std::clamp<std::int64_t>(there - passed, 0, count);
        passed += count;
        records.erase(records.begin(), records.begin() + known);
        if (!records.empty()) TRY_STATUS(append(copy.partition, records));
        copy.copied += count - known;
        TRY_STATUS(go_on(count));
    }
    return {};
}

Status Copying::compare(PartitionCopy& copy) {
    TRY(OffsetRange here, run_here(from_.offsets(copy.partition)));
    TRY(OffsetRange there, run_here(to_.offsets(copy.partition)));
    RecordReader ours(from_, copy.partition, here), theirs(to_, copy.partition, there);
    Chain our_chain, their_chain;
    std::vector<Record> left, right;
    for (;;) {
        if (left.empty()) {
            TRY(left, ours.next());
        }
        if (right.empty()) {
            TRY(right, theirs.next());
        }
        std::size_t both = std::min(left.size(), right.size());
        if (both == 0) break;
        for (std::size_t at = 0; at < both; ++at) {
            our_chain.add(left[at]);
            their_chain.add(right[at]);
            Offset shift = right[at].offset - left[at].offset;
            if (copy.records == 0 && at == 0) copy.shift = shift;
            copy.has_same_offsets = copy.has_same_offsets && shift == 0;
            if (our_chain == their_chain) continue;
            return fail(
                Errc::failed_check,
                fmt::format("{} partition {}: record {} differs; what is there was not "
                            "copied from here: remove the topic there and say it again",
                            copy.partition.topic, copy.partition.partition, left[at].offset));
        }
        copy.records += static_cast<std::int64_t>(both);
        left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(both));
        right.erase(right.begin(), right.begin() + static_cast<std::ptrdiff_t>(both));
        if (settings_.is_stopped()) return go_on(0);
    }
    copy.sha256 = our_chain.hexadecimal();
    if (left.empty() && right.empty()) return {};
    return fail(Errc::failed_check,
                fmt::format("{} partition {}: {} records are equal, then only {} goes on",
                            copy.partition.topic, copy.partition.partition, copy.records,
                            left.empty() ? "the copy" : "the original"));
}

Result<std::vector<PartitionCopy>> Copying::run(const std::vector<std::string>& names) {
    TRY(auto topics, run_here(from_.list_topics()));
    for (const std::string& name : names) {
        if (std::ranges::find(topics, name, &TopicInfo::name) == topics.end())
            return fail(Errc::not_found, fmt::format("there is no topic {} here", name));
    }
    for (const TopicInfo& topic : topics) {
        if (names.empty() || std::ranges::find(names, topic.name) != names.end())
            TRY_STATUS(plan(topic));
    }
    for (PartitionCopy& one : copies_) TRY_STATUS(copy(one));
    for (PartitionCopy& one : copies_) TRY_STATUS(compare(one));
    return std::move(copies_);
}

}  // namespace

Result<std::vector<PartitionCopy>> copy_topics(EventLog& from, EventLog& to,
                                               const std::vector<std::string>& names,
                                               const TopicCopySettings& settings) {
    return Copying(from, to, settings).run(names);
}

}  // namespace pinflow::app
