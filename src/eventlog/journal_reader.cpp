// SPDX-License-Identifier: Apache-2.0
#include "eventlog/journal_reader.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/log.h"
#include "eventlog/file_window.h"

namespace pinflow::eventlog {
namespace {

// One journal file, read in blocks.
class JournalFile {
public:
    static Result<JournalFile> open(Files& files, const std::string& log_directory,
                                    std::uint64_t sequence) {
        JournalFile opened;
        opened.path_ = journal_path(log_directory, sequence);
        TRY(opened.file_, files.open(opened.path_, OpenMode::read));
        TRY(opened.bytes_, opened.file_->size());
        opened.window_.emplace(*opened.file_, opened.bytes_);
        return opened;
    }

    const std::string& path() const { return path_; }
    std::uint64_t bytes() const { return bytes_; }

    // Fewer at the end of the file. Good until the next call.
    Result<std::string_view> read(std::uint64_t position, std::uint64_t count) {
        return window_->at(position, count);
    }

    // Without reading on: a search through a whole file needs one block's beginning in a hundred.
    Result<std::string_view> peek(std::uint64_t position, std::span<char> into) {
        TRY(std::size_t got, file_->read_at(position, into));
        return std::string_view(into.data(), got);
    }

    Result<JournalFileHeader> header() {
        TRY(auto block, read(0, kJournalBlockBytes));
        return decode_file_header(block);
    }

    // The whole group at `position`, if one is there. Inner nothing: why not, in `why`.
    Result<std::optional<std::string_view>> group(std::uint64_t position, GroupHeader& header,
                                                  std::string& why) {
        TRY(auto front, read(position, kGroupHeaderBytes));
        auto claimed = read_group_header(front);
        if (!claimed) return nothing(claimed.error(), why);
        header = *claimed;
        if (header.stored_bytes() > bytes_ - position) {
            why = "a group's length goes beyond the file";
            return std::nullopt;
        }
        TRY(auto stored, read(position, header.stored_bytes()));
        if (auto good = check_group(header, stored); !good) return nothing(good.error(), why);
        return stored;
    }

private:
    static Result<std::optional<std::string_view>> nothing(const Error& error, std::string& why) {
        why = error.text;
        return std::nullopt;
    }

    std::string path_;
    std::unique_ptr<File> file_;
    std::uint64_t bytes_ = 0;
    std::optional<FileWindow> window_;
};

// Whether a whole group of the epoch that comes later than `expected` lies in the file.
Result<std::optional<std::string>> find_later_group(JournalFile& file, std::uint64_t from,
                                                    const JournalPlace& expected) {
    for (std::uint64_t at = from; at < file.bytes(); at += kJournalBlockBytes) {
        std::array<char, kGroupHeaderBytes> buffer;
        TRY(auto front, file.peek(at, buffer));
        auto header = read_group_header(front);
        if (!header || header->epoch != expected.epoch || header->number < expected.number) {
            continue;
        }
        std::string why;
        TRY(auto whole, file.group(at, *header, why));
        if (whole) {
            return fmt::format("group {} is whole at byte {} of {}", header->number, at,
                               file.path());
        }
    }
    return std::nullopt;
}

class Walk {
public:
    Walk(Files& files, const std::string& directory, JournalPlace from, BehindTheEnd behind,
         const GroupVisitor& visit)
        : files_(files),
          directory_(directory),
          behind_(behind),
          visit_(visit),
          end_{.place = from} {}

