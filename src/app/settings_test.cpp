// SPDX-License-Identifier: Apache-2.0
#include "app/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/hash.h"

namespace pinflow::app {
namespace {

std::string refusal(Status status) { return status ? "" : status.error().text; }

TEST(Settings, every_default_passes_its_own_check_and_every_name_has_a_text) {
    Settings settings;
    for (const SettingSpec& spec : setting_specs()) {
        EXPECT_TRUE(settings.set(spec.name, spec.initial, "a test")) << spec.name;
        EXPECT_FALSE(spec.text.empty()) << spec.name;
    }
    EXPECT_TRUE(Settings().changed().empty());
}

TEST(Settings, the_sinks_settings_have_kafka_connects_own_names_too) {
    Settings settings;
    ASSERT_TRUE(settings.set("flush.size", "1"));
    EXPECT_EQ(settings.count("sink.flush.size"), 1);
    EXPECT_EQ(settings.changed(), std::vector<std::string>{"sink.flush.size=1"});
}

TEST(Settings, wrong_names_and_values_say_what_is_wanted) {
    Settings settings;
    EXPECT_NE(refusal(settings.set("listen.gatway", "x")).find("did you mean 'listen.gateway'"),
              std::string::npos);
    EXPECT_NE(refusal(settings.set("listen.gateway", "8082")).find("127.0.0.1:8082"),
              std::string::npos);
    EXPECT_NE(refusal(settings.set("stream.commit.interval", "5")).find("unit"), std::string::npos);
    EXPECT_NE(refusal(settings.set("log.durability", "never")).find("fsync|os|memory"),
              std::string::npos);
    EXPECT_NE(refusal(settings.set("sink.flush.size", "-1")).find("whole number"),
              std::string::npos);
    EXPECT_NE(refusal(settings.set("gateway.auto_create_topics", "yes")).find("true or false"),
              std::string::npos);
}

TEST(Settings, a_command_line_holds_no_secret_and_a_child_is_given_what_was_set) {
    Settings settings;
    EXPECT_NE(refusal(settings.set("source.password", "canary")).find("source.password_file"),
              std::string::npos);
    EXPECT_FALSE(settings.set("source", "mysql://u:canary@h/d"));
    ASSERT_TRUE(settings.set("source", "mysql://u:canary@h/d", "environment"));
    ASSERT_TRUE(settings.set("source.password", "canary", "environment"));
    EXPECT_EQ(settings.shown("source.url"), "mysql://u:***@h/d");
    EXPECT_EQ(settings.shown("source.password"), "***");
    EXPECT_TRUE(settings.changed().empty());
    ASSERT_TRUE(settings.set("sink.flush.size", "1000", "pinflow.yaml:1:1"));
    EXPECT_EQ(settings.changed(), std::vector<std::string>{"sink.flush.size=1000"})
        << "set to its default is set all the same: the child's file may say otherwise";
    EXPECT_EQ(settings.origin("sink.flush.size"), "pinflow.yaml:1:1");
}

TEST(Settings, amounts_have_a_least_and_words_of_their_own) {
    Settings settings;
    EXPECT_NE(refusal(settings.set("memory.budget", "1MiB")).find("16MiB at least"),
              std::string::npos);
    EXPECT_TRUE(settings.set("memory.budget", "auto"));
    EXPECT_TRUE(settings.set("log.retention.time", "never"));
    EXPECT_FALSE(settings.set("log.retention.time", "auto"));
    EXPECT_NE(refusal(settings.set("sink.topics.regex", "a(")).find("regular expression"),
              std::string::npos);
}

TEST(Settings, a_line_that_never_fires_and_an_unknown_zone_say_why) {
    Settings settings;
    EXPECT_TRUE(settings.set("schedule.cron", "0 6 * * 1-5"));
    EXPECT_TRUE(settings.set("schedule.cron", "off"));
    EXPECT_NE(refusal(settings.set("schedule.cron", "0 0 30 2 *")).find("never"),
              std::string::npos);
    EXPECT_NE(refusal(settings.set("schedule.cron", "0 25 * * *")).find("hour"), std::string::npos);
    EXPECT_NE(refusal(settings.set("schedule.time_zone", "Europe/Belin")).find("Europe/Berlin"),
              std::string::npos);
}

TEST(Settings, environment_names_double_the_underscore_for_each_dot) {
    EXPECT_EQ(environment_name(*find_setting("flush.size")), "PINFLOW_SINK__FLUSH__SIZE");
}

}  // namespace
}  // namespace pinflow::app
