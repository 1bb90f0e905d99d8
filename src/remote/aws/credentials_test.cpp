// SPDX-License-Identifier: Apache-2.0
#include "remote/aws/credentials.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/hash.h"
#include "remote/aws/ini_file.h"

namespace pinflow::aws {
namespace {

class CredentialsTest : public testing::Test {
protected:
    CredentialsTest() { std::filesystem::create_directories(home_ + "/.aws"); }
    ~CredentialsTest() override { std::filesystem::remove_all(home_); }

    std::string write(const std::string& name, std::string_view text) {
        std::string path = home_ + "/" + name;
        std::ofstream(path) << text;
        return path;
    }
    CredentialsChain chain(std::string profile = "", std::string csv = "") {
        return CredentialsChain({std::move(csv), std::move(profile),
                                 [this](std::string_view name) -> std::optional<std::string> {
                                     auto found = variables_.find(std::string(name));
                                     if (found == variables_.end()) return std::nullopt;
                                     return found->second;
                                 }});
    }

    std::string home_ = testing::TempDir() + "pinflow-aws-" + random_uuid();
    std::map<std::string, std::string> variables_ = {{"HOME", home_}};
};

TEST_F(CredentialsTest,
       the_environment_comes_before_the_default_profile_and_a_named_one_before_it) {
    write(".aws/credentials",
          "[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key = sd\n"
          "[team]\naws_access_key_id=AKTEAM\naws_secret_access_key=st\naws_session_token=tt\n");
    EXPECT_EQ(chain().get()->access_key_id, "AKDEFAULT");
    variables_["AWS_ACCESS_KEY_ID"] = "AKENV";
    variables_["AWS_SECRET_ACCESS_KEY"] = "se";
    EXPECT_EQ(chain().get()->access_key_id, "AKENV");
    EXPECT_EQ(chain("team").get()->session_token, "tt");
    variables_["AWS_PROFILE"] = "team";
    EXPECT_EQ(chain().get()->secret_access_key, "st");
}

TEST_F(CredentialsTest, both_shared_files_together_make_a_profile) {
    write(".aws/credentials", "[team]\naws_access_key_id = AK\n");
    write(".aws/config",
          "# ours\n[profile team]\nregion = eu-west-2   ; London\naws_secret_access_key = s\n"
          "s3 =\n    max_concurrent_requests = 20\n");
    EXPECT_EQ(chain("team").get()->secret_access_key, "s");
    EXPECT_EQ(chain("team").region(), "eu-west-2");
    variables_["AWS_DEFAULT_REGION"] = "us-east-1";
    EXPECT_EQ(chain("team").region(), "us-east-1");
    EXPECT_EQ(chain("other").get().error().code, Errc::permission);
}

TEST_F(CredentialsTest, files_elsewhere_are_found_by_their_variables) {
    variables_["AWS_SHARED_CREDENTIALS_FILE"] =
        write("mine", "[default]\naws_access_key_id=AK\naws_secret_access_key=s");
    EXPECT_EQ(chain().get()->access_key_id, "AK");
}

TEST_F(CredentialsTest, the_consoles_csv_is_read_and_goes_before_all) {
    variables_["AWS_ACCESS_KEY_ID"] = "AKENV";
    variables_["AWS_SECRET_ACCESS_KEY"] = "se";
    auto two = write("two.csv",
                     "\xef\xbb\xbf"
                     "Access key ID,Secret access key\r\nAKCSV,s/+c=\r\n");
    EXPECT_EQ(chain("", two).get()->access_key_id, "AKCSV");
    EXPECT_EQ(chain("", two).get()->secret_access_key, "s/+c=");
    auto five = write("five.csv",
                      "User name,Password,Access key ID,Secret access key,Console login link\n"
                      "x,,\"AKFIVE\",\"s5\",https://x");
    EXPECT_EQ(chain("", five).get()->secret_access_key, "s5");
}

TEST_F(CredentialsTest, errors_say_where_was_looked_and_never_a_secret) {
    write(".aws/config", "[profile team]\nsso_start_url = https://x\n");
    auto none = chain("team").get();
    EXPECT_EQ(none.error().code, Errc::permission);
    EXPECT_NE(none.error().text.find(home_ + "/.aws/credentials"), std::string::npos);
    EXPECT_NE(none.error().text.find("export-credentials"), std::string::npos);

    write(".aws/credentials", "[default]\naws_access_key_id = AK\nCANARY-secret\n");
    auto bad = chain().get();
    EXPECT_EQ(bad.error().code, Errc::invalid_argument);
    EXPECT_NE(bad.error().text.find("line 3"), std::string::npos);
    EXPECT_EQ(bad.error().text.find("CANARY"), std::string::npos);

    for (const char* text :
         {"", "a,b", "Access key ID,Secret access key\n", "CANARY,CANARY\nCANARY"}) {
        auto broken = chain("", write("broken.csv", text)).get();
        EXPECT_EQ(broken.error().code, Errc::invalid_argument) << text;
        EXPECT_EQ(broken.error().text.find("CANARY"), std::string::npos);
    }
    EXPECT_EQ(chain("", home_ + "/none.csv").get().error().code, Errc::not_found);
}

TEST_F(CredentialsTest, a_file_without_sections_or_ends_is_refused) {
    EXPECT_FALSE(parse_ini("a=b"));
    EXPECT_FALSE(parse_ini("[open\na=b"));
    EXPECT_TRUE(parse_ini("")->empty());
    EXPECT_EQ(parse_ini("[a]\nX = y#z\n[a]\nq=1")->at("a").at("x"), "y#z");
}

}  // namespace
}  // namespace pinflow::aws
