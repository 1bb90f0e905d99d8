// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "eventlog/journal_files.h"

namespace pinflow::eventlog {

// Called for each group, in order, with its checked body.
using GroupVisitor = std::function<Status(const GroupHeader& header, std::string_view body)>;

// What a later whole group behind the end means: damage, which is refused; a loss that is accepted,
// so the journal ends there all the same; or nobody looks, for somebody has.
enum class BehindTheEnd { damage, lost, ignored };

struct JournalEnd {
    JournalPlace place;  // where the first group that is not there would be
    std::string torn;    // what is there instead: a torn group, or old bytes of a file used again
    std::int64_t groups = 0;
    std::uint64_t bytes = 0;
};

// Walks the groups of one epoch from `from` on, over files, up to the first that is not whole. That
// is the tail a crash has torn, for only one group is ever in flight; unless a whole group of the
// epoch with a later number lies behind it, here or in a later file: then it is damage, and the
// answer is corrupt, naming file, byte and groups. Journals of durability `os` promise no order, so
// there it simply ends.
Result<JournalEnd> walk_journal(Files& files, const std::string& log_directory, JournalPlace from,
                                BehindTheEnd behind, const GroupVisitor& visit);

}  // namespace pinflow::eventlog
