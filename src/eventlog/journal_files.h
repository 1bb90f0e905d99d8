// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "eventlog/journal_format.h"
#include "ports/files.h"

namespace pinflow::eventlog {

// Where a group is, or the next one will be.
struct JournalPlace {
    std::uint64_t epoch = 0;
    std::uint64_t file = 0;  // its sequence number
    std::uint64_t position = 0;
    std::uint64_t number = 0;  // of the group

    bool operator==(const JournalPlace&) const = default;
};

std::string journal_directory(const std::string& log_directory);  // "log/journal"
// "log/journal/00000000000000000003.journal"
std::string journal_path(const std::string& log_directory, std::uint64_t sequence);

// Sequence numbers of the files there are, with their sizes. Other names are left alone.
Result<std::map<std::uint64_t, std::uint64_t>> list_journal(Files& files,
                                                            const std::string& log_directory);

}  // namespace pinflow::eventlog
