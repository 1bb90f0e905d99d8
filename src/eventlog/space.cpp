// SPDX-License-Identifier: Apache-2.0
#include "eventlog/space.h"

#include <fmt/format.h>

#include "ports/event_log.h"

namespace pinflow::eventlog {

std::string_view name_of(Space space) { return space == Space::topics ? "topics" : "streams"; }

std::string_view noun_of(Space space) { return space == Space::topics ? "topic" : "stream"; }

Status check_stored_topic(std::string_view name, std::uint64_t partitions) {
    if (auto good = check_topic_name(name); !good) return fail(Errc::corrupt, good.error().text);
    if (partitions >= 1 && partitions <= kPartitionsMax) return {};
    return fail(Errc::corrupt, fmt::format("topic {} of {} partitions", name, partitions));
}

std::string partition_directory(const std::string& directory, Space space, std::string_view name,
                                std::int32_t partition) {
    return fmt::format("{}/{}/{}-{}", directory, name_of(space), name, partition);
}

}  // namespace pinflow::eventlog
