// SPDX-License-Identifier: Apache-2.0
#include "app/secrets.h"

#include <cstdlib>
#include <filesystem>

#include "app/credentials_file.h"

namespace pinflow::app {

Result<std::optional<std::string>> find_secret(const Settings& settings, const std::string& name) {
    if (const std::string& file = settings.text(name + "_file"); !file.empty()) {
        TRY(std::string secret, read_password_file(file));
        return secret;
    }
    if (const std::string& secret = settings.text(name); !secret.empty()) return secret;
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    std::error_code ignored;
    if (directory == nullptr || !std::filesystem::exists(directory + ("/" + name), ignored))
        return std::nullopt;
    TRY(std::string secret, read_password_file(directory + ("/" + name)));
    return secret;
}

}  // namespace pinflow::app
