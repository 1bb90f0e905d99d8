// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>

#include "ports/work_book.h"

namespace pinflow::memory {

// Completes inline.
class MemoryWorkBook final : public WorkBook {
public:
    Task<Result<std::optional<std::string>>> get(std::string key) override;
    Task<Result<std::vector<std::pair<std::string, std::string>>>> list(
        std::string prefix) override;
    Task<Status> commit(std::vector<WorkChange> changes) override;

    // The next `count` commits fail with `io` and change nothing.
    void fail_commits(int count);

private:
    std::mutex mutex_;
    std::map<std::string, std::string> entries_;
    int commits_to_fail_ = 0;
};

}  // namespace pinflow::memory
