// SPDX-License-Identifier: Apache-2.0
#include "bench/log_load.h"

#include "codec/kafka/record_batch.h"

namespace pinflow::bench {
namespace {

// The same bytes at each append: what a batch costs to build is not the log's cost.
PartitionBatch batch_of(const LoadShape& shape) {
    constexpr Timestamp kAnyTimeMs = 1'700'000'000'000;
    std::string value(shape.record_bytes, 'p');
    std::vector<Record> records(static_cast<std::size_t>(shape.records_per_batch));
    for (Record& record : records) {
        record.value = value;
        record.timestamp_ms = kAnyTimeMs;
    }
    return {{shape.topic, 0}, kafka::build_batch(records), shape.records_per_batch};
}

}  // namespace

Result<std::unique_ptr<LogLoad>> LogLoad::open(EventLog& log, LoadShape shape) {
    std::unique_ptr<LogLoad> load(new LogLoad(log, std::move(shape)));
    const LoadShape& wanted = load->shape_;
    auto topic = load->reactor_.run(log.create_topic(wanted.topic, wanted.partitions));
    if (!topic) return std::unexpected(topic.error());
    load->writers_.resize(static_cast<std::size_t>(wanted.writers));
    for (Writer& writer : load->writers_) writer.batch.push_back(batch_of(wanted));
    return load;
}

void LogLoad::start() {
    for (Writer& writer : writers_) {
        writer.done =
            boost::asio::co_spawn(reactor_.context(), write(writer), boost::asio::use_future_t<>{});
    }
}

Task<Status> LogLoad::write(Writer& writer) {
    using clock = std::chrono::steady_clock;
    while (!is_stopping_) {
        writer.batch[0].partition.partition = next_partition_;
        next_partition_ = (next_partition_ + 1) % shape_.partitions;
        auto begin = clock::now();
        auto outcomes = co_await log_.append(writer.batch);
        if (!outcomes[0]) {
            is_stopping_ = true;
            co_return std::unexpected(outcomes[0].error());
        }
        ++acknowledged_;
        if (is_measuring_) writer.samples.add(clock::now() - begin);
    }
    co_return Status{};
}

void LogLoad::begin_measuring() { is_measuring_ = true; }

Result<Samples> LogLoad::stop() {
    is_stopping_ = true;
    Samples all;
    Status outcome;
    for (Writer& writer : writers_) {
        Status done = writer.done.get();
        if (!done && outcome) outcome = std::move(done);
        all.add(writer.samples);
    }
    if (!outcome) return std::unexpected(std::move(outcome).error());
    return all;
}

}  // namespace pinflow::bench
