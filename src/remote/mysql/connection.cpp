// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/connection.h"

#include <fmt/format.h>
#include <mysql.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.h"
#include "base/secret_text.h"
#include "remote/mysql/values.h"

namespace pinflow::mysql {
namespace {

constexpr std::size_t kPacketBytesMax = 64 << 20;  // of an answer: a row that is larger is refused
constexpr std::int64_t kMsPerSecond = 1'000;
constexpr std::int64_t kUsPerSecond = 1'000'000;

// Challenge and response, or encrypted by the server's key: never the password in clear. A server
// may ask for any plugin there is (libmariadb obeys) unless it is held to a list.
constexpr const char* kPluginsWithoutClearText =
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";

// What rows are read by: a TIMESTAMP is stored in UTC and given in the session's zone; text is
// neither cut nor bent on its way in.
constexpr const char* kSession =
    "SET SESSION time_zone = '+00:00', "
    "SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', SESSION autocommit = 1";

struct ResultCloser {
    void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};

unsigned whole_seconds(std::int64_t time_ms) {
    return static_cast<unsigned>(
        std::max<std::int64_t>(1, (time_ms + kMsPerSecond - 1) / kMsPerSecond));
}

// The library's first call must come from one thread alone.
void start_library() {
    static const int failed = mysql_server_init(0, nullptr, nullptr);
    CHECK(failed == 0, "libmariadb does not start");
}

const char* text_or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

std::vector<ResultColumn> columns_of(MYSQL_RES* result) {
    std::vector<ResultColumn> columns;
    const MYSQL_FIELD* fields = mysql_fetch_fields(result);
    for (unsigned i = 0; i < mysql_num_fields(result); ++i) {
        columns.push_back({.name = std::string(fields[i].name, fields[i].name_length),
                           .meaning = meaning_of(fields[i].type, fields[i].charsetnr)});
    }
    return columns;
}

Result<SourceRow> row_of(MYSQL_RES* result, MYSQL_ROW values,
                         const std::vector<ResultColumn>& columns) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    SourceRow row;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        SourceValue value;
        if (values[i] != nullptr) {
            TRY(value, value_of(columns[i], std::string_view(values[i], lengths[i])));
        }
        row.values.emplace_back(columns[i].name, std::move(value));
    }
    return row;
}

}  // namespace

// A copy of the descriptor that stays ours when the library closes its own in the middle of a call,
// so that the stop never shuts down a stranger's socket of the same number.
class Connection::Line {
public:
    explicit Line(int descriptor) : descriptor_(::dup(descriptor)) {}
    ~Line() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    void cut() const { ::shutdown(descriptor_, SHUT_RDWR); }

private:
    int descriptor_;
};

void Connection::Closer::operator()(st_mysql* handle) const { mysql_close(handle); }

Connection::Connection(const MysqlSettings& settings, Clock& clock, std::stop_token stop)
    : handle_(mysql_init(nullptr)),
      place_(settings.shown()),
      password_(settings.password),
      timeout_s_(whole_seconds(settings.timeout_ms)),
      clock_(&clock),
      stop_(std::move(stop)) {
    CHECK(handle_ != nullptr, "out of memory");
}

Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Reply<Connection> Connection::open(const MysqlSettings& settings, Clock& clock,
                                   std::stop_token stop) {
    start_library();
    Connection connection(settings, clock, std::move(stop));
    connection.set_options(settings);
    TRY_STATUS(connection.connect(settings));
    TRY_STATUS(connection.run(kSession));
    return connection;
}

