// SPDX-License-Identifier: Apache-2.0
#include "eventlog/journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/crash_point.h"
#include "base/hash.h"
#include "base/log.h"

namespace pinflow::eventlog {
namespace {

// The last group of each file, which says that there is a next one.
constexpr std::uint64_t kContinuesBytes = kJournalBlockBytes;

// A first file is not written wholly before the log opens, which would take a tenth of a second.
constexpr std::uint64_t kZeroedAheadBytes = 1 << 20;

}  // namespace

std::uint64_t Journal::group_bytes_max(const NativeLogSettings& settings) {
    return settings.journal_file_bytes - kJournalBlockBytes - kContinuesBytes;
}

Result<std::unique_ptr<Journal>> Journal::begin(Files& files, const NativeLogSettings& settings) {
    std::unique_ptr<Journal> journal(new Journal(files, settings));
    TRY_STATUS(files.make_directories(journal_directory(settings.directory)));
    TRY(auto existing, list_journal(files, settings.directory));
    std::uint64_t sequence = existing.empty() ? 1 : existing.rbegin()->first + 1;
    journal->epoch_ = random_u64();
    TRY(NewFile made, journal->make_file(sequence, kZeroedAheadBytes));
    journal->file_ = std::move(made.file);
    journal->zeroed_bytes_ = made.zeroed_bytes;
    journal->place_ = {journal->epoch_, sequence, kJournalBlockBytes, 1};
    journal->position_ = kJournalBlockBytes;
    journal->current_ = sequence;
    for (const auto& [old, bytes] : existing) journal->kept_[old] = 0;
    journal->kept_[sequence] = 0;
    return journal;
}

// Every block is written once, and synced, before a group lies in it. It is quicker then, for a
// block that was only set aside takes a change of the file system's own books with it (twice the
// commits a second); and surer: where those books fail, ext4 forgets such a block without a word to
// fdatasync (seen with the shutdown ioctl: records acknowledged within its milliseconds were gone).
Status Journal::write_zeros(File& file, std::uint64_t from, std::uint64_t to) {
    const std::string zeros(kZerosAtOnceBytes, '\0');
    while (from < to) {
        std::string_view part = std::string_view(zeros).substr(0, to - from);
        TRY_STATUS(file.write_at(from, {{part}}));
        from += part.size();
    }
    return {};
}

// The same beside the groups of another file, whose syncs would have to wait for all of it.
Status Journal::write_zeros_in_steps(File& file, std::uint64_t from, std::uint64_t to) {
    while (from < to) {
        std::uint64_t next = std::min(from + kZerosAtOnceBytes, to);
        TRY_STATUS(write_zeros(file, from, next));
        from = next;
        if (settings_.durability == Durability::fsync) TRY_STATUS(file.sync());
    }
    return {};
}

Status Journal::zero_ahead(std::uint64_t to) {
    to = std::min(to + kZeroedAheadBytes, settings_.journal_file_bytes);
    TRY_STATUS(write_zeros(*file_, zeroed_bytes_, to));
    crash_point("journal.zeros_written");
    TRY_STATUS(file_->sync());
    zeroed_bytes_ = to;
    return {};
}

Result<std::unique_ptr<File>> Journal::open_fresh(std::uint64_t sequence) {
    std::string path = journal_path(settings_.directory, sequence);
    TRY(auto file, files_.open(path, OpenMode::read_write));
    auto fill = [&]() -> Status {
        TRY_STATUS(file->truncate(settings_.journal_file_bytes));
        return file->reserve(settings_.journal_file_bytes);
    };
    if (Status filled = fill(); !filled) {
        (void)files_.remove(path);  // a full disk needs the room
        return std::unexpected(filled.error());
    }
    return file;
}

Result<std::unique_ptr<File>> Journal::open_used(UsedFile& used, std::uint64_t sequence) {
    std::string path = journal_path(settings_.directory, sequence);
    TRY_STATUS(files_.rename(journal_path(settings_.directory, used.sequence), path));
    crash_point("journal.file_renamed");
    TRY(auto file, files_.open(path, OpenMode::read_write));
    TRY(auto bytes, file->size());
    if (bytes != settings_.journal_file_bytes) {  // the setting has changed
        used.zeroed_bytes = 0;
        TRY_STATUS(file->truncate(settings_.journal_file_bytes));
        TRY_STATUS(file->reserve(settings_.journal_file_bytes));
    }
    return file;
}

// The name and the header are durable before anything is written behind them.
Result<Journal::NewFile> Journal::make_file(std::uint64_t sequence, std::uint64_t zeroed_bytes) {
    std::optional<UsedFile> used;
    {
        std::scoped_lock lock(mutex_);
        if (!used_.empty()) {
            used = used_.back();
            used_.pop_back();
        }
    }
    NewFile made{.sequence = sequence};
    TRY(made.file, used ? open_used(*used, sequence) : open_fresh(sequence));
    made.zeroed_bytes = std::min(zeroed_bytes, settings_.journal_file_bytes);
    std::uint64_t zeroed_before = used ? used->zeroed_bytes : 0;
    TRY_STATUS(write_zeros_in_steps(*made.file, zeroed_before, made.zeroed_bytes));
    made.zeroed_bytes = std::max(made.zeroed_bytes, zeroed_before);
    crash_point("journal.file_made");
    std::string header = encode_file_header({.epoch = epoch_,
                                             .sequence = sequence,
                                             .file_bytes = settings_.journal_file_bytes,
                                             .syncs = settings_.durability == Durability::fsync});
    TRY_STATUS(made.file->write_at(0, {{header}}));
    crash_point("journal.header_written");
    TRY_STATUS(made.file->sync());
    crash_point("journal.header_synced");
    TRY_STATUS(files_.sync_directory(journal_directory(settings_.directory)));
    crash_point("journal.name_synced");
    return made;
}

Status Journal::make_room(std::uint64_t stored_bytes) {
    CHECK(stored_bytes <= group_bytes_max(settings_));
    if (place_.position + stored_bytes + kContinuesBytes > settings_.journal_file_bytes) {
        TRY_STATUS(move_on());
    }
    std::uint64_t needed = place_.position + stored_bytes + kContinuesBytes;
    if (needed > zeroed_bytes_) TRY_STATUS(zero_ahead(needed));
    return {};
}

Status Journal::write(GroupBuilder& group, Timestamp append_time_ms) {
    auto parts = group.finish(place_.epoch, place_.number, append_time_ms);
    std::uint64_t bytes = group.stored_bytes();
    crash_point("journal.before_write");
    TRY_STATUS(file_->write_at(place_.position, parts));
    crash_point("journal.after_write");
    place_.position += bytes;
    ++place_.number;
    position_ = place_.position;
    written_bytes_ += bytes;
    return {};
}

Status Journal::sync() {
    crash_point("journal.before_sync");
    TRY_STATUS(file_->sync());
    crash_point("journal.after_sync");
    return {};
}

// The last group of this file says that another follows, so that a lost next file is seen as lost.
Status Journal::move_on() {
    wait_for_checkpoint();
    TRY(NewFile next, take_next());
    GroupBuilder last;
    last.add(ContinuesEntry{});
    TRY_STATUS(write(last, 0));
    crash_point("journal.continues_written");
    if (settings_.durability == Durability::fsync) TRY_STATUS(sync());
    crash_point("journal.continues_synced");
    file_ = std::move(next.file);
    {
        std::scoped_lock lock(mutex_);
        kept_[place_.file] = zeroed_bytes_;
    }
    zeroed_bytes_ = next.zeroed_bytes;
    place_.file = next.sequence;
    place_.position = kJournalBlockBytes;
    position_ = place_.position;
    return {};
}

Result<Journal::NewFile> Journal::take_next() {
    std::scoped_lock preparing(preparing_);
    std::optional<NewFile> next;
    {
        std::scoped_lock lock(mutex_);
        next = std::exchange(next_, std::nullopt);
        has_next_ = false;
    }
    if (!next) {
        TRY(next, make_file(place_.file + 1, kZeroedAheadBytes));
    }
    std::scoped_lock lock(mutex_);
    current_ = next->sequence;
    kept_[current_] = 0;
    return *std::move(next);
}

// Once this one is half full.
bool Journal::wants_next() const {
    return !has_next_ && position_ >= settings_.journal_file_bytes / 2;
}

Status Journal::prepare_next() {
    std::scoped_lock preparing(preparing_);
    if (!wants_next()) return {};
    std::uint64_t sequence = 0;
    {
        std::scoped_lock lock(mutex_);
        sequence = current_ + 1;
    }
    TRY(NewFile made, make_file(sequence, settings_.journal_file_bytes));
    std::scoped_lock lock(mutex_);
    next_ = std::move(made);
    has_next_ = true;
    return {};
}

bool Journal::is_too_far_ahead() const {
    return kept_.size() * settings_.journal_file_bytes >
           settings_.checkpoint_bytes * kJournalAheadMax;
}

void Journal::wait_for_checkpoint() {
    std::unique_lock lock(mutex_);
    checkpointed_.wait(lock, [&] { return !is_checkpointing_ || !is_too_far_ahead(); });
}

void Journal::begin_checkpoint() {
    std::scoped_lock lock(mutex_);
    is_checkpointing_ = true;
}

// What cannot be removed or listed now is met again by the next checkpoint.
void Journal::end_checkpoint(std::uint64_t needed_from) {
    std::vector<std::uint64_t> too_many;
    {
        std::scoped_lock lock(mutex_);
        is_checkpointing_ = false;
        while (!kept_.empty() && kept_.begin()->first < needed_from) {
            used_.push_back({kept_.begin()->first, kept_.begin()->second});
            kept_.erase(kept_.begin());
        }
        std::uint64_t kept_max = settings_.checkpoint_bytes / settings_.journal_file_bytes + 1;
        while (used_.size() > kept_max) {
            too_many.push_back(used_.front().sequence);
            used_.erase(used_.begin());
        }
    }
    checkpointed_.notify_all();
    for (std::uint64_t sequence : too_many) {
        (void)files_.remove(journal_path(settings_.directory, sequence));
    }
}

}  // namespace pinflow::eventlog
