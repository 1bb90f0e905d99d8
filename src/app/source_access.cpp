// SPDX-License-Identifier: Apache-2.0
#include "app/source_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "app/aws_access.h"
#include "app/credentials_file.h"
#include "app/rds_ca.h"
#include "app/secrets.h"
#include "app/stop_watch.h"
#include "base/text.h"
#include "codec/sigv4/presign.h"
#include "posix/system_clock.h"
#include "remote/mysql/mysql_source.h"
#include "remote/mysql/url.h"
#include "source/sqlite_source.h"

namespace pinflow::app {
namespace {

constexpr std::string_view kRdsEnding = ".rds.amazonaws.com";  // and ".cn" after it

posix::SystemClock& system_clock() {
    static posix::SystemClock clock;  // has no state
    return clock;
}

std::unexpected<Error> refuse(std::string text) {
    return fail(Errc::invalid_argument, std::move(text));
}

template <class... Texts>
std::string first_said(const Texts&... texts) {
    for (const std::string* text : {&texts...}) {
        if (!text->empty()) return *text;
    }
    return "";
}

// A path, or as SQLAlchemy has it: sqlite:///relative and sqlite:////absolute.
Result<std::string> sqlite_path(const std::string& said) {
    constexpr std::string_view kScheme = "sqlite:";
    if (said.starts_with(kScheme)) {
        std::string path = said.substr(kScheme.size());
        return path.starts_with("///") ? path.substr(3) : path;
    }
    std::size_t scheme = said.find("://");
    if (scheme == std::string::npos) return said;
    const std::array<std::string, 3> known = {"mysql", "mariadb", "sqlite"};
    auto nearest = nearest_word(to_lower(said.substr(0, scheme)), known);
    return refuse(
        fmt::format("the source {} is neither mysql:// nor mariadb:// nor an SQLite file{}",
                    mysql::without_password(said),
                    nearest ? fmt::format("; did you mean {}://?", *nearest) : ""));
}

mysql::Tls tls_named(const std::string& name) {
    if (name == "off") return mysql::Tls::off;
    if (name == "require") return mysql::Tls::require;
    return name == "verify" ? mysql::Tls::verify : mysql::Tls::prefer;
}

// A URL of the settings was looked at there: its password, if any, came by the environment.
Result<mysql::MysqlUrl> url_of(const std::string& said, bool is_flag) {
    if (said.empty()) return mysql::MysqlUrl{};
    TRY(auto url, mysql::parse_mysql_url(said));
    if (url.password && is_flag) {
        return refuse(
            fmt::format("{}: a password does not belong into a flag, where others see it; write "
                        "the URL without "
                        "it, and the password into a file that source.password_file names (or into "
                        "PINFLOW_SOURCE__PASSWORD)",
                        mysql::without_password(said)));
    }
    return url;
}

// "eu-west-1" of "posts.abc123.eu-west-1.rds.amazonaws.com".
std::string rds_region(std::string_view host) {
    std::size_t end = host.find(kRdsEnding);
    if (end == std::string_view::npos || end == 0) return "";
    return std::string(host.substr(0, end).substr(host.rfind('.', end - 1) + 1));
}

Status sign_in_by_token(mysql::MysqlSettings& server, const Settings& settings) {
    std::string region = aws_region(settings);
    if (region.empty()) region = rds_region(server.host);
    if (region.empty()) {
        return refuse(server.shown() +
                      ": source.iam needs a region, and the host's name has none; say aws.region");
    }
    server.tls = mysql::Tls::verify;
    server.token = [credentials = aws_credentials(settings), region, host = server.host,
                    port = server.port, user = server.user]() -> Result<std::string> {
        TRY(auto keys, credentials());
        return sigv4::rds_token(host, port, user, region, keys, system_clock().now_ms());
    };
    return {};
}

Result<mysql::MysqlSettings> server_of(const Settings& settings, const std::string& said,
                                       bool is_flag) {
    TRY(mysql::MysqlUrl url, url_of(said, is_flag));
    Credentials file;
    if (const std::string& path = settings.text("source.credentials_file"); !path.empty()) {
        TRY(file, read_credentials_file(path));
    }
    TRY(std::optional<std::string> password, find_secret(settings, "source.password"));
    mysql::MysqlSettings server{
        .host = first_said(url.host, file.host, mysql::MysqlSettings{}.host),
        .port = url.port.value_or(file.port.value_or(mysql::kDefaultPort)),
        .unix_socket = url.unix_socket,
        .user = first_said(url.user, settings.text("source.user"), file.user),
        .password = url.password ? *url.password
                    : password   ? *password
                                 : file.password.value_or(""),
        .database = first_said(url.database, file.database),
        .tls = tls_named(settings.text("source.tls")),
        .tls_ca = settings.text("source.tls_ca"),
        .timeout_ms = settings.duration_ms("source.timeout")};
    if (settings.boolean("source.iam")) TRY_STATUS(sign_in_by_token(server, settings));
    if (server.user.empty()) {
        return refuse(
            fmt::format("{}: no user is named; write mysql://user@host:3306/database, or "
                        "say source.user",
                        server.shown()));
    }
    if (server.database.empty())
        return refuse(fmt::format("{}: no database is named behind the host", server.shown()));
    return server;
}

Status check_columns(const PipelineKind& kind, const std::vector<std::string>& present,
                     const SourcePlace& place) {
    auto has = [&](const std::string& name) { return std::ranges::count(present, name) > 0; };
    for (const Field& field : kind.shape.columns) {
        if (has(field.name)) continue;
        bool is_key = field.name == kind.shape.key;
        if (is_key && std::ranges::any_of(kind.shape.key_fallbacks, has)) continue;
        auto nearest = nearest_word(field.name, present);
        return fail(
            Errc::not_found,
            fmt::format("{}: table {} has no column {} (it has: {}){}, which kind {} of the "
                        "pipeline declares",
                        place.shown(), kind.source_table, field.name, join(present, ", "),
                        nearest ? fmt::format(", did you mean {}?", *nearest) : "", kind.name));
    }
    return {};
}

}  // namespace

std::string SourcePlace::shown() const { return server ? server->shown() : file; }

Result<SourcePlace> source_place(const Context& context, const std::string& flag) {
    const std::string& said = flag.empty() ? context.settings.text("source.url") : flag;
    bool has_credentials = !context.settings.text("source.credentials_file").empty();
    if (said.empty() && !has_credentials)
        return SourcePlace{.file = context.directory.source_database()};
    if (!said.empty() && !mysql::is_mysql_url(said)) {
        TRY(std::string path, sqlite_path(said));
        return SourcePlace{.file = std::move(path)};
    }
    TRY(auto server, server_of(context.settings, said, !flag.empty()));
    bool is_verified = server.tls == mysql::Tls::verify && server.tls_ca.empty();
    if (is_verified && server.host.find(kRdsEnding) != std::string::npos) {
        TRY(server.tls_ca, rds_ca_file(context.directory));
    }
    return SourcePlace{.server = std::move(server)};
}

Result<std::unique_ptr<SourceDb>> open_source(const SourcePlace& place, std::stop_token stop) {
    if (place.server) {
        TRY(auto source, mysql::MysqlSource::open(*place.server, {.clock = &system_clock(),
                                                                  .stop = std::move(stop),
                                                                  .wait = wait_unless_stopped}));
        return std::unique_ptr<SourceDb>(std::move(source));
    }
    TRY(auto source, source::SqliteSource::open(place.file, source::Mode::read));
    return std::unique_ptr<SourceDb>(std::move(source));
}

std::function<Result<std::unique_ptr<SourceDb>>(std::stop_token)> source_opener(SourcePlace place) {
    return [place = std::move(place)](std::stop_token stop) {
        return open_source(place, std::move(stop));
    };
}

Result<std::int64_t> check_source(SourceDb& source, const SourcePlace& place,
                                  const Pipeline& pipeline) {
    for (const PipelineKind& kind : pipeline.kinds) {
        TRY(std::vector<std::string> present, source.columns(kind.source_table));
        TRY_STATUS(check_columns(kind, present, place));
    }
    std::int64_t rows_of_all = INT64_MAX;
    for (const PipelineKind& kind : pipeline.kinds) {
        TRY(std::int64_t rows, source.count(kind.source_table));
        rows_of_all = std::min(rows_of_all, rows);
    }
    return rows_of_all;
}

Exit report_place(const Error& error) {
    Exit exit = report(error);
    return error.code == Errc::invalid_argument ? Exit::bad_configuration : exit;
}

}  // namespace pinflow::app