void Connection::set_options(const MysqlSettings& settings) {
    MYSQL* handle = handle_.get();
    // Of "localhost" the library would otherwise think a socket file.
    unsigned protocol = settings.unix_socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    my_bool with_tls = settings.tls != Tls::off;
    my_bool verified = settings.tls == Tls::verify;
    unsigned no = 0;
    mysql_optionsv(handle, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_optionsv(handle, MYSQL_OPT_CONNECT_TIMEOUT, &timeout_s_);
    mysql_optionsv(handle, MYSQL_OPT_READ_TIMEOUT, &timeout_s_);
    mysql_optionsv(handle, MYSQL_OPT_WRITE_TIMEOUT, &timeout_s_);
    mysql_optionsv(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, &kPacketBytesMax);
    mysql_optionsv(handle, MYSQL_OPT_LOCAL_INFILE, &no);
    mysql_optionsv(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_optionsv(handle, MYSQL_OPT_SSL_ENFORCE, &with_tls);
    mysql_optionsv(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verified);
    if (verified && !settings.tls_ca.empty())
        mysql_optionsv(handle, MYSQL_OPT_SSL_CA, settings.tls_ca.c_str());
    if (!verified) mysql_optionsv(handle, MARIADB_OPT_RESTRICTED_AUTH, kPluginsWithoutClearText);
}

Reply<void> Connection::connect(const MysqlSettings& settings) {
    if (stop_.stop_requested()) return fails(Errc::cancelled, place_ + ": stopped");
    std::string password = settings.password;
    if (settings.token) {
        CHECK(settings.tls == Tls::verify, "a token goes out in clear");
        auto token = settings.token();
        if (!token) return fails(token.error().code, place_ + ": " + token.error().text);
        password = *std::move(token);
    }
    std::int64_t started_us = clock_->steady_us();
    // The library looks at a socket file only where no host is named.
    const char* host = settings.unix_socket.empty() ? settings.host.c_str() : nullptr;
    const MYSQL* connected = mysql_real_connect(
        handle_.get(), host, text_or_null(settings.user), password.c_str(),
        text_or_null(settings.database), settings.port, text_or_null(settings.unix_socket), 0);
    if (connected == nullptr) return failure(started_us);
    // Told to "enforce" it, libmariadb 3.3 still goes on in clear with a server that offers no TLS.
    bool must_be_tls = settings.tls == Tls::require || settings.tls == Tls::verify;
    if (must_be_tls && mysql_get_ssl_cipher(handle_.get()) == nullptr) {
        return fails(Errc::permission,
                     place_ + ": the server offers no TLS, and source.tls asks for it");
    }
    line_ = std::make_unique<Line>(mysql_get_socket(handle_.get()));
    return {};
}

Reply<void> Connection::send(const std::string& sql) {
    std::int64_t started_us = clock_->steady_us();
    if (mysql_real_query(handle_.get(), sql.data(), sql.size()) != 0) return failure(started_us);
    return {};
}

Reply<std::vector<SourceRow>> Connection::take_rows() {
    std::int64_t started_us = clock_->steady_us();
    std::unique_ptr<MYSQL_RES, ResultCloser> result(mysql_store_result(handle_.get()));
    std::vector<SourceRow> rows;
    if (result == nullptr) {
        if (mysql_errno(handle_.get()) != 0) return failure(started_us);
        return rows;
    }
    std::vector<ResultColumn> columns = columns_of(result.get());
    while (MYSQL_ROW values = mysql_fetch_row(result.get())) {
        auto row = row_of(result.get(), values, columns);
        if (!row) return std::unexpected(Failure{.error = std::move(row).error()});
        rows.push_back(*std::move(row));
    }
    return rows;
}

Reply<std::vector<SourceRow>> Connection::query(const std::string& sql) {
    std::stop_callback cut(stop_, [this] { line_->cut(); });
    TRY_STATUS(send(sql));
    return take_rows();
}

Reply<void> Connection::run(const std::string& sql) {
    TRY(auto rows, query(sql));
    return {};
}

void Connection::append_literal(std::string& sql, std::string_view text) {
    sql += '\'';
    std::size_t before = sql.size();
    sql.resize(before + 2 * text.size() + 1);
    sql.resize(before + mysql_real_escape_string(handle_.get(), sql.data() + before, text.data(),
                                                 text.size()));
    sql += '\'';
}

std::unexpected<Failure> Connection::failure(std::int64_t started_us) const {
    if (stop_.stop_requested()) return fails(Errc::cancelled, place_ + ": stopped");
    // Whoever answers might repeat what he was sent.
    std::string text = without_secrets(mysql_error(handle_.get()), {password_});
    Failure found = failure_of(mysql_errno(handle_.get()), text, place_);
    bool is_lost = found.error.code == Errc::unavailable && found.cure == Cure::reconnect;
    bool is_over_time = clock_->steady_us() - started_us >= timeout_s_ * kUsPerSecond;
    if (is_lost && is_over_time) {
        found.error = {
            Errc::timed_out,
            fmt::format(
                "{}: no answer within {} s: is it no MySQL server (source.url), overloaded, or "
                "the table locked? A longer wait: --set source.timeout={}s",
                place_, timeout_s_, timeout_s_ * 3)};
    }
    return std::unexpected(std::move(found));
}

}  // namespace pinflow::mysql
