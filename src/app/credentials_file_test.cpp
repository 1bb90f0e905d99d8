// SPDX-License-Identifier: Apache-2.0
#include "app/credentials_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/hash.h"

namespace pinflow::app {
namespace {

class CredentialsFile : public testing::Test {
protected:
    void TearDown() override { std::filesystem::remove(path); }

    const std::string& write(const std::string& text) {
        std::ofstream(path, std::ios::binary) << text;
        std::filesystem::permissions(
            path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        return path;
    }
    std::string refusal(const std::string& text) {
        auto read = read_credentials_file(write(text));
        return read ? "" : read.error().text;
    }

    std::string path =
        std::filesystem::temp_directory_path() / ("credentials_file_test." + random_uuid());
};

TEST_F(CredentialsFile, the_courses_five_keys_are_read_in_any_case) {
    auto read = read_credentials_file(
        write("HOST: db.example\nUser: ana\npassword: 'p: #%'\nDATABASE: posts\nport: 3307\n"));
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->host, "db.example");
    EXPECT_EQ(read->user, "ana");
    EXPECT_EQ(read->password, "p: #%");
    EXPECT_EQ(read->database, "posts");
    EXPECT_EQ(read->port, 3307);
}

TEST_F(CredentialsFile, what_is_not_there_is_nothing_and_a_number_is_a_password_too) {
    auto read = read_credentials_file(write("PASSWORD: 0123\n"));
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->password, "0123");
    EXPECT_EQ(read->host, "");
    EXPECT_EQ(read->port, std::nullopt);
    EXPECT_EQ(read_credentials_file(write("HOST: h\n"))->password, std::nullopt);
}

TEST_F(CredentialsFile, a_wrong_key_or_port_has_its_place_and_the_nearest_key) {
    EXPECT_NE(
        refusal("HOST: h\nUSRE: ana\n").find(path + ":2:1: unknown key; did you mean `user`?"),
        std::string::npos);
    EXPECT_NE(refusal("HOST: h\nhost: i\n").find("twice"), std::string::npos);
    EXPECT_NE(refusal("PORT: 65536\n").find("1-65535"), std::string::npos);
    EXPECT_NE(refusal("- HOST\n"), "");
    EXPECT_NE(refusal("HOST: [a\n"), "");
}

TEST_F(CredentialsFile, no_error_repeats_a_value) {
    for (const char* wrong :
         {"PASSWRD: canary\n", "PASSWORD: [canary]\n", "PASSWORD: @canary\n", "PORT: canary\n",
          "PASSWORD: \"canary\\q\"\n", "canary\n", "PASSWORD: canary\nPASSWORD: canary\n",
          "PASSWORD: {canary: canary}\n"}) {
        std::string text = refusal(wrong);
        EXPECT_NE(text, "") << wrong;
        EXPECT_EQ(text.find("canary"), std::string::npos) << text;
    }
}

TEST_F(CredentialsFile, a_password_file_holds_one_line) {
    EXPECT_EQ(*read_password_file(write("secret \n")), "secret ");
    EXPECT_EQ(*read_password_file(write("secret\r\n")), "secret");
    EXPECT_EQ(*read_password_file(write("secret")), "secret");
    for (const char* wrong : {"", "\n", "canary\nmore\n"}) {
        auto refused = read_password_file(write(wrong));
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().text.find("canary"), std::string::npos);
    }
    EXPECT_EQ(read_password_file(path + ".none").error().code, Errc::not_found);
}

}  // namespace
}  // namespace pinflow::app
