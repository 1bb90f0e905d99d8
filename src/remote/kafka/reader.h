// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/event_log.h"
#include "remote/kafka/handle.h"

namespace pinflow::kafka {

// One partition being read by one handle, from a position on. Who reads where the last one stopped
// has what librdkafka fetched meanwhile; the latest of what was given is kept for a second reader.
class Reader final {
public:
    // On a thread that may wait. Errors of the partition come with take().
    static Result<std::shared_ptr<Reader>> open(Handle& handle, TopicPartition partition,
                                                Offset from);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Goes on somewhere else: what was fetched is forgotten. unavailable: open another instead.
    Status seek(Offset from);

    // Ends it with an error for who reads and who waits, and lets go of the partition. Waits for
    // librdkafka, so on a thread that may.
    void close(Error error);

    struct Taken {
        std::string batches;     // as Fetched has them; gaps are passed over by a control batch
        Offset next = 0;         // behind them
        bool is_at_end = false;  // nothing at `from`, and the brokers had nothing either
        bool has_moved = false;  // it reads elsewhere by now
    };
    // What is there from `from` on, without waiting. Any thread.
    Result<Taken> take(Offset from, std::size_t bytes_max);

    // Rises whenever something has come.
    std::uint64_t events() const;
    // Until events() is other than `seen`, or the time is up.
    Task<void> wait(std::uint64_t seen, std::chrono::steady_clock::time_point until);

    bool reads(Offset from) const;
    bool has_waiters() const;
    const TopicPartition& partition() const { return partition_; }

private:
    using Timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>;
    // Shared by the coroutine that sleeps and the list of waiters; see eventlog/fetch_waiter.h.
    struct Waiter {
        boost::asio::io_context* context = nullptr;
        Timer* timer = nullptr;
    };
    class ListedWaiter;
    using MessagePtr = std::unique_ptr<rd_kafka_message_t, Freeing<rd_kafka_message_destroy>>;

    Reader(Handle& handle, TopicPartition partition, Offset from)
        : handle_(handle), partition_(std::move(partition)), begin_(from), position_(from) {}

    Status start(Offset from);
    void drain(Offset from, std::size_t bytes_max);
    void absorb(MessagePtr message);
    void build(Offset from, std::size_t bytes_max, Taken& taken);
    void let_go_before(Offset from);
    void wake();
    static void on_event(rd_kafka_t*, void* self);

    Handle& handle_;
    const TopicPartition partition_;
    QueuePtr queue_;
    TopicPtr topic_;

    mutable std::mutex mutex_;
    std::deque<MessagePtr> messages_;  // all there are from begin_ to position_
    std::size_t bytes_ = 0;
    Offset begin_;
    Offset position_;       // what librdkafka gives next
    Offset end_seen_ = -1;  // the brokers had nothing more when this was the position
    std::optional<Error> error_;

    // Apart, for librdkafka calls on_event() with its queue locked, which take() locks too.
    mutable std::mutex waiters_mutex_;
    std::uint64_t events_ = 0;
    std::vector<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace pinflow::kafka
