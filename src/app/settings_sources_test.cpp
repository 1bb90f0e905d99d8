// SPDX-License-Identifier: Apache-2.0
#include "app/settings_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/settings_text.h"
#include "base/hash.h"

namespace pinflow::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class SettingsSources : public testing::Test {
protected:
    SettingsSources() {
        folder_ = std::filesystem::temp_directory_path() / ("settings." + random_uuid());
        std::filesystem::create_directories(folder_);
    }
    ~SettingsSources() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& text) {
        std::string path = folder_ / "pinflow.yaml";
        std::ofstream(path) << text;
        return path;
    }
    Result<ReadSettings> read(const std::string& text, SettingsChoice choice = {},
                              std::vector<const char*> variables = {}) {
        choice.file = write(text);
        variables.push_back(nullptr);
        return read_settings(choice, variables.data());
    }
    std::string refusal(const std::string& text, SettingsChoice choice = {},
                        std::vector<const char*> variables = {}) {
        auto done = read(text, std::move(choice), std::move(variables));
        return done ? "nothing was refused" : done.error().text;
    }
    std::filesystem::path folder_;
};

TEST_F(SettingsSources, a_file_is_read_nested_dotted_or_mixed) {
    auto done =
        read("user: ab\nsink:\n  flush.size: 3\n  topics:\n    dir: t\nlisten.gateway: a:1\n");
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(done->settings.text("user"), "ab");
    EXPECT_EQ(done->settings.count("sink.flush.size"), 3);
    EXPECT_EQ(done->settings.text("sink.topics.dir"), "t");
    EXPECT_EQ(done->settings.text("listen.gateway"), "a:1");
    EXPECT_EQ(done->profile, "local");
    EXPECT_TRUE(read("")) << "an empty file";
    EXPECT_TRUE(read("sink:\n")) << "a section whose lines are commented out";
}

TEST_F(SettingsSources, every_complaint_has_its_place_and_the_nearest_name) {
    std::string all = refusal(
        "usr: ab\nsink:\n  flush.sise: 3\n  flush.size: many\nstreem:\n  source: topics\nlog: 3\n"
        "user: [a]\n");
    EXPECT_THAT(all, HasSubstr("pinflow.yaml:1:1: unknown setting 'usr', did you mean 'user'?"));
    EXPECT_THAT(all, HasSubstr(":3:3: unknown setting 'sink.flush.sise', did you mean"));
    EXPECT_THAT(all, HasSubstr(":4:15: setting 'sink.flush.size': 'many' is not a whole number"));
    EXPECT_THAT(all, HasSubstr(":5:1: unknown setting 'streem', did you mean 'stream'?"));
    EXPECT_THAT(all, HasSubstr(":7:1: 'log' is a section"));
    EXPECT_THAT(all, HasSubstr(":8:1: 'user' takes one value"));
}

TEST_F(SettingsSources, a_setting_stands_once_in_a_file_however_it_is_spelt) {
    EXPECT_THAT(refusal("user: a\nuser: b\n"), HasSubstr(":2:1: `user` is here twice"));
    EXPECT_THAT(refusal("flush.size: 1\nsink:\n  flush.size: 2\n"),
                HasSubstr(":3:3: 'sink.flush.size' is set in line 1 already"));
}

TEST_F(SettingsSources, what_is_no_yaml_or_no_file_says_so) {
    EXPECT_THAT(refusal("user: [a, b\n"), HasSubstr("pinflow.yaml:"));
    EXPECT_THAT(refusal("- user\n"), HasSubstr(":1:1: a mapping of settings is expected"));
    EXPECT_THAT(refusal("gateway.auto_create_topics: yes\n"), HasSubstr("true or false"))
        << "YAML 1.2 has two booleans";
    const char* none[] = {nullptr};
    auto absent = read_settings({.file = folder_ / "absent.yaml"}, none);
    ASSERT_FALSE(absent);
    EXPECT_THAT(absent.error().text, HasSubstr("absent.yaml cannot be read"));
}

TEST_F(SettingsSources, flag_beats_environment_beats_profile_beats_base_beats_default) {
    std::string file = "user: base\nprofiles:\n  p:\n    user: profile\n";
    EXPECT_EQ(read("")->settings.text("user"), "demo");
    EXPECT_EQ(read(file)->settings.text("user"), "base");
    EXPECT_EQ(read(file, {.profile = "p"})->settings.text("user"), "profile");
    std::vector<const char*> variables{"PINFLOW_USER=environment"};
    EXPECT_EQ(read(file, {.profile = "p"}, variables)->settings.text("user"), "environment");
    auto flag = read(file, {.profile = "p", .sets = {"user=flag"}}, variables);
    EXPECT_EQ(flag->settings.text("user"), "flag");
    EXPECT_EQ(flag->settings.origin("user"), "--set");
    EXPECT_THAT(read(file, {.profile = "p"})->settings.origin("user"), HasSubstr("profile p, "));
}

TEST_F(SettingsSources, a_profile_is_chosen_by_flag_environment_or_the_file_itself) {
    std::string file = "profile: b\nprofiles:\n  a: {user: a}\n  b: {user: b}\n  local:\n";
    EXPECT_EQ(read(file)->settings.text("user"), "b");
    EXPECT_EQ(read(file, {}, {"PINFLOW_PROFILE=a"})->settings.text("user"), "a");
    EXPECT_EQ(read(file, {.profile = "local"}, {"PINFLOW_PROFILE=a"})->settings.text("user"),
              "demo");
    EXPECT_THAT(refusal("profiles:\n  aws: {}\n", {.profile = "awz"}), HasSubstr("mean 'aws'?"));
    EXPECT_THAT(refusal("profile: awz\nprofiles:\n  aws: {}\n"), HasSubstr(":1:10: no profile"));
}

