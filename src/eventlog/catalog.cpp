// SPDX-License-Identifier: Apache-2.0
#include "eventlog/catalog.h"

#include <fmt/format.h>

#include "base/text.h"
#include "eventlog/checked_text.h"

namespace pinflow::eventlog {
namespace {

constexpr std::string_view kTitle = "pinflow log catalog 1";
constexpr std::string_view kFileName = "catalog";
constexpr std::size_t kWordsPerLine = 5;

std::optional<Space> parse_space(std::string_view word) {
    for (Space space : {Space::topics, Space::streams}) {
        if (word == name_of(space)) return space;
    }
    return std::nullopt;
}

Status add_line(Catalog& catalog, const Words& words) {
    auto bad = [&] {
        return fail(Errc::corrupt,
                    fmt::format("line '{}' is not understood", fmt::join(words, " ")));
    };
    if (words.size() != kWordsPerLine) return bad();
    auto space = parse_space(words[0]);
    auto partitions = parse_int(words[2]);
    auto created_ms = parse_int(words[3]);
    bool is_removing = words[4] == "removing";
    if (!space || !check_topic_name(words[1]) || !partitions || !created_ms) return bad();
    if (*partitions < 1 || *partitions > INT32_MAX || (!is_removing && words[4] != "kept"))
        return bad();
    CatalogEntry entry{{words[1], static_cast<std::int32_t>(*partitions), *created_ms},
                       is_removing};
    if (!catalog.emplace(std::pair(*space, words[1]), std::move(entry)).second) return bad();
    return {};
}

Result<bool> has_entries(Files& files, const std::string& directory) {
    auto entries = files.list(directory);
    if (!entries && entries.error().code == Errc::not_found) return false;
    if (!entries) return std::unexpected(entries.error());
    return !entries->empty();
}

}  // namespace

std::string_view name_of(Space space) { return space == Space::topics ? "topics" : "streams"; }

std::string encode_catalog(const Catalog& catalog) {
    std::vector<Words> lines;
    for (const auto& [key, entry] : catalog) {
        lines.push_back(
            {std::string(name_of(key.first)), key.second, std::to_string(entry.topic.partitions),
             std::to_string(entry.topic.created_ms), entry.is_removing ? "removing" : "kept"});
    }
    return encode_checked_text(kTitle, lines);
}

Result<Catalog> decode_catalog(std::string_view text) {
    TRY(auto lines, decode_checked_text(kTitle, text));
    Catalog catalog;
    for (const Words& words : lines) TRY_STATUS(add_line(catalog, words));
    return catalog;
}

Result<Catalog> open_catalog(Files& files, const std::string& directory) {
    std::string path = fmt::format("{}/{}", directory, kFileName);
    auto text = read_small_file(files, path);
    if (!text && text.error().code == Errc::not_found) {
        for (Space space : {Space::topics, Space::streams}) {
            TRY(bool found, has_entries(files, fmt::format("{}/{}", directory, name_of(space))));
            if (!found) continue;
            return fail(Errc::corrupt,
                        fmt::format("{} is missing, but {}/{} is not empty: restore it "
                                    "from a copy",
                                    path, directory, name_of(space)));
        }
        TRY_STATUS(save_catalog(files, directory, {}));
        return Catalog{};
    }
    if (!text) return std::unexpected(text.error());
    auto catalog = decode_catalog(*text);
    if (!catalog) return with_context(catalog.error(), path);
    return catalog;
}

Status save_catalog(Files& files, const std::string& directory, const Catalog& catalog) {
    return replace_file(files, directory, std::string(kFileName), encode_catalog(catalog));
}

std::string partition_directory(const std::string& directory, Space space, std::string_view name,
                                std::int32_t partition) {
    return fmt::format("{}/{}/{}-{}", directory, name_of(space), name, partition);
}

}  // namespace pinflow::eventlog
