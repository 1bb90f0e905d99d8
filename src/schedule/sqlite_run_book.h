// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "ports/files.h"
#include "ports/run_book.h"

namespace pinflow::sqlite {
class Books;
}  // namespace pinflow::sqlite

namespace pinflow::schedule {

class Owners;

// The run book as tables of an SQLite file that several processes may have open (WAL; one waits for
// another five seconds, then `busy`). Every decision is one transaction of the whole file.
class SqliteRunBook final : public RunBook {
public:
    // Creates the file and its tables if absent. `owners_directory` holds a locked file for each
    // process with live runs. `files` must outlive the book.
    static Result<std::unique_ptr<SqliteRunBook>> open(const std::string& path, Files& files,
                                                       std::string owners_directory);
    ~SqliteRunBook() override;  // closes: runs of it that are still live are then without an owner

    Task<Result<Run>> admit(RunRequest request, Timestamp now_ms) override;
    Task<Result<Run>> take_turn(std::int64_t id, Timestamp now_ms) override;
    Task<Status> record(std::int64_t id, std::vector<RunStep> steps,
                        std::vector<RunLogLine> log) override;
    Task<Status> finish(Run ended) override;
    Task<Result<std::vector<Run>>> sweep(Timestamp now_ms) override;
    Task<Result<std::optional<Timestamp>>> decided(std::string schedule) override;
    Task<Status> decide(ScheduleMark mark, std::vector<RunSkip> skipped, Timestamp now_ms) override;
    Task<Result<Run>> request_cancel(std::int64_t id, std::string reason) override;
    Task<Result<std::optional<std::string>>> cancel_reason(std::int64_t id) override;
    Task<Result<std::vector<Run>>> list(std::size_t runs_max) override;
    Task<Result<RunDetails>> details(std::int64_t id) override;

    Status close();  // idempotent

    std::uint64_t commits() const;  // transactions so far

private:
    SqliteRunBook(std::unique_ptr<sqlite::Books> books, std::unique_ptr<Owners> owners);

    std::unique_ptr<Owners> owners_;  // the SQLite thread's; released after it has ended
    std::unique_ptr<sqlite::Books> books_;
};

}  // namespace pinflow::schedule
