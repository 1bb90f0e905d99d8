// SPDX-License-Identifier: Apache-2.0
// Over a real server where PINFLOW_TEST_MYSQL names one (mysql://user:password@host:port/database,
// whose tables are dropped); tests/scenario/mysql_source.py starts one and runs this. Long because
// every test speaks to that server through the same few words; split, they would stand twice.
#include "remote/mysql/mysql_source.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <thread>

#include "contract/source_db_contract.h"
#include "posix/system_clock.h"
#include "remote/mysql/sql_text.h"
#include "remote/mysql/url.h"

namespace pinflow::mysql {
namespace {

posix::SystemClock system_clock;

MysqlPorts real_ports(std::stop_token stop = {}) { return {.clock = &system_clock, .stop = stop}; }

std::optional<MysqlSettings> server() {
    const char* url = std::getenv("PINFLOW_TEST_MYSQL");
    if (url == nullptr) return std::nullopt;
    auto parsed = parse_mysql_url(url);
    EXPECT_TRUE(parsed) << parsed.error().text;
    return MysqlSettings{.host = parsed->host,
                         .port = parsed->port.value_or(kDefaultPort),
                         .user = parsed->user,
                         .password = parsed->password.value_or(""),
                         .database = parsed->database};
}

constexpr const char* kNoServer = "PINFLOW_TEST_MYSQL names no server";

void run_sql(const std::string& sql) {
    auto connection = Connection::open(*server(), system_clock, {});
    ASSERT_TRUE(connection) << connection.error().error.text;
    auto done = connection->run(sql);
    ASSERT_TRUE(done) << done.error().error.text;
}

std::unique_ptr<MysqlSource> open_source() { return *MysqlSource::open(*server(), real_ports()); }

contract::SourceDbUnderTest make_mysql() {
    if (!server()) return {.why_not = kNoServer};
    const std::string name = server()->database;
    run_sql("DROP DATABASE " + name_in_sql(name));
    MysqlSettings anywhere = *server();
    anywhere.database = "mysql";
    auto connection = Connection::open(anywhere, system_clock, {});
    EXPECT_TRUE(connection->run("CREATE DATABASE " + name_in_sql(name)));
    return {.source = open_source(), .run_sql = run_sql, .reopen = open_source};
}

using contract::SourceDbContract;
INSTANTIATE_TEST_SUITE_P(Mysql, SourceDbContract, testing::Values(make_mysql));

class MysqlSourceTest : public testing::Test {
protected:
    void SetUp() override {
        if (!server()) GTEST_SKIP() << kNoServer;
        make_mysql();
        source = open_source();
    }
    std::int64_t number_at(std::int64_t offset) {
        auto row = source->row("t", offset);
        EXPECT_TRUE(row) << row.error().text;
        return row ? std::get<std::int64_t>(row->values[0].second) : -1;
    }
    std::unique_ptr<MysqlSource> source;
};

TEST_F(MysqlSourceTest, keys_that_begin_elsewhere_than_0_are_offsets_all_the_same) {
    run_sql("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)");
    run_sql("INSERT INTO t (v) VALUES (10), (11), (12)");
    EXPECT_EQ(number_at(0), 1);
    EXPECT_EQ(number_at(2), 3);
    run_sql("DELETE FROM t WHERE id = 2");
    EXPECT_EQ(number_at(1), 3) << "the gap is seen at the first row it concerns";
    EXPECT_EQ(source->row("t", 2).error().code, Errc::not_found);
}

TEST_F(MysqlSourceTest, without_a_primary_key_rows_come_by_the_first_unique_one) {
    run_sql(
        "CREATE TABLE t (b INT, a INT NOT NULL, n INT NULL, UNIQUE KEY maybe (n), KEY b (b), "
        "UNIQUE KEY a (a))");
    run_sql("INSERT INTO t VALUES (1, 30, 1), (2, 10, 2), (3, 20, 3)");
    EXPECT_EQ(number_at(0), 2);
    EXPECT_EQ(number_at(1), 3);
    EXPECT_EQ(number_at(2), 1);
}

TEST_F(MysqlSourceTest, without_any_key_rows_come_as_the_table_gives_them) {
    run_sql("CREATE TABLE t (a INT)");
    run_sql("INSERT INTO t VALUES (3), (1), (2)");
    EXPECT_EQ(number_at(0), 3);
    EXPECT_EQ(number_at(2), 2);
    run_sql("CREATE VIEW v AS SELECT a FROM t WHERE a > 1");
    EXPECT_EQ(*source->count("v"), 2);
    EXPECT_EQ(source->row("v", 1)->values[0].second, SourceValue{std::int64_t{2}});
}

TEST_F(MysqlSourceTest, a_key_of_two_columns_orders_by_both) {
    run_sql("CREATE TABLE t (a INT, b VARCHAR(5), PRIMARY KEY (b, a))");
    run_sql("INSERT INTO t VALUES (2, 'y'), (1, 'y'), (9, 'x')");
    EXPECT_EQ(number_at(0), 9);
    EXPECT_EQ(number_at(1), 1);
    EXPECT_EQ(number_at(2), 2);
}

TEST_F(MysqlSourceTest, every_type_arrives_as_the_readme_of_values_says) {
    run_sql(
        "CREATE TABLE t (id TINYINT(1) PRIMARY KEY, big BIGINT UNSIGNED, de DECIMAL(8,3), f FLOAT, "
        "d DOUBLE, "
        "dt DATETIME(3), ts TIMESTAMP NULL, da DATE, ti TIME, y YEAR, b BIT(10), e ENUM('red', "
        "'blue'), "
        "s SET('a', 'b'), j JSON, bl BLOB, ch CHAR(5), n VARCHAR(9), bin VARBINARY(3))");
    run_sql(
        "INSERT INTO t VALUES (1, 18446744073709551615, 1.5, -89.97871, 0.1, '2020-08-28 "
        "03:52:47.25', "
        "FROM_UNIXTIME(86400), '2020-08-28', '25:00:01', 2020, b'1000000001', 'blue', 'a,b', "
        "'{\"k\": "
        "[1]}', "
        "'bytes', 'ab', NULL, 'abc')");
    auto row = source->row("t", 0);
    ASSERT_TRUE(row) << row.error().text;
    const SourceValue expected[] = {std::int64_t{1},
                                    "18446744073709551615",
                                    "1.500",
                                    FloatText{"-89.9787"},
                                    0.1,
                                    DateTimeText{"2020-08-28 03:52:47.250000"},
                                    DateTimeText{"1970-01-02 00:00:00"},
                                    DateTimeText{"2020-08-28"},
                                    "25:00:01",
                                    std::int64_t{2020},
                                    std::int64_t{513},
                                    "blue",
                                    "a,b",
                                    "{\"k\": [1]}",
                                    "bytes",
                                    "ab",
                                    std::monostate{},
                                    "abc"};
    ASSERT_EQ(row->values.size(), std::size(expected));
    for (std::size_t i = 0; i < std::size(expected); ++i)
        EXPECT_EQ(row->values[i].second, expected[i]) << row->values[i].first;
}

TEST_F(MysqlSourceTest, tables_of_any_charset_arrive_as_utf8) {
    run_sql(
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20) CHARACTER SET latin1, "
        "b VARCHAR(20) CHARACTER SET utf16, c VARCHAR(20) CHARACTER SET koi8r) CHARACTER SET "
        "latin1");
    run_sql("INSERT INTO t VALUES (1, 'caf\u00e9 \u20ac', '\U0001F600', '\u0436')");
    auto row = source->row("t", 0);
    ASSERT_TRUE(row) << row.error().text;
    EXPECT_EQ(row->values[1].second, SourceValue{"caf\u00e9 \u20ac"});
    EXPECT_EQ(row->values[2].second, SourceValue{"\U0001F600"});
    EXPECT_EQ(row->values[3].second, SourceValue{"\u0436"});
}

TEST_F(MysqlSourceTest, bytes_that_are_no_text_are_refused_by_column_and_the_rest_is_readable) {
    run_sql("CREATE TABLE t (id INT PRIMARY KEY, photo BLOB)");
    run_sql("INSERT INTO t VALUES (0, x'ffd8'), (1, 'text')");
    auto refused = source->row("t", 0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unsupported);
    EXPECT_NE(refused.error().text.find("photo"), std::string::npos) << refused.error().text;
    EXPECT_EQ(source->row("t", 1)->values[1].second, SourceValue{"text"});
}

TEST_F(MysqlSourceTest, a_view_is_not_replaced) {
    run_sql("CREATE VIEW t AS SELECT 1 AS a");
    TableLoad load{{"t", {{"a", SourceColumn::Kind::integer}}}, 1, [](auto row, auto& values) {
                       values[0] = row;
                   }};
    auto refused = source->load({&load, 1}, Existing::replace);
    EXPECT_EQ(refused.error().code, Errc::already_exists);
    EXPECT_NE(refused.error().text.find("view"), std::string::npos) << refused.error().text;
    EXPECT_EQ(number_at(0), 1);
}

TEST_F(MysqlSourceTest, two_loads_at_once_are_not_mixed) {
    auto second = open_source();
    Status inner;
    TableLoad load{{"t", {{"a", SourceColumn::Kind::integer}}}, 1, [&](auto row, auto& values) {
                       TableLoad other{{"t", {{"a", SourceColumn::Kind::integer}}}, 0, {}};
                       inner = second->load({&other, 1}, Existing::replace);
                       values[0] = row;
                   }};
    EXPECT_TRUE(source->load({&load, 1}, Existing::replace));
    EXPECT_EQ(inner.error().code, Errc::busy);
    EXPECT_EQ(*source->count("t"), 1);
}

TEST_F(MysqlSourceTest, leavings_of_a_load_cut_short_do_not_hinder_the_next_and_none_are_left) {
    run_sql("CREATE TABLE pinflow_building_t (x INT)");
    run_sql("CREATE TABLE pinflow_replaced_t (x INT)");
    run_sql("CREATE TABLE t (x INT)");
    TableLoad load{{"t", {{"a", SourceColumn::Kind::integer}}}, 1, [](auto row, auto& values) {
                       values[0] = row;
                   }};
    EXPECT_EQ(source->load({&load, 1}, Existing::refuse).error().code, Errc::already_exists);
    ASSERT_TRUE(source->load({&load, 1}, Existing::replace));
    auto connection = Connection::open(*server(), system_clock, {});
    EXPECT_EQ(connection->query("SHOW TABLES")->size(), 1u);
}

// The server's own session is ended under the source, before each question.
TEST_F(MysqlSourceTest, a_killed_connection_is_made_anew_and_the_same_row_asked_again) {
    run_sql("CREATE TABLE t (id INT PRIMARY KEY)");
    run_sql("INSERT INTO t VALUES (0), (1), (2), (3), (4)");
    for (std::int64_t offset = 0; offset < 5; ++offset) {
        auto other = Connection::open(*server(), system_clock, {});
        auto ids = other->query(
            "SELECT id FROM information_schema.processlist WHERE id <> connection_id() "
            "AND db = DATABASE()");
        for (const SourceRow& row : *ids)
            (void)other->run("KILL " +
                             std::to_string(std::get<std::int64_t>(row.values[0].second)));
        EXPECT_EQ(number_at(offset), offset);
    }
}

TEST_F(MysqlSourceTest, who_may_not_read_is_told_what_to_check_and_no_password_is_shown) {
    MysqlSettings wrong = *server();
    wrong.password = "canary-password";
    auto refused = MysqlSource::open(wrong, real_ports());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::permission);
    EXPECT_NE(refused.error().text.find("source.password_file"), std::string::npos);
    EXPECT_NE(refused.error().text.find(wrong.user + "@"), std::string::npos);
    EXPECT_EQ(refused.error().text.find("canary"), std::string::npos) << refused.error().text;
    MysqlSettings nowhere = *server();
    nowhere.database = "no_such_database";
    auto unknown = MysqlSource::open(nowhere, real_ports());
    EXPECT_EQ(unknown.error().code, Errc::not_found) << unknown.error().text;
}

