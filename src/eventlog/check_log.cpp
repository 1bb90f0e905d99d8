// SPDX-License-Identifier: Apache-2.0
#include "eventlog/check_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "eventlog/index_file.h"
#include "eventlog/journal_reader.h"
#include "eventlog/segment.h"
#include "eventlog/small_file.h"

namespace pinflow::eventlog {
namespace {

class Check {
public:
    Check(Files& files, const std::string& directory) : files_(files), directory_(directory) {}

    Result<LogCheck> run() {
        auto state = load_checkpoint(files_, directory_, found_.damage);
        if (!state && state.error().code == Errc::corrupt) {
            found_.damage = {state.error().text};
            return std::move(found_);
        }
        if (!state) return std::unexpected(state.error());
        if (!state->is_clean) TRY_STATUS(check_journal(state->journal));
        for (const TopicState& topic : state->topics) {
            bool is_gone = std::ranges::find(removed_, topic.first_partition) != removed_.end();
            if (topic.is_removing || is_gone) continue;
            for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
                ++found_.partitions;
                TRY_STATUS(check_partition(partition_directory(directory_, topic.space, topic.name,
                                                               static_cast<std::int32_t>(i)),
                                           topic.first_partition + i, topic.partitions[i]));
            }
        }
        return std::move(found_);
    }

private:
    Status check_journal(const JournalPlace& from) {
        auto look = [&](const GroupHeader&, std::string_view body) -> Status {
            EntryReader reader(body);
            for (;;) {
                TRY(auto entry, reader.next());
                if (!entry) return {};
                if (auto* start = std::get_if<LogStartEntry>(&*entry)) {
                    Offset& known = log_starts_[start->partition];
                    known = std::max(known, start->offset);
                }
                if (auto* removed = std::get_if<TopicRemovedEntry>(&*entry)) {
                    removed_.push_back(removed->first_partition);
                }
            }
        };
        auto end = walk_journal(files_, directory_, from, BehindTheEnd::damage, look);
        if (!end && end.error().code == Errc::corrupt) {
            found_.damage.push_back(end.error().text);
            return {};
        }
        if (!end) return std::unexpected(end.error());
        found_.journal_groups = end->groups;
        if (!end->torn.empty()) {
            found_.notes.push_back(end->torn +
                                   "; torn by a crash, or old bytes; never acknowledged");
        }
        return {};
    }

    Status check_partition(const std::string& folder, PartitionId id, const PartitionState& state) {
        Offset start = std::max(state.log_start, log_starts_[id]);
        Offset next = -1;
        for (const SegmentState& segment : state.segments) {
            if (segment.end_offset <= start) continue;
            if (next >= 0 && segment.base_offset != next) {
                found_.notes.push_back(fmt::format("{}: offsets {} to {} were lost before", folder,
                                                   next, segment.base_offset - 1));
            }
            next = segment.end_offset;
            TRY_STATUS(check_segment(folder + "/" + segment_name(segment.base_offset), segment));
        }
        return {};
    }

    Status check_segment(const std::string& path, const SegmentState& state) {
        ++found_.segments;
        auto damaged = [&](std::string_view why) {
            found_.damage.push_back(fmt::format("{} (offsets {} to {}): {}", path,
                                                state.base_offset, state.end_offset - 1, why));
        };
        auto file = files_.open(path, OpenMode::read);
        if (!file && file.error().code == Errc::not_found) {
            damaged("it is missing");
            return {};
        }
        if (!file) return std::unexpected(file.error());
        TRY(auto bytes, (*file)->size());
        if (bytes < state.bytes) {
            damaged(fmt::format("it has {} bytes, not {}", bytes, state.bytes));
        }
        TRY(auto scan, scan_segment(**file, state.base_offset, state.end_offset,
                                    std::min(bytes, state.bytes)));
        found_.bytes += std::min(bytes, state.bytes);
        if (!scan.damage.empty()) damaged(scan.damage);
        else if (bytes >= state.bytes && scan.runs.back().state.end_offset != state.end_offset) {
            damaged(fmt::format("it ends at offset {}", scan.runs.back().state.end_offset));
        }
        check_index(path, state);
        return {};
    }

    void check_index(const std::string& path, const SegmentState& state) {
        auto bytes = read_small_file(files_, index_path(path));
        if (!bytes) return;  // made again when it is needed
        auto stored = decode_index(state.base_offset, *bytes);
        if (stored) return;
        // No damage: it is never synced, so a power cut may leave any of it.
        found_.notes.push_back(fmt::format("{}: {}; it is made again when it is needed",
                                           index_path(path), stored.error().text));
    }

    Files& files_;
    const std::string& directory_;
    LogCheck found_;
    std::map<PartitionId, Offset> log_starts_;
    std::vector<PartitionId> removed_;  // the first partition of each topic
};

}  // namespace

Result<LogCheck> check_log(Files& files, const std::string& log_directory) {
    if (!files.examine(log_directory)) {
        return fail(Errc::not_found, fmt::format("there is no log in {}", log_directory));
    }
    TRY(auto lock, files.lock(log_directory + "/lock"));
    return Check(files, log_directory).run();
}

}  // namespace pinflow::eventlog
