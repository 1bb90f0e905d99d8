// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/url.h"

#include <gtest/gtest.h>

namespace pinflow::mysql {
namespace {

TEST(MysqlUrl, says_host_port_user_password_and_database) {
    auto url = parse_mysql_url("mysql://ana:s%40cret@db.example:3307/posts?charset=utf8mb4");
    ASSERT_TRUE(url) << url.error().text;
    EXPECT_EQ(url->host, "db.example");
    EXPECT_EQ(url->port, 3307);
    EXPECT_EQ(url->user, "ana");
    EXPECT_EQ(url->password, "s@cret");
    EXPECT_EQ(url->database, "posts");
}

TEST(MysqlUrl, leaves_empty_what_it_does_not_say) {
    auto url = parse_mysql_url("mariadb:///posts?unix_socket=%2Frun%2Fmysqld.sock");
    ASSERT_TRUE(url) << url.error().text;
    EXPECT_EQ(url->host, "");
    EXPECT_EQ(url->port, std::nullopt);
    EXPECT_EQ(url->user, "");
    EXPECT_EQ(url->password, std::nullopt);
    EXPECT_EQ(url->unix_socket, "/run/mysqld.sock");
    EXPECT_EQ(parse_mysql_url("mysql://ana:@h/d")->password, "") << "an empty password is one";
    EXPECT_EQ(parse_mysql_url("mysql://h")->database, "");
}

TEST(MysqlUrl, takes_the_courses_own_scheme_and_ip_version_6) {
    EXPECT_TRUE(is_mysql_url("mysql+pymysql://u:p@h:3306/d?charset=utf8mb4"));
    EXPECT_TRUE(is_mysql_url("MariaDB://h"));
    EXPECT_FALSE(is_mysql_url("mysqll://h"));
    EXPECT_FALSE(is_mysql_url("/data/source.sqlite"));
    EXPECT_FALSE(is_mysql_url("sqlite:///data/source.sqlite"));
    auto url = parse_mysql_url("mysql+pymysql://u@[::1]:3306/d");
    EXPECT_EQ(url->host, "::1");
    EXPECT_EQ(url->port, 3306);
}

TEST(MysqlUrl, an_unknown_parameter_names_the_nearest) {
    auto unknown = parse_mysql_url("mysql://h/d?unix_sokcet=/x");
    EXPECT_NE(unknown.error().text.find("did you mean 'unix_socket'?"), std::string::npos);
    auto charset = parse_mysql_url("mysql://h/d?charset=latin1");
    EXPECT_NE(charset.error().text.find("utf8mb4"), std::string::npos);
}

// Every way to spoil a URL by a password that should have been percent-encoded.
TEST(MysqlUrl, no_error_repeats_a_password) {
    for (const char* wrong :
         {"mysql://u:canary/x@h:1/d", "mysql://u:canary?x@h/d", "mysql://u:canary#x@h/d",
          "mysql://u:canary%@h/d", "mysql://u:canary@h:port/d", "mysql://u:canary@h:1/d/e",
          "mysql://u:canary", "mysql://u:c%00canary@h/d", "mysql://u:p@h/d?charset=x&canry=1",
          "mysql://u:canary@h/d?foo=canary", "postgres://u:canary@h/d"}) {
        auto url = parse_mysql_url(wrong);
        ASSERT_FALSE(url) << wrong;
        EXPECT_EQ(url.error().code, Errc::invalid_argument);
        EXPECT_EQ(url.error().text.find("canary"), std::string::npos) << url.error().text;
    }
}

TEST(MysqlUrl, is_shown_without_its_password) {
    EXPECT_EQ(without_password("mysql://u:canary@h:1/d"), "mysql://u:***@h:1/d");
    EXPECT_EQ(without_password("mysql://u:can@ry/x@h/d"), "mysql://u:***@h/d");
    EXPECT_EQ(without_password("mysql://u@h:1/d"), "mysql://u@h:1/d");
    EXPECT_EQ(without_password("mysql://h:1/d"), "mysql://h:1/d");
    EXPECT_EQ(without_password("source.sqlite"), "source.sqlite");
}

}  // namespace
}  // namespace pinflow::mysql