TEST_F(MysqlSourceTest, a_server_may_not_ask_for_local_files) {
    run_sql("CREATE TABLE t (line TEXT)");
    auto connection = Connection::open(*server(), system_clock, {});
    EXPECT_FALSE(connection->run("LOAD DATA LOCAL INFILE '/proc/self/status' INTO TABLE t"));
    EXPECT_EQ(*source->count("t"), 0);
}

// A listener on loopback that takes connections and never says a word.
class SilentServer {
public:
    SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{.sin_family = AF_INET};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(socket_, 8), 0);
        EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
    }
    ~SilentServer() { ::close(socket_); }
    std::uint16_t port() const { return port_; }

private:
    int socket_;
    std::uint16_t port_ = 0;
};

// Carries bytes between the one client that comes and the real server, until it is cut; then the
// address is as dead as a server that was stopped for good.
class Relay {
public:
    explicit Relay(std::uint16_t target) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_, 1), 0);
        EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port = ntohs(address.sin_port);
        carrier_ = std::thread([this, target] { carry(target); });
    }
    ~Relay() { cut(); }
    void cut() {
        ::shutdown(client_, SHUT_RDWR);
        if (carrier_.joinable()) carrier_.join();
    }

    std::uint16_t port = 0;

private:
    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port)};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    void carry(std::uint16_t target) {
        client_ = ::accept(listener_, nullptr, nullptr);
        ::close(listener_);
        int server = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address = loopback(target);
        EXPECT_EQ(::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        pollfd ends[2] = {{client_, POLLIN, 0}, {server, POLLIN, 0}};
        for (bool open = true; open && ::poll(ends, 2, -1) > 0;) {
            for (int from : {0, 1}) {
                char bytes[4096];
                if (ends[from].revents == 0) continue;
                ssize_t got = ::recv(ends[from].fd, bytes, sizeof bytes, 0);
                open = got > 0 && ::send(ends[1 - from].fd, bytes, static_cast<std::size_t>(got),
                                         MSG_NOSIGNAL) == got;
                if (!open) break;
            }
        }
        ::close(client_);
        ::close(server);
    }

    int listener_ = -1;
    std::atomic<int> client_ = -1;
    std::thread carrier_;
};

