// SPDX-License-Identifier: Apache-2.0
// The one SQLite thread. Tasks of any reactor hand it jobs and sleep; it takes all that wait, runs
// them in one transaction, and wakes them when that is durable: one sync for all who waited.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/io_context.hpp>

#include "base/result.h"
#include "base/task.h"
#include "sqlite/database.h"

namespace pinflow::sqlite {

class Books final {
public:
    // What waits may be this much; above, jobs are refused with `unavailable`.
    static constexpr std::size_t kWaitingMax = 4'096;
    static constexpr std::size_t kWaitingBytesMax = 64u << 20;

    // Runs on the SQLite thread, within the group's transaction. An error undoes this job alone.
    // It must not begin or end transactions.
    using Job = std::move_only_function<Status(Database&)>;

    // Takes the connection to its own thread. Prepare what the jobs use before.
    static std::unique_ptr<Books> serve(Database database);
    ~Books();  // closes
    Books(const Books&) = delete;
    Books& operator=(const Books&) = delete;

    // Durable when it completes with ok. Any reactor; the reactor must outlive the job (close()
    // waits for all). `bytes` is what the job keeps in memory. The job comes by value and lives
    // here until it has run; what it refers to must live in the caller's frame.
    // unavailable: the queue is full, or closed. io: a sync has failed; then all later writes fail.
    Task<Status> write(Job job, std::size_t bytes);

    // Sees all writes that completed before the call. (It may see one that is committed with it; it
    // completes only when that is durable.)
    Task<Status> read(Job job);

    // Runs what waits, then ends the thread and closes the file. Not from a reactor's thread with
    // jobs of its own in flight. Idempotent.
    Status close();

    // How many transactions have been committed, for tests and meters.
    std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }

private:
    struct Waiting {
        Job job;
        bool is_write = false;
        std::size_t bytes = 0;
        boost::asio::io_context* reactor = nullptr;
        boost::asio::any_completion_handler<void(Status)> resume;
        Status outcome;
    };

    explicit Books(Database database);

    Task<Status> submit(Job job, bool is_write, std::size_t bytes);
    Status enqueue(Waiting& waiting);
    void work();
    void wake(Waiting one) const;
    std::vector<Waiting> next_group();
    void run_group(std::vector<Waiting>& group);
    void run_alone(Waiting& one);
    void run_write(Waiting& one);
    Status commit_group(std::vector<Waiting>& group);

    const std::string path_;
    std::optional<Database> database_;  // the SQLite thread's, until close()
    Status failed_;  // the SQLite thread's: why no write can be trusted any more

    // Held around each post(). Shared, since a handler may run when these books are gone already.
    const std::shared_ptr<std::mutex> posting_ = std::make_shared<std::mutex>();
    std::mutex mutex_;
    std::condition_variable has_work_;
    std::deque<Waiting> queue_;      // guarded
    std::size_t queue_bytes_ = 0;    // guarded
    bool is_closing_ = false;        // guarded
    std::atomic<std::uint64_t> commits_{0};
    std::thread thread_;
};

}  // namespace pinflow::sqlite
