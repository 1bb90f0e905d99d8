// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/source_db.h"
#include "remote/mysql/failure.h"
#include "remote/mysql/settings.h"

struct st_mysql;  // MYSQL

namespace pinflow::mysql {

// One session with a server: in utf8mb4, UTC, strict mode and without transactions left open. It
// may not be asked for local files, and the password goes in clear only to a server that was
// verified. Blocking; one thread. When the stop comes an answer is waited for no more: cancelled.
// (Not so while it connects, which the timeout bounds.)
class Connection final {
public:
    // `clock` outlives the connection.
    static Reply<Connection> open(const MysqlSettings& settings, Clock& clock,
                                  std::stop_token stop);
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    // One statement and the rows of its answer, all in memory: for small answers.
    Reply<std::vector<SourceRow>> query(const std::string& sql);
    Reply<void> run(const std::string& sql);

    // 'text' as a literal of SQL.
    void append_literal(std::string& sql, std::string_view text);

private:
    struct Closer {
        void operator()(st_mysql* handle) const;
    };
    class Line;  // the socket, for the stop

    Connection(const MysqlSettings& settings, Clock& clock, std::stop_token stop);

    void set_options(const MysqlSettings& settings);
    Reply<void> connect(const MysqlSettings& settings);
    Reply<void> send(const std::string& sql);
    Reply<std::vector<SourceRow>> take_rows();
    std::unexpected<Failure> failure(std::int64_t started_us) const;

    std::unique_ptr<st_mysql, Closer> handle_;
    std::unique_ptr<Line> line_;
    std::string place_;
    std::string password_;  // to be kept out of what the server says
    unsigned timeout_s_;
    Clock* clock_;
    std::stop_token stop_;
};

}  // namespace pinflow::mysql
