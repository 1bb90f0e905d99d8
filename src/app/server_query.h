// SPDX-License-Identifier: Apache-2.0
// What commands ask of the running server, by its admin address.
#pragma once

#include <string>
#include <string_view>

#include "app/commands.h"
#include "record/rows.h"

namespace pinflow::app {

// The body of GET http://<admin><path>. unavailable: no server runs for this data directory;
// not_found: the server's own words.
Result<std::string> ask_server(const Context& context, const std::string& path);

// [{"topic":"a","records":3},…] as rows: the columns of the first object, each a text or a whole
// number by its first value that is not null. Objects must have the same members in one order.
Result<Rows> rows_of_json(std::string_view text);

// Asks, and prints: the JSON as it came, or a table. `nothing` is said when it is empty.
Exit print_server_rows(const Context& context, const std::string& path, std::string_view nothing);

}  // namespace pinflow::app
