// SPDX-License-Identifier: Apache-2.0
#include "eventlog/clean_stop.h"

#include <fmt/format.h>

#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "eventlog/checked_text.h"

namespace pinflow::eventlog {
namespace {

constexpr std::string_view kTitle = "pinflow log clean stop 1";
constexpr std::string_view kFileName = "clean_stop";

Result<PartitionEnds> decode(std::string_view text) {
    TRY(auto lines, decode_checked_text(kTitle, text));
    PartitionEnds ends;
    for (const Words& words : lines) {
        auto end = words.size() == 2 ? parse_int(words[1]) : std::nullopt;
        if (!end) return fail(Errc::corrupt, "line is not understood");
        ends[words[0]] = *end;
    }
    return ends;
}

}  // namespace

Status write_clean_stop(Files& files, const std::string& directory, const PartitionEnds& ends) {
    std::vector<Words> lines;
    for (const auto& [folder, end] : ends) lines.push_back({folder, std::to_string(end)});
    return replace_file(files, directory, std::string(kFileName),
                        encode_checked_text(kTitle, lines));
}

Result<std::optional<PartitionEnds>> read_clean_stop(Files& files, const std::string& directory) {
    std::string path = fmt::format("{}/{}", directory, kFileName);
    auto text = read_small_file(files, path);
    if (!text && text.error().code == Errc::not_found) return std::nullopt;
    if (!text) return std::unexpected(text.error());
    auto ends = decode(*text);
    if (ends) return std::move(*ends);
    log_warn("eventlog", "{}: {}; the log is recovered as after a crash", path, ends.error().text);
    return std::nullopt;
}

Status remove_clean_stop(Files& files, const std::string& directory) {
    Status removed = files.remove(fmt::format("{}/{}", directory, kFileName));
    if (!removed && removed.error().code != Errc::not_found) return removed;
    return files.sync_directory(directory);
}

}  // namespace pinflow::eventlog
