// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_work_book.h"

namespace pinflow::memory {

Task<Result<std::optional<std::string>>> MemoryWorkBook::get(std::string key) {
    std::scoped_lock lock(mutex_);
    auto found = entries_.find(key);
    if (found == entries_.end()) co_return std::nullopt;
    co_return found->second;
}

Task<Result<std::vector<std::pair<std::string, std::string>>>> MemoryWorkBook::list(
    std::string prefix) {
    std::scoped_lock lock(mutex_);
    std::vector<std::pair<std::string, std::string>> found;
    for (auto at = entries_.lower_bound(prefix); at != entries_.end(); ++at) {
        if (!at->first.starts_with(prefix)) break;
        found.emplace_back(*at);
    }
    co_return found;
}

Task<Status> MemoryWorkBook::commit(std::vector<WorkChange> changes) {
    std::scoped_lock lock(mutex_);
    if (commits_to_fail_ > 0) {
        --commits_to_fail_;
        co_return fail(Errc::io, "cannot commit to the work book: Input/output error (ordered)");
    }
    for (WorkChange& change : changes) {
        if (change.value) entries_[std::move(change.key)] = std::move(*change.value);
        else entries_.erase(change.key);
    }
    co_return Status{};
}

void MemoryWorkBook::fail_commits(int count) {
    std::scoped_lock lock(mutex_);
    commits_to_fail_ = count;
}

}  // namespace pinflow::memory
