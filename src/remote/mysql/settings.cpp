// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/settings.h"

#include <fmt/format.h>

namespace pinflow::mysql {

std::string MysqlSettings::shown() const {
    std::string who = user.empty() ? "" : user + "@";
    if (!unix_socket.empty())
        return fmt::format("mysql://{}/{}?unix_socket={}", who, database, unix_socket);
    bool is_ip6 = host.find(':') != std::string::npos;
    return fmt::format("mysql://{}{}{}{}:{}/{}", who, is_ip6 ? "[" : "", host, is_ip6 ? "]" : "",
                       port, database);
}

}  // namespace pinflow::mysql
