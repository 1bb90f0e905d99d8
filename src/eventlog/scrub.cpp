// SPDX-License-Identifier: Apache-2.0
#include "eventlog/scrub.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace pinflow::eventlog {

bool Scrub::step(Files& files, const std::vector<LogStore::NamedPartition>& partitions,
                 std::uint64_t bytes) {
    if (!find_next(partitions)) {
        if (place_) ++report_.rounds;
        place_.reset();
        log_.reset();
        return false;
    }
    read_some(files, bytes);
    return true;
}

// The segment in hand if it has more, else the next in order of partition and offset.
bool Scrub::find_next(const std::vector<LogStore::NamedPartition>& partitions) {
    Place from = place_.value_or(Place{});
    std::optional<Place> best;
    for (const auto& partition : partitions) {
        PartitionId id = partition.log->id();
        if (id < from.partition) continue;
        for (const SegmentState& segment : partition.log->segments()) {
            bool is_in_hand = place_ && id == from.partition && segment.base_offset == from.segment;
            if (is_in_hand && from.position >= segment.bytes) continue;
            if (place_ && id == from.partition && segment.base_offset < from.segment) continue;
            if (segment.bytes == 0) continue;
            if (best &&
                std::pair(best->partition, best->segment) <= std::pair(id, segment.base_offset)) {
                continue;
            }
            best = is_in_hand ? from : Place{id, segment.base_offset, 0, segment.base_offset};
            log_ = partition.log;
            state_ = segment;
        }
    }
    if (best) place_ = best;
    return best.has_value();
}

void Scrub::read_some(Files& files, std::uint64_t bytes) {
    std::string path = log_->segment_path(state_.base_offset);
    auto file = files.open(path, OpenMode::read);
    std::string batch;
    for (std::uint64_t taken = 0; file && taken < bytes && place_->position < state_.bytes;) {
        auto header = read_batch_at(**file, path, place_->position, state_.bytes, batch);
        bool is_good = header && header->base_offset == place_->next && header->leader_epoch == 0;
        if (!is_good) {
            note_damage(header ? fmt::format("{} at byte {}: a record batch out of its place", path,
                                             place_->position)
                               : header.error().text);
            place_->position = state_.bytes;  // the rest is for `pinflow check --data`
            return;
        }
        taken += header->bytes();
        report_.bytes += header->bytes();
        place_->position += header->bytes();
        place_->next = header->next_offset();
    }
    if (file) return;
    // Deleted meanwhile by retention, or lost.
    auto kept = log_->segments();
    if (!log_->is_retired() &&
        std::ranges::find(kept, state_.base_offset, &SegmentState::base_offset) != kept.end()) {
        note_damage(file.error().text);
    }
    place_->position = state_.bytes;
}

void Scrub::note_damage(const std::string& text) {
    bool is_known = std::ranges::find(report_.damage, text) != report_.damage.end();
    if (is_known || report_.damage.size() >= kScrubDamageMax) return;
    log_error("eventlog", "the scrub found damage: {}", text);
    report_.damage.push_back(text);
}

}  // namespace pinflow::eventlog
