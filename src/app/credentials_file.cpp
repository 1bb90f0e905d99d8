// SPDX-License-Identifier: Apache-2.0
#include "app/credentials_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "app/data_directory.h"
#include "app/terminal.h"
#include "app/yaml_reader.h"
#include "base/text.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

constexpr std::size_t kPasswordBytesMax = 4'096;

void warn_if_others_may_read(const std::string& path) {
    using std::filesystem::perms;
    std::error_code error;
    perms rights = std::filesystem::status(path, error).permissions();
    if (error || (rights & (perms::group_read | perms::others_read)) == perms::none) return;
    print_message(fmt::format(
        "pinflow: warning: others may read the password in {0}; mend it with: chmod 600 {0}",
        path));
}

Status take(Credentials& credentials, const std::string& key, const YamlPlace& value) {
    TRY(std::string text, text_of(value));
    if (key == "host") credentials.host = text;
    if (key == "user") credentials.user = text;
    if (key == "password") credentials.password = text;
    if (key == "database") credentials.database = text;
    if (key != "port") return {};
    auto port = parse_int(text);
    if (!port || *port < 1 || *port > 65'535) return value.complain("PORT is no number of 1-65535");
    credentials.port = static_cast<std::uint16_t>(*port);
    return {};
}

}  // namespace

Result<Credentials> read_credentials_file(const std::string& path) {
    const std::vector<std::string> known = {"host", "user", "password", "database", "port"};
    posix::PosixFiles files;
    TRY(std::string text, read_small_file(files, path));
    TRY(YamlPlace root, parse_yaml(path, text));
    TRY(auto members, members_of(root));
    Credentials credentials;
    std::set<std::string> seen;
    for (const auto& [key, value] : members) {
        std::string name = to_lower(key.node.Scalar());
        if (std::ranges::count(known, name) == 0) {
            auto nearest = nearest_word(name, known);
            return key.complain(fmt::format(
                "unknown key; {}", nearest ? fmt::format("did you mean `{}`?", *nearest)
                                           : "known here: HOST, USER, PASSWORD, DATABASE, PORT"));
        }
        if (!seen.insert(name).second) return key.complain(fmt::format("`{}` is here twice", name));
        TRY_STATUS(take(credentials, name, value));
    }
    if (credentials.password) warn_if_others_may_read(path);
    return credentials;
}

Result<std::string> read_password_file(const std::string& path) {
    posix::PosixFiles files;
    TRY(std::string text, read_small_file(files, path));
    std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    bool is_one_line = text.find_first_not_of("\r\n", end) == std::string::npos;
    if (end == 0 || end > kPasswordBytesMax || !is_one_line) {
        return fail(Errc::invalid_argument,
                    fmt::format("{}: one line with the password is wanted there", path));
    }
    warn_if_others_may_read(path);
    return text.substr(0, end);
}

}  // namespace pinflow::app
