// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include "eventlog/group_builder.h"
#include "eventlog/journal_files.h"
#include "eventlog/settings.h"

namespace pinflow::eventlog {

// The one file that is synced for all partitions: groups, one after the other, in files of fixed
// size. The committer's thread writes; the keeper's thread makes the next file ready and gives the
// old ones back.
class Journal final {
public:
    // A new epoch, random, in a new file behind all there are; it is durable when this returns.
    static Result<std::unique_ptr<Journal>> begin(Files& files, const NativeLogSettings& settings);

    // The largest group that fits a file.
    static std::uint64_t group_bytes_max(const NativeLogSettings& settings);

    // --- the committer's thread ---
    // Room for a group of that size: moves on to the next file where this one has none, and waits
    // there while a checkpoint runs that the journal is too far ahead of. no_space and unavailable:
    // nothing has happened. io: final.
    Status make_room(std::uint64_t stored_bytes);
    // A failure of either is final: what is in the file is unknown then.
    Status write(GroupBuilder& group, Timestamp append_time_ms);
    Status sync();
    JournalPlace place() const { return place_; }  // of the next group

    // --- the keeper's thread ---
    // Makes the next file ready, once this one is half full, so that the committer need not.
    Status prepare_next();
    // Between the two, the committer does not run ahead without bound.
    void begin_checkpoint();
    // Files before `needed_from` are used again, or removed where there are too many.
    void end_checkpoint(std::uint64_t needed_from);

    // Any thread.
    bool wants_next() const;  // prepare_next() would do something
    std::uint64_t written_bytes() const { return written_bytes_; }  // since this epoch began

private:
    Journal(Files& files, const NativeLogSettings& settings) : files_(files), settings_(settings) {}

    struct NewFile {
        std::uint64_t sequence = 0;
        std::unique_ptr<File> file;
        std::uint64_t zeroed_bytes = 0;  // from its beginning on, all blocks have been written once
    };

    struct UsedFile {
        std::uint64_t sequence = 0;
        std::uint64_t zeroed_bytes = 0;
    };

    Result<NewFile> make_file(std::uint64_t sequence, std::uint64_t zeroed_bytes);
    Result<std::unique_ptr<File>> open_fresh(std::uint64_t sequence);
    static Status write_zeros(File& file, std::uint64_t from, std::uint64_t to);
    Status write_zeros_in_steps(File& file, std::uint64_t from, std::uint64_t to);
    Status zero_ahead(std::uint64_t to);
    Result<std::unique_ptr<File>> open_used(UsedFile& used, std::uint64_t sequence);
    Status move_on();
    Result<NewFile> take_next();
    void wait_for_checkpoint();
    bool is_too_far_ahead() const;

    Files& files_;
    const NativeLogSettings& settings_;
    std::uint64_t epoch_ = 0;
    std::unique_ptr<File> file_;
    std::uint64_t zeroed_bytes_ = 0;  // of file_
    JournalPlace place_;
    std::atomic<std::uint64_t> written_bytes_ = 0;
    std::atomic<std::uint64_t> position_ = 0;  // place_'s, for the keeper
    std::atomic<bool> has_next_ = false;

    std::mutex preparing_;  // held while a next file is made: at most one is
    std::mutex mutex_;      // over what follows
    std::condition_variable checkpointed_;
    std::optional<NewFile> next_;
    // Files that no checkpoint has passed, with the current one; and those that one has. By
    // sequence number, with their zeroed bytes: of an earlier process's files that is not known.
    std::map<std::uint64_t, std::uint64_t> kept_;
    std::vector<UsedFile> used_;
    std::uint64_t current_ = 0;  // the file that is written, or about to be
    bool is_checkpointing_ = false;
};

}  // namespace pinflow::eventlog
