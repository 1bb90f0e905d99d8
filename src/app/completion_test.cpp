// SPDX-License-Identifier: Apache-2.0
#include "app/completion.h"

#include <gtest/gtest.h>

namespace pinflow::app {
namespace {

CommandNode small_tree() {
    OptionNode set{.names = {"--set"}, .takes_value = true, .value_of = "SETTING"};
    OptionNode road{.names = {"--road"}, .takes_value = true, .choices = {"batch", "both"}};
    OptionNode name{.takes_value = true, .value_of = "TOPIC"};
    CommandNode describe{.name = "describe", .options = {name}};
    CommandNode topic{.name = "topic", .text = "Topics", .commands = {{.name = "list"}, describe}};
    CommandNode emulate{.name = "emulate", .options = {road}};
    return {
        .name = "pinflow", .options = {set, {.names = {"--json"}}}, .commands = {topic, emulate}};
}

std::string complete(std::vector<std::string> words) {
    return completions(small_tree(), words, [](std::string_view kind) {
        return std::vector<std::string>{std::string(kind) + ".a", std::string(kind) + ".b"};
    });
}

TEST(Completion, commands_are_offered_by_their_beginning) {
    EXPECT_EQ(complete({""}), "topic\tTopics\nemulate\t\n");
    EXPECT_EQ(complete({"t"}), "topic\tTopics\n");
    EXPECT_EQ(complete({"topic", ""}), "list\t\ndescribe\t\n");
}

TEST(Completion, options_of_the_whole_way_are_offered) {
    EXPECT_EQ(complete({"emulate", "--"}), "--set\t\n--json\t\n--road\t\n");
}

TEST(Completion, values_follow_what_takes_them) {
    EXPECT_EQ(complete({"emulate", "--road", "bo"}), "both\t\n");
    EXPECT_EQ(complete({"--json", "topic", "describe", ""}), "TOPIC.a\t\nTOPIC.b\t\n");
    EXPECT_EQ(complete({"topic", "describe", "TOPIC.a", ""}), "") << "it takes one name";
    EXPECT_EQ(complete({"--set", "SETTING.b"}), "SETTING.b\t\n");
}

TEST(Completion, there_is_a_script_for_three_shells) {
    for (const char* shell : {"bash", "zsh", "fish"}) EXPECT_TRUE(completion_script(shell));
    EXPECT_EQ(completion_script("tcsh").error().code, Errc::not_found);
}

}  // namespace
}  // namespace pinflow::app
