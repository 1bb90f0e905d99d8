// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace pinflow::mysql {

enum class Tls : std::uint8_t {
    off,      // never
    prefer,   // if the server offers it; nobody is checked
    require,  // or no connection; the server is not checked
    verify,   // or no connection; its certificate must be good for the host's name
};

inline constexpr std::uint16_t kDefaultPort = 3306;

struct MysqlSettings {
    std::string host = "127.0.0.1";
    std::uint16_t port = kDefaultPort;
    std::string unix_socket;  // if not empty, instead of host and port
    std::string user;
    std::string password;  // never printed
    // If set, asked for what to send instead of the password, at each connection: it goes out in
    // clear, so `tls` must be verify.
    std::function<Result<std::string>()> token;
    std::string database;
    Tls tls = Tls::prefer;
    std::string tls_ca;  // PEM file; empty: the system's. Only for verify.
    std::int64_t timeout_ms =
        10'000;  // of connecting, and of each answer; whole seconds, rounded up

    // "mysql://user@db.example:3306/posts", for messages: without the password.
    std::string shown() const;
};

}  // namespace pinflow::mysql
