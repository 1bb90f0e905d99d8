// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/failure.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"

namespace pinflow::mysql {
namespace {

struct Rule {
    unsigned number;
    Errc code;
    Cure cure;
    std::string_view advice;
};

constexpr std::string_view kRunning =
    "is the server running there, and reachable from this machine? See source.url";
constexpr std::string_view kOther = "is source.url a MySQL or MariaDB server?";
constexpr std::string_view kBusy =
    "the server that source.url names takes no more connections for now; try later";
constexpr std::string_view kUnfit = "the column's type does not hold this value";
constexpr std::string_view kAgain = "run the same command again";

// By MariaDB's and MySQL's own lists of server errors (1000 and up) and client errors (2000 and
// up).
constexpr Rule kRules[] = {
    {1021, Errc::no_space, Cure::none, "the server's disk is full"},
    {1040, Errc::unavailable, Cure::reconnect, kBusy},
    {1044, Errc::permission, Cure::none, "GRANT the user its rights on this database"},
    {1045, Errc::permission, Cure::none,
     "check source.user and source.password_file (or source.credentials_file)"},
    {1049, Errc::not_found, Cure::none,
     "check the database's name in source.url, or CREATE DATABASE … CHARACTER SET utf8mb4"},
    {1050, Errc::already_exists, Cure::none, "to replace it, say --replace"},
    {1053, Errc::unavailable, Cure::reconnect, kAgain},
    {1062, Errc::conflict, Cure::none, "two rows have the same key"},
    {1064, Errc::internal, Cure::none, "please report this"},
    {1114, Errc::no_space, Cure::none, "the server's table space is full"},
    {1129, Errc::permission, Cure::none,
     "the server blocks this machine: mariadb-admin flush-hosts"},
    {1130, Errc::permission, Cure::none,
     "no account of the server admits this machine: CREATE USER …@…, or see source.url"},
    {1142, Errc::permission, Cure::none, "GRANT the user this right on the table"},
    {1143, Errc::permission, Cure::none, "GRANT the user this right on the column"},
    {1146, Errc::not_found, Cure::none, ""},
    {1153, Errc::too_large, Cure::none, "raise the server's max_allowed_packet"},
    {1203, Errc::unavailable, Cure::reconnect, kBusy},
    {1205, Errc::unavailable, Cure::reconnect, "another session holds a lock on the table"},
    {1213, Errc::unavailable, Cure::reconnect, kAgain},
    {1226, Errc::unavailable, Cure::none, "the user's own limit on the server is used up"},
    {1227, Errc::permission, Cure::none, "GRANT the user this right"},
    {1251, Errc::unsupported, Cure::none, "give the account another authentication plugin"},
    {1290, Errc::permission, Cure::none, "the server is read-only"},
    {1292, Errc::invalid_argument, Cure::none, kUnfit},
    {1317, Errc::unavailable, Cure::reconnect, kAgain},
    {1366, Errc::invalid_argument, Cure::none, kUnfit},
    {1406, Errc::invalid_argument, Cure::none, kUnfit},
    {1698, Errc::permission, Cure::none, "the account does not admit a password; use another one"},
    {1836, Errc::permission, Cure::none, "the server is read-only"},
    {1927, Errc::unavailable, Cure::reconnect, kAgain},
    {2002, Errc::unavailable, Cure::reconnect, kRunning},
    {2003, Errc::unavailable, Cure::reconnect, kRunning},
    {2005, Errc::unavailable, Cure::reconnect, "check the host's name in source.url"},
    {2006, Errc::unavailable, Cure::reconnect, kRunning},
    {2012, Errc::unavailable, Cure::reconnect, kOther},
    {2013, Errc::unavailable, Cure::reconnect, kRunning},
    {2020, Errc::too_large, Cure::none, "a row is larger than a packet may be"},
    {2026, Errc::permission, Cure::reconnect,
     "check source.tls_ca and the host's name; source.tls=require does not check the server"},
    {2027, Errc::unavailable, Cure::reconnect, kOther},
    {2055, Errc::unavailable, Cure::reconnect, kRunning},
    {2059, Errc::unsupported, Cure::none,
     "the account's authentication plugin is not there on this machine (package libmariadb3)"},
    {3024, Errc::timed_out, Cure::none, "the server cut the statement short: max_execution_time"},
    {1969, Errc::timed_out, Cure::none, "the server cut the statement short: max_statement_time"},
    {3118, Errc::permission, Cure::none, "the account is locked"},
    {3169, Errc::unavailable, Cure::reconnect, kAgain},
    {4031, Errc::unavailable, Cure::reconnect, kAgain},
    {4151, Errc::permission, Cure::none, "the account is locked"},
    {5010, Errc::permission, Cure::none,
     "the server asks for the password in clear; only source.tls=verify lets it have that"},
};

// What a server says before TLS is agreed libmariadb 3.4 passes on within an error of its own:
// "…the following error cannot be verified: 1040 - Too many connections".
std::optional<unsigned> unverified_number(std::string_view text) {
    constexpr std::string_view kBefore = "cannot be verified: ";
    std::size_t at = text.find(kBefore);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view rest = text.substr(at + kBefore.size());
    auto number = parse_int(rest.substr(0, rest.find(' ')));
    if (!number || *number < 1'000 || *number > 9'999) return std::nullopt;
    return static_cast<unsigned>(*number);
}

}  // namespace

Failure failure_of(unsigned number, std::string_view text, std::string_view place) {
    number = unverified_number(text).value_or(number);
    for (const Rule& rule : kRules) {
        if (rule.number != number) continue;
        std::string advice = rule.advice.empty() ? "" : fmt::format("; {}", rule.advice);
        return {
            .error = {rule.code, fmt::format("{}: {} (error {}){}", place, text, number, advice)},
            .cure = rule.cure,
            .number = number};
    }
    return {.error = {Errc::internal, fmt::format("{}: {} (error {})", place, text, number)},
            .number = number};
}

}  // namespace pinflow::mysql
