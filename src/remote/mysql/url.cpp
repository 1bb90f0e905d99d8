// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/url.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace pinflow::mysql {
namespace {

constexpr std::string_view kForm = "mysql://user@host:3306/database";
const std::array<std::string, 2> kParameters = {"charset", "unix_socket"};

std::unexpected<Error> refuse(std::string_view problem) {
    return fail(Errc::invalid_argument, fmt::format("source URL: {}; write {}", problem, kForm));
}

std::optional<int> hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
    return std::nullopt;
}

Result<std::string> percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        auto high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
        if (!high || !low) return refuse("a % without two hexadecimal digits (% itself is %25)");
        plain += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    if (plain.find('\0') != std::string::npos) return refuse("a zero byte (%00)");
    return plain;
}

// The text behind "scheme://", or nothing.
std::optional<std::string_view> behind_scheme(std::string_view text) {
    std::size_t end = text.find("://");
    if (end == std::string_view::npos) return std::nullopt;
    std::string scheme = to_lower(text.substr(0, end));
    std::string_view base = std::string_view(scheme).substr(0, scheme.find('+'));
    if (base != "mysql" && base != "mariadb") return std::nullopt;
    return text.substr(end + 3);
}

Status read_user(std::string_view text, MysqlUrl& url) {
    std::size_t colon = text.find(':');
    TRY(url.user, percent_decoded(text.substr(0, colon)));
    if (colon == std::string_view::npos) return {};
    TRY(url.password, percent_decoded(text.substr(colon + 1)));
    return {};
}

// A password with a bare "/" looks like "user:pass" in place of host and port: the port's text is
// not repeated.
Status read_host(std::string_view text, MysqlUrl& url) {
    std::string_view port;
    if (text.starts_with('[')) {
        std::size_t close = text.find(']');
        if (close == std::string_view::npos) return refuse("a [ without its ]");
        url.host = text.substr(1, close - 1);
        port = text.substr(close + 1);
    } else {
        std::size_t colon = std::min(text.find(':'), text.size());
        TRY(url.host, percent_decoded(text.substr(0, colon)));
        port = text.substr(colon);
    }
    if (port.empty()) return {};
    auto number = port.front() == ':' ? parse_int(port.substr(1)) : std::nullopt;
    if (!number || *number < 1 || *number > 65'535) {
        return refuse(
            "the port behind the host is no number of 1-65535 (a / in a password is %2F)");
    }
    url.port = static_cast<std::uint16_t>(*number);
    return {};
}

Status read_parameter(std::string_view text, MysqlUrl& url) {
    std::size_t equals = std::min(text.find('='), text.size());
    std::string name(text.substr(0, equals));
    TRY(std::string value, percent_decoded(text.substr(std::min(equals + 1, text.size()))));
    if (name == "unix_socket") {
        url.unix_socket = value;
        return {};
    }
    if (name == "charset") {
        if (to_lower(value) == "utf8mb4") return {};
        return refuse(fmt::format(
            "charset={}: rows are always asked for in utf8mb4, whatever the tables are in", value));
    }
    auto nearest = nearest_word(name, kParameters);
    return refuse(fmt::format("unknown parameter '{}'{}", name,
                              nearest ? fmt::format(", did you mean '{}'?", *nearest)
                                      : " (known: charset, unix_socket)"));
}

}  // namespace

bool is_mysql_url(std::string_view text) { return behind_scheme(text).has_value(); }

Result<MysqlUrl> parse_mysql_url(std::string_view text) {
    auto rest = behind_scheme(text);
    if (!rest) return refuse("it does not begin with mysql:// or mariadb://");
    std::size_t authority_end = std::min(rest->find_first_of("/?#"), rest->size());
    std::string_view authority = rest->substr(0, authority_end);
    std::string_view path = rest->substr(authority_end);
    if (path.find_first_of("@#") != std::string_view::npos) {
        return refuse("an @ or # behind the host (in a password / is %2F, ? %3F, # %23, @ %40)");
    }
    MysqlUrl url;
    std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) TRY_STATUS(read_user(authority.substr(0, at), url));
    std::string_view host = at == std::string_view::npos ? authority : authority.substr(at + 1);
    TRY_STATUS(read_host(host, url));
    std::size_t question = std::min(path.find('?'), path.size());
    std::string_view database = path.substr(0, question);
    if (database.starts_with('/')) database.remove_prefix(1);
    TRY(url.database, percent_decoded(database));
    if (url.database.find('/') != std::string::npos) return refuse("a / in the database's name");
    if (question + 1 >= path.size()) return url;
    for (std::string_view parameter : split(path.substr(question + 1), '&')) {
        TRY_STATUS(read_parameter(parameter, url));
    }
    return url;
}

std::string without_password(std::string_view url) {
    std::size_t scheme = url.find("://");
    std::size_t at = url.rfind('@');
    if (scheme == std::string_view::npos || at == std::string_view::npos || at < scheme + 3)
        return std::string(url);
    std::size_t colon = url.find(':', scheme + 3);
    if (colon == std::string_view::npos || colon > at) return std::string(url);
    return fmt::format("{}:***{}", url.substr(0, colon), url.substr(at));
}

}  // namespace pinflow::mysql