TEST_F(MysqlSourceTest, a_server_that_is_gone_for_good_is_given_up_within_the_bound) {
    run_sql("CREATE TABLE t (id INT PRIMARY KEY)");
    run_sql("INSERT INTO t VALUES (0), (1)");
    Relay relay(server()->port);
    MysqlSettings settings = *server();
    settings.port = relay.port;
    std::vector<std::chrono::milliseconds> waits;
    MysqlPorts ports = real_ports();
    ports.wait = [&](std::chrono::milliseconds time, const std::stop_token&) {
        waits.push_back(time);
        return true;
    };
    auto opened = MysqlSource::open(settings, ports);
    ASSERT_TRUE(opened) << opened.error().text;
    EXPECT_TRUE((*opened)->row("t", 1));
    relay.cut();
    auto row = (*opened)->row("t", 0);
    ASSERT_FALSE(row);
    EXPECT_EQ(row.error().code, Errc::unavailable) << row.error().text;
    EXPECT_NE(row.error().text.find("asked 30 times"), std::string::npos) << row.error().text;
    ASSERT_EQ(waits.size(), std::size_t{kAttemptsMax - 1});
    EXPECT_EQ(waits[0], kWaitFirst);
    EXPECT_EQ(waits[1], 2 * kWaitFirst);
    EXPECT_EQ(waits.back(), kWaitMax);
}

