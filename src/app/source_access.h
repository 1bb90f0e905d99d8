// SPDX-License-Identifier: Apache-2.0
// Which post database is meant, and the one place that opens it: an SQLite file, or a MySQL or
// MariaDB server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "app/commands.h"
#include "ports/source_db.h"
#include "remote/mysql/settings.h"

namespace pinflow::app {

struct SourcePlace {
    std::string file;  // an SQLite file, if there is no server
    std::optional<mysql::MysqlSettings> server;

    std::string shown() const;  // for messages: without a password
};

// What a flag says (a path or a URL), else the settings source.*, else the data directory's file.
// invalid_argument: a wrong URL, one with a password that did not come by the environment, or no
// user or database for a server. A password is looked for in the URL, source.password_file,
// source.password (PINFLOW_SOURCE__PASSWORD), $CREDENTIALS_DIRECTORY/source.password and
// source.credentials_file; what the URL leaves out is taken from source.user and that file.
Result<SourcePlace> source_place(const Context& context, const std::string& flag);

// For reading. The stop means: give up what is waited for; so does the user's Ctrl-C.
Result<std::unique_ptr<SourceDb>> open_source(const SourcePlace& place, std::stop_token stop = {});

// One source a worker.
std::function<Result<std::unique_ptr<SourceDb>>(std::stop_token)> source_opener(SourcePlace place);

// Whether each kind's table is there with every column the pipeline declares; then the rows that
// all of them have. not_found: what is missing, and the nearest name there is.
Result<std::int64_t> check_source(SourceDb& source, const SourcePlace& place,
                                  const Pipeline& pipeline);

// 78 for what the user can mend in settings or flags.
Exit report_place(const Error& error);

}  // namespace pinflow::app
