// SPDX-License-Identifier: Apache-2.0
// The work book in an SQLite file. One thread serves it and groups commits: all that wait when it
// comes round go in one transaction, so that many stations share one sync.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "ports/work_book.h"
#include "sqlite/database.h"

namespace pinflow::sqlite {

class SqliteWorkBook final : public WorkBook {
public:
    static Result<std::unique_ptr<SqliteWorkBook>> open(const std::string& path);
    ~SqliteWorkBook() override;  // closes
    SqliteWorkBook(const SqliteWorkBook&) = delete;
    SqliteWorkBook& operator=(const SqliteWorkBook&) = delete;

    Task<Result<std::optional<std::string>>> get(std::string key) override;
    Task<Result<std::vector<std::pair<std::string, std::string>>>> list(std::string prefix) override;

    // unavailable when kWaitingMax calls wait already, or after close().
    Task<Status> commit(std::vector<WorkChange> changes) override;

    // Finishes what waits, refuses what comes. Idempotent.
    Status close();

    static constexpr std::size_t kWaitingMax = 4'096;

private:
    // A piece of work for the thread: `apply` runs inside the group's transaction (a write) or before
    // it (a read); `complete` wakes the caller on its own executor once the outcome is durable.
    struct Job {
        bool is_write = false;
        std::function<Status(Database&)> apply;
        std::function<void(Status)> complete;
    };

    explicit SqliteWorkBook(Database database);

    Task<Status> submit(bool is_write, std::function<Status(Database&)> apply);
    bool enqueue(Job& job);  // false when the queue is full or closed: the job is untouched
    void serve();
    void run_group(std::vector<Job>& jobs);
    Status write_group(std::vector<Job>& jobs, std::vector<Status>& outcomes);

    Database database_;
    std::mutex mutex_;
    std::condition_variable has_work_;
    std::vector<Job> waiting_;
    bool is_closing_ = false;
    std::thread thread_;
};

}  // namespace pinflow::sqlite