TEST_F(SettingsSources, a_profile_that_was_not_chosen_is_checked_but_its_variables_are_not_needed) {
    EXPECT_THAT(refusal("profiles:\n  p:\n    usr: a\n"), HasSubstr(":3:5: unknown setting 'usr'"));
    EXPECT_THAT(refusal("profiles:\n  p:\n    listen.admin: x\n"), HasSubstr("an address such as"));
    std::string file = "profiles:\n  p:\n    user: ${NOT_SET_HERE}\n";
    EXPECT_TRUE(read(file));
    EXPECT_THAT(refusal(file, {.profile = "p"}),
                HasSubstr(":3:11: the environment has no NOT_SET"));
    EXPECT_THAT(refusal("profiles:\n  p:\n    profiles: {}\n"), HasSubstr("unknown setting"));
}

TEST_F(SettingsSources, variables_are_replaced_and_may_have_another_value) {
    auto done =
        read("user: a${X}c\nsink.topics.dir: ${Y:-d}\npipeline.directory: $${Z}\n", {}, {"X=b"});
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(done->settings.text("user"), "abc");
    EXPECT_EQ(done->settings.text("sink.topics.dir"), "d");
    EXPECT_THAT(done->settings.text("pipeline.directory"), HasSubstr("/${Z}"));
    EXPECT_THAT(refusal("user: ${X\n"), HasSubstr(":1:7: '${' without its '}'"));
}

TEST_F(SettingsSources, a_path_in_a_file_is_relative_to_the_file_and_on_a_flag_to_where_one_is) {
    EXPECT_EQ(read("pipeline.directory: mine\n")->settings.text("pipeline.directory"),
              folder_ / "mine");
    EXPECT_EQ(read("", {.sets = {"pipeline.directory=mine"}})->settings.text("pipeline.directory"),
              "mine");
}

TEST_F(SettingsSources, a_file_holds_no_secret_but_may_name_where_one_is) {
    EXPECT_THAT(refusal("source:\n  password: canary\n"),
                testing::AllOf(HasSubstr(":2:13: 'source.password' holds a secret"),
                               HasSubstr("source.password_file"), Not(HasSubstr("canary"))));
    EXPECT_THAT(refusal("source: mysql://u:canary@h/d\n"),
                testing::AllOf(HasSubstr(":1:9: "), Not(HasSubstr("canary"))));
    auto done = read("source:\n  url: mysql://u@h/d\n  password: ${P}\n", {}, {"P=canary"});
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(done->settings.text("source.password"), "canary");
    EXPECT_THAT(settings_shown(*done, true), Not(HasSubstr("canary")));
    EXPECT_EQ(read("source: mysql://u@h/d\n")->settings.text("source.url"), "mysql://u@h/d");
}

TEST_F(SettingsSources, unknown_environment_names_of_ours_are_errors_and_foreign_ones_are_not) {
    EXPECT_THAT(refusal("", {}, {"PINFLOW_LISTEN__GATWAY=a:1"}),
                HasSubstr("PINFLOW_LISTEN__GATWAY: unknown setting 'listen.gatway'"));
    EXPECT_TRUE(read("", {}, {"HOME=/x", "PINFLOW_DATA_DIR=/y"}));
}

TEST_F(SettingsSources, the_sample_is_a_file_of_all_defaults) {
    std::string sample = settings_sample();
    ASSERT_TRUE(read(sample)) << "as it is";
    std::string open;  // with each setting's line made real
    for (std::size_t at = 0; at < sample.size();) {
        std::size_t end = sample.find('\n', at);
        std::string line = sample.substr(at, end - at);
        for (const SettingSpec& spec : setting_specs()) {
            std::string_view name = spec.name;
            for (std::string_view written : {name, name.substr(name.find('.') + 1)}) {
                std::size_t mark = line.find(std::string("# ").append(written).append(": "));
                if (mark == std::string::npos || line.find_first_not_of(' ') != mark) continue;
                line.erase(mark, 2);
                break;
            }
        }
        open += line + "\n";
        at = end + 1;
    }
    auto done = read(open);
    ASSERT_TRUE(done) << done.error().text << "\n" << open;
    for (const SettingSpec& spec : setting_specs()) {
        if (spec.kind == SettingKind::path || spec.kind == SettingKind::secret) continue;
        EXPECT_EQ(done->settings.text(spec.name), spec.initial);
        EXPECT_FALSE(done->settings.is_default(spec.name)) << spec.name << " is not in the sample";
    }
}

TEST_F(SettingsSources, what_is_shown_can_be_read_again) {
    auto first = read("user: 'a: b # c'\nflush.size: 7\n");
    ASSERT_TRUE(first);
    auto again = read(settings_shown(*first, true));
    ASSERT_TRUE(again) << again.error().text;
    for (const SettingSpec& spec : setting_specs())
        if (spec.kind != SettingKind::path)
            EXPECT_EQ(again->settings.text(spec.name), first->settings.text(spec.name));
    EXPECT_THAT(settings_shown(*first, true), HasSubstr("pinflow.yaml:2:13"));
}

}  // namespace
}  // namespace pinflow::app