TEST_F(MysqlSourceTest, a_stop_ends_an_answer_that_is_waited_for) {
    run_sql("CREATE TABLE t (id INT PRIMARY KEY)");
    run_sql("INSERT INTO t VALUES (0)");
    std::stop_source stop;
    auto opened = MysqlSource::open(*server(), real_ports(stop.get_token()));
    ASSERT_TRUE(opened) << opened.error().text;
    auto holder = Connection::open(*server(), system_clock, {});
    ASSERT_TRUE(holder->run("LOCK TABLES t WRITE"));
    auto waiting = std::async(std::launch::async, [&] { return (*opened)->row("t", 0); });
    auto watcher = Connection::open(*server(), system_clock, {});
    auto waits = [&] {
        auto rows = watcher->query(
            "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'");
        return rows && !rows->empty();
    };
    while (!waits()) std::this_thread::yield();
    stop.request_stop();
    EXPECT_EQ(waiting.get().error().code, Errc::cancelled);
}

TEST(MysqlSource, a_server_that_never_answers_is_given_up_at_the_timeout) {
    SilentServer silent;
    auto source = MysqlSource::open({.port = silent.port(),
                                     .user = "u",
                                     .password = "canary",
                                     .database = "d",
                                     .timeout_ms = 1'000},
                                    real_ports());
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().code, Errc::timed_out) << source.error().text;
    EXPECT_NE(source.error().text.find(std::to_string(silent.port())), std::string::npos);
    EXPECT_NE(source.error().text.find("source.timeout"), std::string::npos);
    EXPECT_EQ(source.error().text.find("canary"), std::string::npos);
}

TEST(MysqlSource, no_server_and_no_database_are_told_at_once) {
    auto source = MysqlSource::open({.port = 1, .user = "u", .database = "d"}, real_ports());
    EXPECT_EQ(source.error().code, Errc::unavailable) << source.error().text;
    EXPECT_NE(source.error().text.find("mysql://u@127.0.0.1:1/d"), std::string::npos);
    EXPECT_EQ(MysqlSource::open({.port = 1}, real_ports()).error().code, Errc::invalid_argument);
}

TEST(MysqlSource, a_stop_ends_the_opening) {
    std::stop_source stop;
    stop.request_stop();
    auto source =
        MysqlSource::open({.port = 1, .user = "u", .database = "d"}, real_ports(stop.get_token()));
    EXPECT_EQ(source.error().code, Errc::cancelled);
}

}  // namespace
}  // namespace pinflow::mysql
