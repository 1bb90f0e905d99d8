// SPDX-License-Identifier: Apache-2.0
#include "lake/local_copies.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <system_error>
#include <thread>

#include "base/hash.h"
#include "base/reactor.h"
#include "record/object_key.h"

namespace pinflow::lake {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> cannot_write(const fs::path& path) {
    return fail(Errc::io, fmt::format("{}: cannot be written (is its disk full?)", path.string()));
}

// The object in stretches, so that a large one is never in memory whole.
Task<Result<std::uint64_t>> copy_object(ObjectStore& store, std::string key, fs::path path) {
    std::ofstream out(path, std::ios::binary);
    std::uint64_t at = 0;
    while (true) {
        CO_TRY(std::string bytes, co_await store.get(key, {.first = at, .count = kFetchBytes}));
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        at += bytes.size();
        if (!out) co_return cannot_write(path);
        if (bytes.size() < kFetchBytes) break;
    }
    out.close();
    if (!out) co_return cannot_write(path);
    co_return at;
}

// Calls `work` for 0 to count - 1, on several threads of which the caller's is one, until one
// fails.
Status side_by_side(std::size_t count, const std::function<Status(std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    Status failure;
    auto work_on = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            Status done = work(i);
            if (done) continue;
            std::scoped_lock lock(mutex);
            if (failure) failure = std::move(done);
            next = count;
        }
    };
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(kFetchesAtOnce, count); ++i) others.emplace_back(work_on);
    work_on();
    others.clear();  // joins
    return failure;
}

}  // namespace

Result<std::vector<std::string>> LocalCopies::paths_of(const std::vector<Wanted>& wanted) {
    std::vector<std::string> paths(wanted.size());
    std::vector<const Wanted*> missing;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto own = store_.local_path(wanted[i].key);
        paths[i] = own ? *std::move(own) : path_of(wanted[i].key);
        if (!own && !find(wanted[i])) missing.push_back(&wanted[i]);
    }
    TRY_STATUS(side_by_side(missing.size(), [&](std::size_t i) { return fetch(*missing[i]); }));
    if (!missing.empty()) drop_unused();
    return paths;
}

// Given out from now on.
bool LocalCopies::find(const Wanted& object) {
    std::scoped_lock lock(mutex_);
    auto found = copies_.find(object.key);
    if (found == copies_.end()) return false;
    found->second.given_us = clock_.steady_us();
    return true;
}

Status LocalCopies::fetch(const Wanted& object) {
    TRY_STATUS(check_key(object.key));  // it may be a foreign log's
    fs::path path = path_of(object.key);
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    // Under another name first: a reader that finds the final one finds all of it.
    fs::path partial = path.parent_path() / random_uuid();
    auto bytes = run_here(copy_object(store_, object.key, partial));
    if (bytes && *bytes != object.bytes)
        bytes = fail(Errc::corrupt, fmt::format("{}: has {} bytes, and {} by the table's log",
                                                object.key, *bytes, object.bytes));
    if (bytes) fs::rename(partial, path, error);
    if (bytes && error) bytes = cannot_write(path);
    if (!bytes) {
        fs::remove(partial, error);
        return std::unexpected(std::move(bytes).error());
    }
    take(object);
    return {};
}

void LocalCopies::take(const Wanted& object) {
    std::scoped_lock lock(mutex_);
    auto [copy, is_new] = copies_.try_emplace(object.key);
    if (is_new) bytes_ += object.bytes;
    copy->second = {object.bytes, clock_.steady_us()};
}

// The longest unused first, down to the bound; what was given out lately stays.
void LocalCopies::drop_unused() {
    std::scoped_lock lock(mutex_);
    if (bytes_ <= bytes_max_) return;
    std::vector<std::pair<std::int64_t, std::string>> by_age;
    for (const auto& [key, copy] : copies_) by_age.emplace_back(copy.given_us, key);
    std::ranges::sort(by_age);
    const std::int64_t kept_since_us = clock_.steady_us() - kCopyKeptMs * 1'000;
    for (const auto& [given_us, key] : by_age) {
        if (bytes_ <= bytes_max_ || given_us > kept_since_us) return;
        std::error_code error;
        fs::remove(path_of(key), error);
        bytes_ -= copies_[key].bytes;
        copies_.erase(key);
    }
}

void LocalCopies::adopt(const Wanted& object, const std::string& path) {
    if (store_.local_path(object.key)) return;
    fs::path target = path_of(object.key);
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    fs::rename(path, target, error);
    if (error) return;
    take(object);
    drop_unused();
}

Task<Result<std::string>> LocalCopies::fresh_copy(std::string key) {
    fs::path path = path_of(random_uuid());
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    auto copied = co_await copy_object(store_, std::move(key), path);
    if (copied) co_return path.string();
    fs::remove(path, error);
    co_return std::unexpected(std::move(copied).error());
}

std::uint64_t LocalCopies::bytes_kept() const {
    std::scoped_lock lock(mutex_);
    return bytes_;
}

}  // namespace pinflow::lake
