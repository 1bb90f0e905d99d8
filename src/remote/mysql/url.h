// SPDX-License-Identifier: Apache-2.0
// mysql://user:password@host:3306/database?unix_socket=…&charset=utf8mb4
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow::mysql {

// What the URL says; what it does not say is empty, so that a credentials file can say it.
struct MysqlUrl {
    std::string host;
    std::optional<std::uint16_t> port;
    std::string user;
    std::optional<std::string> password;
    std::string database;
    std::string unix_socket;
};

// mysql://, mariadb:// and SQLAlchemy's forms with a driver: mysql+pymysql://
bool is_mysql_url(std::string_view text);

// invalid_argument: no such URL, or an unknown parameter (with the nearest known one). No error
// repeats a part that may belong to a password.
Result<MysqlUrl> parse_mysql_url(std::string_view url);

// The URL with "***" in place of what may be a password: for messages.
std::string without_password(std::string_view url);

}  // namespace pinflow::mysql
