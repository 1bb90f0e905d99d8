// SPDX-License-Identifier: Apache-2.0
// Filling tables, all of them or none: each is built under another name (pinflow_building_…); then
// one RENAME, which MySQL does atomically, takes away the old ones (pinflow_replaced_…) and puts
// the new ones in their place; then the old ones are dropped. What a load that was cut short has
// left behind goes with the next one. One load at a time in a database, by a lock of the server's.
#pragma once

#include <span>

#include "remote/mysql/connection.h"

namespace pinflow::mysql {

// already_exists: as the port has it, or a view stands in the way; busy: another load is going on.
Reply<void> load_tables(Connection& connection, std::span<const TableLoad> loads,
                        Existing existing);

}  // namespace pinflow::mysql
