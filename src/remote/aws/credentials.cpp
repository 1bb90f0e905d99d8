// SPDX-License-Identifier: Apache-2.0
#include "remote/aws/credentials.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "remote/aws/ini_file.h"

namespace pinflow::aws {
namespace {

constexpr std::uintmax_t kFileBytesMax = 1 << 20;

// Nothing if there is no such file.
Result<std::optional<std::string>> text_of_file(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (std::filesystem::file_size(path, error) <= kFileBytesMax && !error) text << file.rdbuf();
    if (!file || error) return fail(Errc::io, path + ": cannot be read (or is over 1 MiB)");
    return std::move(text).str();
}

std::string variable(const Environment& environment, std::string_view name) {
    return environment ? environment(name).value_or("") : "";
}

std::string place_of(const Environment& environment, std::string_view name, std::string_view file) {
    std::string said = variable(environment, name);
    return said.empty() ? variable(environment, "HOME") + "/.aws/" + std::string(file) : said;
}

std::string credentials_path(const Environment& environment) {
    return place_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
}

std::string config_path(const Environment& environment) {
    return place_of(environment, "AWS_CONFIG_FILE", "config");
}

Result<IniFile> ini_of(const std::string& path) {
    TRY(auto text, text_of_file(path));
    auto file = parse_ini(text.value_or(""));
    if (!file) return with_context(file.error(), path);
    return file;
}

// What both files say of a profile; the credentials file first, as the CLI has it.
Result<IniSection> profile_named(const Environment& environment, const std::string& profile) {
    TRY(IniFile credentials, ini_of(credentials_path(environment)));
    TRY(IniFile config, ini_of(config_path(environment)));
    IniSection all = credentials[profile];
    all.merge(config[profile == "default" ? profile : "profile " + profile]);
    return all;
}

std::string said_by(const IniSection& section, std::string_view key) {
    auto found = section.find(key);
    return found == section.end() ? "" : found->second;
}

sigv4::Credentials keys_of(const IniSection& section) {
    return {said_by(section, "aws_access_key_id"), said_by(section, "aws_secret_access_key"),
            said_by(section, "aws_session_token")};
}

bool is_whole(const sigv4::Credentials& credentials) {
    return !credentials.access_key_id.empty() && !credentials.secret_access_key.empty();
}

std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells(1);
    for (char letter : line) {
        if (letter == ',') cells.emplace_back();
        if (letter != ',' && letter != '"' && letter != '\r' && letter != ' ')
            cells.back().push_back(letter);
    }
    return cells;
}

// The console's file: a header that names its columns, then one line ("Access key ID,Secret access
// key"; user tables have more columns). A byte-order mark may come first.
Result<sigv4::Credentials> keys_of_csv(const std::string& path) {
    TRY(auto text, text_of_file(path));
    if (!text) return fail(Errc::not_found, path + ": no such file (aws.credentials_csv)");
    std::string_view rest = *text;
    if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
    std::size_t end = std::min(rest.find('\n'), rest.size());
    auto header = cells_of(rest.substr(0, end));
    auto values = cells_of(
        rest.substr(std::min(end + 1, rest.size())).substr(0, rest.find('\n', end + 1) - end - 1));
    sigv4::Credentials credentials;
    for (std::size_t at = 0; at < std::min(header.size(), values.size()); ++at) {
        std::string name = to_lower(header[at]);
        if (name == "accesskeyid") credentials.access_key_id = values[at];
        if (name == "secretaccesskey") credentials.secret_access_key = values[at];
    }
    if (is_whole(credentials)) return credentials;
    return fail(
        Errc::invalid_argument,
        path + ": no columns \"Access key ID\" and \"Secret access key\" with a value each");
}

}  // namespace

Result<sigv4::Credentials> CredentialsChain::find() const {
    const Environment& environment = places_.environment;
    if (!places_.csv_file.empty()) return keys_of_csv(places_.csv_file);
    std::string profile =
        places_.profile.empty() ? variable(environment, "AWS_PROFILE") : places_.profile;
    if (profile.empty()) {
        sigv4::Credentials keys{variable(environment, "AWS_ACCESS_KEY_ID"),
                                variable(environment, "AWS_SECRET_ACCESS_KEY"),
                                variable(environment, "AWS_SESSION_TOKEN")};
        if (is_whole(keys)) return keys;
    }
    TRY(IniSection section, profile_named(environment, profile.empty() ? "default" : profile));
    if (sigv4::Credentials keys = keys_of(section); is_whole(keys)) return keys;
    bool is_elsewhere = section.contains("sso_session") || section.contains("sso_start_url") ||
                        section.contains("role_arn") || section.contains("credential_process");
    return fail(Errc::permission,
                fmt::format("no AWS keys: {} looked at for profile {}{}; set AWS_ACCESS_KEY_ID and "
                            "AWS_SECRET_ACCESS_KEY, or aws.profile, or aws.credentials_csv",
                            credentials_path(environment) + " and " + config_path(environment),
                            profile.empty() ? "default (and the environment before)" : profile,
                            is_elsewhere ? ", which signs in elsewhere: eval \"$(aws configure "
                                           "export-credentials --format env)\" brings its keys here"
                                         : ""));
}

Result<sigv4::Credentials> CredentialsChain::get() {
    std::lock_guard lock(mutex_);
    auto now = std::chrono::steady_clock::now();
    if (known_ && now - known_since_ < kFreshFor) return *known_;
    TRY(known_, find());
    known_since_ = now;
    return *known_;
}

std::string CredentialsChain::region() const {
    const Environment& environment = places_.environment;
    for (std::string_view name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        if (std::string said = variable(environment, name); !said.empty()) return said;
    }
    std::string profile =
        places_.profile.empty() ? variable(environment, "AWS_PROFILE") : places_.profile;
    auto section = profile_named(environment, profile.empty() ? "default" : profile);
    return section ? said_by(*section, "region") : "";
}

}  // namespace pinflow::aws
