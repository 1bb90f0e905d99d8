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
        EXPECT_TRUE(settings.set(spec.name, spec.initial)) << spec.name;
        EXPECT_FALSE(spec.text.empty()) << spec.name;
    }
    EXPECT_TRUE(settings.changed().empty());
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

TEST(Settings, a_file_is_read_nested_or_dotted_and_its_errors_have_a_place) {
    std::string path = std::filesystem::temp_directory_path() / ("settings_test." + random_uuid());
    std::ofstream(path) << "user: ab\nsink:\n  flush.size: 3\nlisten:\n  gateway: 127.0.0.1:1\n";
    Settings settings;
    ASSERT_TRUE(settings.read_file(path));
    EXPECT_EQ(settings.text("user"), "ab");
    EXPECT_EQ(settings.count("sink.flush.size"), 3);
    std::ofstream(path) << "user: ab\nsink:\n  flush.sise: 3\n";
    EXPECT_NE(
        refusal(settings.read_file(path)).find(path + ":3:3: unknown setting 'sink.flush.sise'"),
        std::string::npos);
    std::ofstream(path) << "user: [a, b\n";
    EXPECT_NE(refusal(settings.read_file(path)).find(path + ":"), std::string::npos);
    std::filesystem::remove(path);
    EXPECT_FALSE(settings.read_file(path));
}

TEST(Settings, the_environment_spells_dots_as_double_underscores) {
    Settings settings;
    const char* good[] = {"HOME=/x", "PINFLOW_LISTEN__GATEWAY=127.0.0.1:7", "PINFLOW_DATA_DIR=/y",
                          nullptr};
    ASSERT_TRUE(settings.read_environment(good));
    EXPECT_EQ(settings.text("listen.gateway"), "127.0.0.1:7");
    const char* wrong[] = {"PINFLOW_LISTEN__GATWAY=127.0.0.1:7", nullptr};
    EXPECT_NE(refusal(settings.read_environment(wrong)).find("PINFLOW_LISTEN__GATWAY"),
              std::string::npos);
}

}  // namespace
}  // namespace pinflow::app
