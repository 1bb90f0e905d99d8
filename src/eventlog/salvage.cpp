// SPDX-License-Identifier: Apache-2.0
#include "eventlog/salvage.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "codec/kafka/record_batch.h"
#include "eventlog/file_window.h"
#include "eventlog/index_file.h"
#include "eventlog/segment.h"

namespace pinflow::eventlog {
namespace {

constexpr std::string_view kFresh = ".salvaged";
constexpr Offset kFillerRecords = 10'000;  // of a batch

class PartitionSalvage {
public:
    PartitionSalvage(Files& files, const std::string& log_directory, std::string folder,
                     std::string label)
        : files_(files),
          aside_(log_directory + "/damaged"),
          folder_(std::move(folder)),
          label_(std::move(label)) {}

    Status run(PartitionState& state) {
        TRY_STATUS(files_.make_directories(folder_));
        std::vector<SegmentState> kept;
        for (const SegmentState& segment : state.segments) {
            TRY(auto runs, salvage(segment));
            for (GoodRun& run : runs) {
                run.state.first_append_ms = segment.first_append_ms;
                run.state.last_append_ms = segment.last_append_ms;
                kept.push_back(run.state);
            }
        }
        tell_losses(state, kept);
        if (kept.empty()) {
            state.log_start = state.end;
        } else {
            TRY_STATUS(fill_tail(state, kept));
        }
        state.segments = std::move(kept);
        return {};
    }

private:
    // The whole stretches of a segment, each in a file of its own if there is more than the one.
    Result<std::vector<GoodRun>> salvage(const SegmentState& segment) {
        std::string path = folder_ + "/" + segment_name(segment.base_offset);
        auto file = files_.open(path, OpenMode::read);
        if (!file && file.error().code == Errc::not_found) return std::vector<GoodRun>{};
        if (!file) return std::unexpected(file.error());
        TRY(auto bytes, (*file)->size());
        TRY(auto scan, scan_segment(**file, segment.base_offset, segment.end_offset,
                                    std::min(bytes, segment.bytes)));
        std::erase_if(scan.runs, [&](const GoodRun& run) {
            return run.state.end_offset > segment.end_offset;
        });
        bool is_whole = scan.damage.empty() && scan.runs.size() == 1 &&
                        scan.runs[0].state.end_offset == segment.end_offset;
        if (is_whole) return std::move(scan.runs);
        if (!scan.damage.empty()) log_warn("eventlog", "{} is damaged at {}", path, scan.damage);
        for (const GoodRun& run : scan.runs) TRY_STATUS(copy_run(**file, run));
        TRY_STATUS(put_aside(path));
        for (const GoodRun& run : scan.runs) {
            std::string name = folder_ + "/" + segment_name(run.state.base_offset);
            TRY_STATUS(files_.rename(name + std::string(kFresh), name));
        }
        TRY_STATUS(files_.sync_directory(folder_));
        return std::move(scan.runs);
    }

    Status copy_run(File& from, const GoodRun& run) {
        std::string path =
            folder_ + "/" + segment_name(run.state.base_offset) + std::string(kFresh);
        TRY(auto to, files_.open(path, OpenMode::read_write));
        TRY_STATUS(to->truncate(0));
        FileWindow window(from, run.position + run.state.bytes);
        for (std::uint64_t done = 0; done < run.state.bytes;) {
            TRY(auto part, window.at(run.position + done, kScanBytes));
            TRY_STATUS(to->write_at(done, {{part}}));
            done += part.size();
        }
        return to->sync();
    }

    // A reader before a lost end would wait there for what cannot come, and never see the end: the
    // offsets are taken by records of nobody's, in a segment of their own.
    Status fill_tail(const PartitionState& state, std::vector<SegmentState>& kept) {
        SegmentState filler = kept.back();
        filler.base_offset = filler.end_offset;
        filler.bytes = filler.last_batch = 0;
        if (filler.base_offset == state.end) return {};
        std::string path = folder_ + "/" + segment_name(filler.base_offset);
        TRY(auto file, files_.open(path, OpenMode::read_write));
        TRY_STATUS(file->truncate(0));
        while (filler.end_offset < state.end) {
            auto count = static_cast<std::int32_t>(
                std::min<Offset>(state.end - filler.end_offset, kFillerRecords));
            std::string batch = kafka::build_filler(count, filler.last_append_ms);
            kafka::set_base_offset(batch, filler.end_offset);
            TRY_STATUS(file->write_at(filler.bytes, {{batch}}));
            filler.last_batch = filler.bytes;
            filler.bytes += batch.size();
            filler.end_offset += count;
        }
        TRY_STATUS(file->sync());
        kept.push_back(filler);
        return files_.sync_directory(folder_);
    }

    Status put_aside(const std::string& path) {
        TRY_STATUS(files_.make_directories(aside_));
        std::string name =
            folder_.substr(folder_.rfind('/') + 1) + "-" + path.substr(path.rfind('/') + 1);
        TRY_STATUS(files_.rename(path, aside_ + "/" + name));
        (void)files_.remove(index_path(path));
        log_warn("eventlog", "the damaged file is kept as {}/{}", aside_, name);
        return files_.sync_directory(aside_);
    }

    void tell_losses(const PartitionState& state, const std::vector<SegmentState>& kept) const {
        Offset next = state.segments.empty() ? state.end : state.segments.front().base_offset;
        auto tell = [&](Offset until) {
            if (until > next) {
                log_warn("eventlog", "{}: offsets {} to {} are lost", label_, next, until - 1);
            }
        };
        for (const SegmentState& segment : kept) {
            tell(segment.base_offset);
            next = segment.end_offset;
        }
        tell(state.end);
    }

    Files& files_;
    const std::string aside_;
    const std::string folder_;
    const std::string label_;
};

}  // namespace

Status salvage_segments(Files& files, const NativeLogSettings& settings, CheckpointState& state) {
    for (TopicState& topic : state.topics) {
        if (topic.is_removing) continue;
        std::int32_t number = 0;
        for (PartitionState& partition : topic.partitions) {
            PartitionSalvage salvage(
                files, settings.directory,
                partition_directory(settings.directory, topic.space, topic.name, number),
                fmt::format("{} {}-{}", noun_of(topic.space), topic.name, number));
            TRY_STATUS(salvage.run(partition));
            ++number;
        }
    }
    return {};
}

}  // namespace pinflow::eventlog