    Result<JournalEnd> run() {
        for (;;) {
            TRY(bool continues, walk_file());
            if (!continues) break;
            ++end_.place.file;
            end_.place.position = kJournalBlockBytes;
        }
        return std::move(end_);
    }

private:
    Result<JournalFile> open_file() {
        auto file = JournalFile::open(files_, directory_, end_.place.file);
        if (!file && file.error().code == Errc::not_found) {
            return fail(Errc::corrupt,
                        fmt::format("{} is missing", journal_path(directory_, end_.place.file)));
        }
        if (!file) return file;
        auto header = file->header();
        if (!header) return with_context(header.error(), file->path());
        if (header->epoch != end_.place.epoch || header->sequence != end_.place.file) {
            return fail(Errc::corrupt, fmt::format("{} is a file of another time", file->path()));
        }
        if (header->file_bytes != file->bytes()) {
            return fail(Errc::corrupt,
                        fmt::format("{} has {} bytes, not {}: it was cut", file->path(),
                                    file->bytes(), header->file_bytes));
        }
        syncs_ = header->syncs;
        return file;
    }

    // True if the next file goes on.
    Result<bool> walk_file() {
        auto file = open_file();
        if (!file && file.error().code == Errc::corrupt &&
            (behind_ != BehindTheEnd::damage || !syncs_)) {
            log_warn("eventlog", "{}: the log ends before it", file.error().text);
            return false;
        }
        if (!file) return damaged(file.error().text);
        for (;;) {
            GroupHeader header;
            std::string why;
            TRY(auto stored, file->group(end_.place.position, header, why));
            bool is_expected =
                stored && header.epoch == end_.place.epoch && header.number == end_.place.number;
            if (!is_expected) {
                TRY_STATUS(end_here(*file, stored ? "a group of another time" : why));
                return false;
            }
            std::string_view body = stored->substr(kGroupHeaderBytes, header.body_bytes);
            TRY(bool continues, visit_group(header, body));
            if (continues) return true;
        }
    }

    Result<bool> visit_group(const GroupHeader& header, std::string_view body) {
        end_.place.position += header.stored_bytes();
        ++end_.place.number;
        ++end_.groups;
        end_.bytes += header.stored_bytes();
        TRY(auto first, EntryReader(body).next());
        if (first && std::holds_alternative<ContinuesEntry>(*first)) return true;
        TRY_STATUS(visit_(header, body));
        return false;
    }

    // Here no group is whole: a torn tail, or damage if later ones are.
    Status end_here(JournalFile& file, const std::string& why) {
        TRY(auto block, file.read(end_.place.position, kJournalBlockBytes));
        if (block.find_first_not_of('\0') != std::string_view::npos) {
            end_.torn = fmt::format("{} at byte {}: {}", file.path(), end_.place.position, why);
        }
        if (behind_ == BehindTheEnd::ignored) return {};
        TRY(auto later, find_later(file));
        if (!later) return {};
        std::string text =
            fmt::format("{} is damaged at byte {} (group {}): {}, but {}", file.path(),
                        end_.place.position, end_.place.number, why, *later);
        if (syncs_ && behind_ == BehindTheEnd::damage) return damaged(text);
        log_warn("eventlog", "{}: the log ends before it", text);
        return {};
    }

    Result<std::optional<std::string>> find_later(JournalFile& file) {
        TRY(auto here, find_later_group(file, end_.place.position, end_.place));
        if (here) return here;
        TRY(auto all, list_journal(files_, directory_));
        for (auto at = all.upper_bound(end_.place.file); at != all.end(); ++at) {
            TRY(auto next, JournalFile::open(files_, directory_, at->first));
            TRY(auto there, find_later_group(next, 0, end_.place));
            if (there) return there;
        }
        return std::nullopt;
    }

    static std::unexpected<Error> damaged(const std::string& text) {
        return fail(Errc::corrupt,
                    text +
                        "; records that were acknowledged may be lost, so the log is not "
                        "opened: restore the file from a copy, or say --accept-data-loss");
    }

    Files& files_;
    const std::string& directory_;
    const BehindTheEnd behind_;
    const GroupVisitor& visit_;
    bool syncs_ = true;
    JournalEnd end_;
};

}  // namespace

Result<JournalEnd> walk_journal(Files& files, const std::string& log_directory, JournalPlace from,
                                BehindTheEnd behind, const GroupVisitor& visit) {
    return Walk(files, log_directory, from, behind, visit).run();
}

}  // namespace pinflow::eventlog
