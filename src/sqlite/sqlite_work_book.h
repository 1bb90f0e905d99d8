// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "ports/work_book.h"

namespace pinflow::sqlite {

class Books;

// The work book as one table of keys and values in an SQLite file.
class SqliteWorkBook final : public WorkBook {
public:
    static constexpr std::size_t kCommitBytesMax = 16u << 20;

    // Creates the file if it is absent. corrupt: it is no SQLite file, or damaged.
    static Result<std::unique_ptr<SqliteWorkBook>> open(const std::string& path);
    ~SqliteWorkBook() override;  // closes

    Task<Result<std::optional<std::string>>> get(std::string key) override;
    Task<Result<std::vector<std::pair<std::string, std::string>>>> list(
        std::string prefix) override;
    // too_large above kCommitBytesMax; unavailable when too much waits, or closed.
    Task<Status> commit(std::vector<WorkChange> changes) override;

    // Completes what waits, then closes the file. Idempotent; the reactors of those who wait must
    // still be there.
    Status close();

    std::uint64_t commits() const;  // transactions so far

private:
    struct Statements;
    SqliteWorkBook(std::unique_ptr<Books> books, std::unique_ptr<Statements> statements);

    std::unique_ptr<Books> books_;
    std::unique_ptr<Statements> statements_;  // the SQLite thread's, once it is open
};

}  // namespace pinflow::sqlite
