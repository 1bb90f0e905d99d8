// SPDX-License-Identifier: Apache-2.0
#include "batch/part_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/reactor.h"

namespace pinflow::batch {

void KeptParts::keep(const PartPointer& part) {
    if (part->pieces.size() < kObjectsMin) return;
    std::size_t bytes = 0;
    for (const Piece& piece : part->pieces) bytes += sizeof piece + piece.text.capacity();
    std::scoped_lock lock(mutex_);
    if (bytes_ + bytes > kBytesMax) return;
    if (parts_.emplace(part->number, part).second) bytes_ += bytes;
}

PartPointer KeptParts::find(std::int64_t number) const {
    std::scoped_lock lock(mutex_);
    auto found = parts_.find(number);
    return found == parts_.end() ? nullptr : found->second;
}

PartReader::PartReader(ObjectStore& objects, const std::vector<SinkObject>& list, KeptParts& kept)
    : objects_(objects), list_(list), kept_(kept), readers_(std::min(kReadersMax, list.size())) {
    for (std::size_t reader = readers_; reader > 0; --reader)
        threads_.emplace_back([this] { read_on(); });
}

PartReader::~PartReader() {
    {
        std::scoped_lock lock(mutex_);
        is_dropped_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

Result<PartPointer> PartReader::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !waiting_.empty() || readers_ == 0 || !failure_; });
    if (!failure_) return std::unexpected(failure_.error());
    if (waiting_.empty()) return PartPointer{};
    PartPointer part = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return part;
}

// ---- a reader's thread ----

void PartReader::read_on() {
    while (wait_for_room()) {
        auto part = read_part();
        if (!part) return end_reading(std::unexpected(std::move(part).error()));
        if (!*part) return end_reading({});
        hand_over(*std::move(part));
    }
    end_reading({});
}

// False: nobody wants more.
bool PartReader::wait_for_room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [&] { return waiting_.size() < kPartsWaitingMax || is_dropped_ || !failure_; });
    return !is_dropped_ && failure_.has_value();
}

void PartReader::hand_over(PartPointer part) {
    {
        std::scoped_lock lock(mutex_);
        waiting_.push_back(std::move(part));
    }
    changed_.notify_all();
}

void PartReader::end_reading(Status status) {
    {
        std::scoped_lock lock(mutex_);
        --readers_;
        if (!status && failure_) failure_ = std::move(status);
    }
    changed_.notify_all();
}

// A stretch of a large object, whose lines have to be counted one stretch after the other; or
// several small objects, which are then read beside other readers' parts.
Result<PartPointer> PartReader::read_part() {
    auto part = std::make_shared<Part>();
    {
        std::scoped_lock lock(claiming_);
        if (next_object_ == list_.size()) return PartPointer{};
        part->number = next_part_++;
        if (list_[next_object_].bytes > kPartBytes) {
            TRY(Piece piece, cut_piece());
            part->pieces.push_back(std::move(piece));
            return part;
        }
        claim_objects(*part);
    }
    if (auto kept = kept_.find(part->number)) return kept;
    TRY_STATUS(run_here(fetch(*part)));
    kept_.keep(part);
    return part;
}

void PartReader::claim_objects(Part& part) {
    std::uint64_t bytes = 0;
    while (next_object_ < list_.size() && part.pieces.size() < kPartObjectsMax &&
           bytes + list_[next_object_].bytes <= kPartBytes) {
        bytes += list_[next_object_].bytes;
        part.pieces.push_back({.object = next_object_++, .first_line = 1, .text = {}});
    }
}

Task<Status> PartReader::fetch(Part& part) {
    for (Piece& piece : part.pieces) {
        CO_TRY(piece.text, co_await objects_.get(list_[piece.object].key, {}));
    }
    co_return Status{};
}

// The next whole lines of the large object, its last ones with or without an end.
Result<Piece> PartReader::cut_piece() {
    const SinkObject& object = list_[next_object_];
    Piece piece{.object = next_object_, .first_line = next_line_, .text = {}};
    piece.text.swap(begun_);
    std::size_t end = std::string::npos;  // of the last line that is whole
    while (end == std::string::npos && next_byte_ < object.bytes) {
        if (piece.text.size() > kLineBytesMax)
            return fail(Errc::too_large, fmt::format("object {}: a line of more than {} MiB",
                                                     object.key, kLineBytesMax >> 20));
        TRY(std::string read,
            run_here(objects_.get(object.key, {.first = next_byte_, .count = kPartBytes})));
        if (read.empty())
            return fail(
                Errc::corrupt,
                fmt::format("object {}: shorter than it was when it was listed", object.key));
        next_byte_ += read.size();
        if (std::size_t found = read.rfind('\n'); found != std::string::npos)
            end = piece.text.size() + found + 1;
        piece.text += read;
    }
    if (next_byte_ >= object.bytes) {
        ++next_object_;
        next_byte_ = 0;
        next_line_ = 1;
    } else {
        begun_.assign(piece.text, end);
        piece.text.resize(end);
        next_line_ += std::ranges::count(piece.text, '\n');
    }
    return piece;
}

}  // namespace pinflow::batch
