// SPDX-License-Identifier: Apache-2.0
// The course's db_creds.yaml: HOST, USER, PASSWORD, DATABASE, PORT.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace pinflow::app {

struct Credentials {
    std::string host;
    std::optional<std::uint16_t> port;
    std::string user;
    std::optional<std::string> password;  // never printed
    std::string database;
};

// Keys in any case; a key that is none of the five is an error with its place and the nearest one.
// No error repeats a value. Warns on stderr when others may read the file and it holds a password.
Result<Credentials> read_credentials_file(const std::string& path);

// The first line of a file that holds nothing but a password. Warns on stderr when others may read
// it.
Result<std::string> read_password_file(const std::string& path);

}  // namespace pinflow::app
