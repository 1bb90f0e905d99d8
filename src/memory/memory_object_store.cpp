// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_object_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "record/object_key.h"

namespace pinflow::memory {
namespace {

std::unexpected<Error> no_such_key(const std::string& key) {
    return fail(Errc::not_found, fmt::format("there is no object '{}'", key));
}

}  // namespace

// A folder store cannot hold both "a" and "a/b"; so none of the twins does.
Status MemoryObjectStore::check_place(const std::string& key) const {
    for (std::size_t at = key.find('/'); at != std::string::npos; at = key.find('/', at + 1)) {
        if (objects_.contains(key.substr(0, at))) {
            return invalid_key(key, "lies below another object");
        }
    }
    auto below = objects_.lower_bound(key + "/");
    if (below != objects_.end() && below->first.starts_with(key + "/")) {
        return invalid_key(key, "is the folder of another object");
    }
    return {};
}

Task<Status> MemoryObjectStore::put(std::string key, std::string bytes, PutIf condition) {
    CO_TRY_STATUS(check_key(key));
    std::scoped_lock lock(mutex_);
    CO_TRY_STATUS(check_place(key));
    bool fails = puts_to_fail_ > 0 && puts_to_fail_-- > 0;
    auto failure =
        fail(Errc::io, fmt::format("cannot put '{}': Input/output error (ordered)", key));
    if (fails && put_fault_ == PutFault::before_effect) co_return failure;
    if (condition == PutIf::absent && objects_.contains(key)) {
        co_return fail(Errc::already_exists, fmt::format("there is an object '{}' already", key));
    }
    objects_[key] = {std::move(bytes), clock_.now_ms()};
    if (fails) co_return failure;
    co_return Status{};
}

Task<Status> MemoryObjectStore::put_file(std::string key, std::string path, PutIf condition) {
    CO_TRY(auto file, files_.open(path, OpenMode::read));
    CO_TRY(auto size, file->size());
    std::string bytes(size, '\0');
    CO_TRY(auto count, file->read_at(0, bytes));
    bytes.resize(count);
    co_return co_await put(std::move(key), std::move(bytes), condition);
}

Task<Result<std::string>> MemoryObjectStore::get(std::string key, ByteRange range) {
    CO_TRY_STATUS(check_key(key));
    std::scoped_lock lock(mutex_);
    auto found = objects_.find(key);
    if (found == objects_.end()) co_return no_such_key(key);
    const std::string& bytes = found->second.bytes;
    std::uint64_t first = std::min<std::uint64_t>(range.first, bytes.size());
    co_return bytes.substr(first, range.count);
}

Task<Result<ObjectInfo>> MemoryObjectStore::head(std::string key) {
    CO_TRY_STATUS(check_key(key));
    std::scoped_lock lock(mutex_);
    auto found = objects_.find(key);
    if (found == objects_.end()) co_return no_such_key(key);
    co_return ObjectInfo{key, found->second.bytes.size(), found->second.modified_ms};
}

Task<Result<std::vector<ObjectInfo>>> MemoryObjectStore::list(std::string prefix) {
    std::scoped_lock lock(mutex_);
    std::vector<ObjectInfo> found;
    for (auto at = objects_.lower_bound(prefix); at != objects_.end(); ++at) {
        if (!at->first.starts_with(prefix)) break;
        found.push_back({at->first, at->second.bytes.size(), at->second.modified_ms});
    }
    co_return found;
}

Task<Status> MemoryObjectStore::remove(std::string key) {
    CO_TRY_STATUS(check_key(key));
    std::scoped_lock lock(mutex_);
    objects_.erase(key);
    co_return Status{};
}

void MemoryObjectStore::fail_puts(int count, PutFault fault) {
    std::scoped_lock lock(mutex_);
    puts_to_fail_ = count;
    put_fault_ = fault;
}

}  // namespace pinflow::memory
