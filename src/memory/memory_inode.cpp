// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_inode.h"

#include <algorithm>
#include <cstring>

namespace pinflow::memory {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

}  // namespace

std::size_t Inode::read(std::uint64_t offset, std::span<char> into) const {
    std::scoped_lock lock(mutex_);
    if (offset >= current_.size()) return 0;
    std::size_t count = std::min<std::size_t>(into.size(), current_.size() - offset);
    std::memcpy(into.data(), current_.data() + offset, count);
    return count;
}

void Inode::write(std::uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    std::scoped_lock lock(mutex_);
    if (offset + bytes.size() > current_.size()) {
        current_.resize(offset + bytes.size());
        size_unsynced_ = true;
    }
    std::memcpy(current_.data() + offset, bytes.data(), bytes.size());
    if (tracks_durability_) unsynced_.push_back({offset, bytes.size()});
}

void Inode::truncate(std::uint64_t bytes) {
    std::scoped_lock lock(mutex_);
    // Should the file grow again before it is synced, zeros must stand where bytes are cut away
    // now.
    if (tracks_durability_ && bytes < current_.size()) {
        unsynced_.push_back({bytes, current_.size() - bytes});
    }
    current_.resize(bytes);
    size_unsynced_ = true;
    reserved_bytes_ = 0;
}

std::uint64_t Inode::size() const {
    std::scoped_lock lock(mutex_);
    return current_.size();
}

std::uint64_t Inode::covered_bytes() const {
    std::scoped_lock lock(mutex_);
    return std::max<std::uint64_t>(current_.size(), reserved_bytes_);
}

void Inode::reserve(std::uint64_t bytes) {
    std::scoped_lock lock(mutex_);
    reserved_bytes_ = std::max(reserved_bytes_, bytes);
}

void Inode::copy_range(std::string& to, Range range) const {
    if (range.first >= current_.size()) return;  // truncated since
    std::uint64_t count = std::min<std::uint64_t>(range.bytes, current_.size() - range.first);
    if (to.size() < range.first + count) to.resize(range.first + count);
    std::memcpy(to.data() + range.first, current_.data() + range.first, count);
}

void Inode::sync() {
    std::scoped_lock lock(mutex_);
    if (!tracks_durability_) return;
    for (Range range : unsynced_) copy_range(durable_, range);
    if (size_unsynced_) durable_.resize(current_.size());
    unsynced_.clear();
    size_unsynced_ = false;
}

void Inode::forget_unsynced() {
    std::scoped_lock lock(mutex_);
    unsynced_.clear();
    size_unsynced_ = false;
}

std::string Inode::after_power_cut(std::mt19937_64* dice) const {
    std::scoped_lock lock(mutex_);
    if (!tracks_durability_) return {};
    std::string found = durable_;
    if (dice == nullptr) return found;
    auto heads = [&] { return ((*dice)() & 1) != 0; };
    for (Range range : unsynced_) {
        bool whole = heads();  // often all of a write or nothing, sometimes torn
        bool kept = heads();
        std::uint64_t end = range.first + range.bytes;
        for (std::uint64_t at = range.first; at < end;) {
            std::uint64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
            if (whole ? kept : heads()) copy_range(found, {at, next - at});
            at = next;
        }
    }
    if (size_unsynced_ && heads()) found.resize(current_.size());
    return found;
}

}  // namespace pinflow::memory
