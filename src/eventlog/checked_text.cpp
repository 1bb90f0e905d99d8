// SPDX-License-Identifier: Apache-2.0
#include "eventlog/checked_text.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace pinflow::eventlog {
namespace {

constexpr std::string_view kCrcWord = "crc32c ";
constexpr std::size_t kCrcLineBytes = kCrcWord.size() + 8 + 1;

std::string crc_line(std::string_view body) {
    return fmt::format("{}{:08x}\n", kCrcWord, crc32c(body));
}

}  // namespace

std::string encode_checked_text(std::string_view title, const std::vector<Words>& lines) {
    std::string text = std::string(title) + "\n";
    for (const Words& words : lines) text += join(words, " ") + "\n";
    return text + crc_line(text);
}

Result<std::vector<Words>> decode_checked_text(std::string_view title, std::string_view text) {
    if (text.size() < kCrcLineBytes) return fail(Errc::corrupt, "file is cut");
    std::string_view body = text.substr(0, text.size() - kCrcLineBytes);
    if (text.substr(body.size()) != crc_line(body)) return fail(Errc::corrupt, "checksum is wrong");
    if (!body.starts_with(std::string(title) + "\n")) {
        std::string_view found = body.substr(0, body.find('\n'));
        return fail(Errc::unsupported, fmt::format("file begins '{}', not '{}': written by another "
                                                   "version",
                                                   found, title));
    }
    std::vector<Words> lines;
    body.remove_prefix(title.size() + 1);
    for (std::string_view line : split(body, '\n')) {
        if (line.empty()) continue;  // after the last line's end
        Words& words = lines.emplace_back();
        for (std::string_view word : split(line, ' ')) words.emplace_back(word);
    }
    return lines;
}

Status replace_file(Files& files, const std::string& directory, const std::string& name,
                    std::string_view bytes) {
    std::string fresh = directory + "/" + name + ".new";
    {
        TRY(auto file, files.open(fresh, OpenMode::read_write));
        TRY_STATUS(file->truncate(0));  // a crash may have left one
        TRY_STATUS(file->write_at(0, {{bytes}}));
        TRY_STATUS(file->sync());
    }
    TRY_STATUS(files.rename(fresh, directory + "/" + name));
    return files.sync_directory(directory);
}

Result<std::string> read_small_file(Files& files, const std::string& path) {
    TRY(auto file, files.open(path, OpenMode::read));
    TRY(auto bytes, file->size());
    if (bytes > kSmallFileBytesMax) {
        return fail(Errc::too_large, fmt::format("{} is of {} bytes", path, bytes));
    }
    std::string text(bytes, '\0');
    TRY(auto got, file->read_at(0, text));
    text.resize(got);
    return text;
}

}  // namespace pinflow::eventlog
