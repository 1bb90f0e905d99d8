// SPDX-License-Identifier: Apache-2.0
#include "sqlite/books.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace pinflow::sqlite {

std::unique_ptr<Books> Books::serve(Database database) {
    return std::unique_ptr<Books>(new Books(std::move(database)));
}

Books::Books(Database database) : path_(database.path()), database_(std::move(database)) {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "sqlite");
        work();
    });
}

Books::~Books() { (void)close(); }

Task<Status> Books::write(Job job, std::size_t bytes) {
    return submit(std::move(job), true, bytes);
}
Task<Status> Books::read(Job job) { return submit(std::move(job), false, 0); }

Task<Status> Books::submit(Job job, bool is_write, std::size_t bytes) {
    constexpr boost::asio::use_awaitable_t<boost::asio::io_context::executor_type> kUseTask;
    auto executor = co_await boost::asio::this_coro::executor;
    auto suspend = [this, &job, is_write, bytes, reactor = &executor.context()](auto handler) {
        // Once it is in the queue the SQLite thread may resume this coroutine: touch its frame no more.
        Waiting waiting{.job = std::move(job), .is_write = is_write, .bytes = bytes,
                        .reactor = reactor, .resume = std::move(handler), .outcome = {}};
        waiting.outcome = enqueue(waiting);
        if (!waiting.outcome) wake(std::move(waiting));
    };
    co_return co_await boost::asio::async_initiate<decltype(kUseTask), void(Status)>(suspend, kUseTask);
}

Status Books::enqueue(Waiting& waiting) {
    std::scoped_lock lock(mutex_);
    if (is_closing_) return fail(Errc::unavailable, path_ + " is being closed");
    if (queue_.size() >= kWaitingMax || queue_bytes_ + waiting.bytes > kWaitingBytesMax) {
        return fail(Errc::unavailable,
                    fmt::format("too much waits to be written to {}; try again", path_));
    }
    queue_bytes_ += waiting.bytes;
    queue_.push_back(std::move(waiting));
    has_work_.notify_one();
    return {};
}

void Books::work() {
    while (true) {
        std::vector<Waiting> group = next_group();
        if (group.empty()) return;
        run_group(group);
        for (Waiting& one : group) wake(std::move(one));
    }
}

// On its own reactor, whatever thread this is. The coroutine goes on only when post() has returned: it may
// be the last thing its reactor waits for, and post() still signals when the handler can run already.
void Books::wake(Waiting one) const {
    auto posting = posting_;
    std::scoped_lock lock(*posting);
    boost::asio::post(*one.reactor, [posting, resume = std::move(one.resume),
                                     outcome = std::move(one.outcome)]() mutable {
        { std::scoped_lock until_posted(*posting); }
        std::move(resume)(std::move(outcome));
    });
}

// All that waits; nothing when closed and done.
std::vector<Books::Waiting> Books::next_group() {
    std::unique_lock lock(mutex_);
    has_work_.wait(lock, [this] { return !queue_.empty() || is_closing_; });
    std::vector<Waiting> group(std::make_move_iterator(queue_.begin()),
                               std::make_move_iterator(queue_.end()));
    queue_.clear();
    queue_bytes_ = 0;
    return group;
}

void Books::run_group(std::vector<Waiting>& group) {
    bool has_writes = std::ranges::any_of(group, &Waiting::is_write);
    if (!has_writes || !failed_) {
        for (Waiting& one : group) run_alone(one);
        return;
    }
    Status committed = commit_group(group);
    if (committed) {
        commits_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    // A write whose sync failed may or may not be there after a crash: nothing more is promised.
    if (committed.error().code == Errc::io) failed_ = committed;
    (void)database_->execute("ROLLBACK");
    for (Waiting& one : group) {
        if (one.outcome) one.outcome = committed;
    }
}

// Outside a transaction: reads, and the refusal of writes once a sync has failed.
void Books::run_alone(Waiting& one) {
    if (one.is_write) one.outcome = failed_;
    else one.outcome = one.job(*database_);
}

Status Books::commit_group(std::vector<Waiting>& group) {
    TRY_STATUS(database_->execute("BEGIN IMMEDIATE"));
    for (Waiting& one : group) {
        run_write(one);
        if (!database_->in_transaction()) return one.outcome;
    }
    return database_->execute("COMMIT");
}

void Books::run_write(Waiting& one) {
    one.outcome = database_->execute("SAVEPOINT one");
    if (!one.outcome) return;
    one.outcome = one.job(*database_);
    if (!one.outcome) (void)database_->execute("ROLLBACK TO one");
    if (Status released = database_->execute("RELEASE one"); one.outcome) one.outcome = released;
}

Status Books::close() {
    {
        std::scoped_lock lock(mutex_);
        is_closing_ = true;
        has_work_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    database_.reset();
    return failed_;
}

}  // namespace pinflow::sqlite
