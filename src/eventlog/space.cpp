// SPDX-License-Identifier: Apache-2.0
#include "eventlog/space.h"

#include <fmt/format.h>

namespace pinflow::eventlog {

std::string_view name_of(Space space) { return space == Space::topics ? "topics" : "streams"; }

std::string_view noun_of(Space space) { return space == Space::topics ? "topic" : "stream"; }

std::string partition_directory(const std::string& directory, Space space, std::string_view name,
                                std::int32_t partition) {
    return fmt::format("{}/{}/{}-{}", directory, name_of(space), name, partition);
}

}  // namespace pinflow::eventlog
