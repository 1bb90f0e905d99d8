// SPDX-License-Identifier: Apache-2.0
#include "eventlog/log_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

namespace pinflow::eventlog {
namespace {

constexpr std::size_t kKeyBytesMax = 1'024;  // of a key with the caller's scope

// On the partition's list for as long as it lives.
class ListedWaiter {
public:
    ListedWaiter(PartitionLog& partition, boost::asio::io_context& context, WaitTimer& timer)
        : partition_(partition), waiter_(std::make_shared<FetchWaiter>(&context, &timer)) {}
    ~ListedWaiter() {
        waiter_->timer = nullptr;
        partition_.forget(waiter_);
    }
    ListedWaiter(const ListedWaiter&) = delete;
    ListedWaiter& operator=(const ListedWaiter&) = delete;

    bool wait_at(Offset from) { return partition_.wait_at(from, waiter_); }

private:
    PartitionLog& partition_;
    std::shared_ptr<FetchWaiter> waiter_;
};

// Until there is something at `from`, the partition retires, or the time is up.
Task<void> wait_for_more(std::shared_ptr<PartitionLog> partition, Offset from,
                         std::chrono::milliseconds wait_max) {
    auto executor = co_await boost::asio::this_coro::executor;
    WaitTimer timer(executor, wait_max);
    ListedWaiter waiter(*partition, executor.context(), timer);
    if (!waiter.wait_at(from)) co_return;
    boost::system::error_code ignored;  // woken or timed out: the caller looks again
    co_await timer.async_wait(boost::asio::redirect_error(kUseTask, ignored));
}

Status check_range(const PartitionLog& partition, Offset from, OffsetRange range) {
    if (from >= range.first && from <= range.end) return {};
    return fail(Errc::invalid_argument,
                fmt::format("{} holds offsets {} to {}, not {}", partition.label(), range.first,
                            range.end, from));
}

}  // namespace

Task<void> LogSpace::commit(CommitRequest& request) {
    auto executor = co_await boost::asio::this_coro::executor;
    co_await suspend(executor.context(), [this, &request](Resumption waiter) {
        store_.committer().submit(request, std::move(waiter));
    });
}

// All or none: one bad batch refuses them all.
void LogSpace::mark(CommitRequest& request, const IdempotencyKey& key) const {
    std::optional<Error> error;
    if (key.text.size() > kKeyBytesMax) {
        error = Error{Errc::invalid_argument,
                      fmt::format("idempotency key of {} bytes: there may be 1 to {}",
                                  key.text.size(), kKeyBytesMax)};
    }
    for (const AppendItem& item : request.items) {
        if (!item.outcome && !error) error = item.outcome.error();
        if (item.header.producer_id >= 0 && !error) {
            error = Error{Errc::invalid_argument,
                          "an idempotency key with the batch of an idempotent producer"};
        }
    }
    if (error) return refuse_all(request, *error);
    request.key =
        KeyMark{.hash = KeyTable::hash_of(fmt::format("{}/{}", name_of(space_), key.text)),
                .fingerprint = key.fingerprint};
}

// A request is never cut into two groups, and a group never into two journal files.
Status LogSpace::check_size(const CommitRequest& request) const {
    std::uint64_t bytes =
        kGroupHeaderBytes + request.bytes + request.items.size() * kBatchEntryBytes;
    std::uint64_t max = Journal::group_bytes_max(store_.settings());
    if (padded_to_block(bytes) <= max) return {};
    return fail(Errc::too_large,
                fmt::format("{} bytes at once are over the limit of {}", request.bytes, max));
}

void LogSpace::refuse_all(CommitRequest& request, const Error& error) {
    request.bytes = 0;
    for (AppendItem& item : request.items) {
        item.partition.reset();
        item.outcome = std::unexpected(error);
    }
}

// What can be checked before the queue is checked here, on the caller's own thread.
Status LogSpace::check_batch(const PartitionBatch& batch, AppendItem& item) const {
    if (batch.batch.size() > store_.settings().batch_bytes_max) {
        return fail(Errc::too_large,
                    fmt::format("record batch of {} bytes is over the limit of {}",
                                batch.batch.size(), store_.settings().batch_bytes_max));
    }
    TRY(item.header, kafka::read_batch_header(batch.batch));
    if (item.header.bytes() != batch.batch.size()) {
        return fail(Errc::corrupt, fmt::format("{} bytes behind the record batch",
                                               batch.batch.size() - item.header.bytes()));
    }
    TRY(item.partition, store_.find(space_, batch.partition));
    return {};
}

AppendItem LogSpace::make_item(PartitionBatch& batch) const {
    AppendItem item{.batch = &batch.batch};
    if (auto good = check_batch(batch, item); !good) item.outcome = std::unexpected(good.error());
    return item;
}

Task<std::vector<Result<Appended>>> LogSpace::append(std::span<PartitionBatch> batches,
                                                     IdempotencyKey key) {
    CommitRequest request;
    request.items.reserve(batches.size());
    for (PartitionBatch& batch : batches) {
        AppendItem& item = request.items.emplace_back(make_item(batch));
        if (item.partition) request.bytes += batch.batch.size();
    }
    if (!key.text.empty()) mark(request, key);
    if (auto fits = check_size(request); !fits) refuse_all(request, fits.error());
    if (request.bytes > 0) co_await commit(request);
    std::vector<Result<Appended>> outcomes;
    outcomes.reserve(batches.size());
    for (AppendItem& item : request.items) outcomes.push_back(std::move(item.outcome));
    co_return outcomes;
}

Task<Result<Fetched>> LogSpace::fetch(TopicPartition partition, Offset from, FetchLimits limits) {
    CO_TRY(auto log, store_.find(space_, partition));
    OffsetRange range = log->offsets();
    CO_TRY_STATUS(check_range(*log, from, range));
    if (from == range.end && limits.wait_max.count() > 0) {
        co_await wait_for_more(log, from, limits.wait_max);
        CO_TRY(log, store_.find(space_, partition));  // it may have been removed meanwhile
        range = log->offsets();
        CO_TRY_STATUS(check_range(*log, from, range));
    }
    Fetched fetched{.offsets = range};
    if (from < range.end) {
        auto read = log->read(from, limits.bytes_max);
        if (!read && read.error().code == Errc::not_found) {  // retention was quicker
            CO_TRY_STATUS(check_range(*log, from, log->offsets()));
        }
        CO_TRY(fetched.batches, std::move(read));
    }
    co_return fetched;
}

Task<Result<OffsetRange>> LogSpace::offsets(TopicPartition partition) {
    CO_TRY(auto log, store_.find(space_, partition));
    co_return log->offsets();
}

Task<Result<Offset>> LogSpace::offset_at(TopicPartition partition, Timestamp time) {
    CO_TRY(auto log, store_.find(space_, partition));
    co_return log->offset_at(time);
}

Task<Result<TopicInfo>> LogSpace::create_topic(std::string name, std::int32_t partitions) {
    CO_TRY_STATUS(check_topic_name(name));
    if (partitions < 1 || partitions > kPartitionsMax) {
        co_return fail(Errc::invalid_argument, fmt::format("{} partitions: there may be 1 to {}",
                                                           partitions, kPartitionsMax));
    }
    TopicInfo created;
    CommitRequest request;
    request.prepare = [&](GroupBuilder& entries) -> Status {
        TRY(created, store_.prepare_create(space_, name, partitions, entries));
        return {};
    };
    request.apply = [&] { return store_.apply_create(space_, created); };
    co_await commit(request);
    CO_TRY_STATUS(std::move(request.change_outcome));
    co_return created;
}

Task<Status> LogSpace::remove_topic(std::string name) {
    CommitRequest request;
    request.prepare = [&](GroupBuilder& entries) {
        return store_.prepare_remove(space_, name, entries);
    };
    request.apply = [&] { return store_.apply_remove(space_, name); };
    co_await commit(request);
    co_return std::move(request.change_outcome);
}

Task<Result<TopicInfo>> LogSpace::describe_topic(std::string name) {
    co_return store_.describe(space_, name);
}

Task<Result<std::vector<TopicInfo>>> LogSpace::list_topics() { co_return store_.list(space_); }

}  // namespace pinflow::eventlog
