// SPDX-License-Identifier: Apache-2.0
// The commands and their flags as plain data: what completion and the hints need.
#pragma once

#include <string>
#include <vector>

namespace pinflow::app {

struct OptionNode {
    std::vector<std::string> names;  // "--rows", "-q"; empty for a positional
    std::string text;
    bool takes_value = false;
    std::string value_of;              // what completes it: "topic", "table", "choice" …, or empty
    std::vector<std::string> choices;  // for "choice"
};

struct CommandNode {
    std::string name;
    std::string text;
    std::vector<OptionNode> options;
    std::vector<CommandNode> commands;

    const CommandNode* find(std::string_view child) const {
        for (const CommandNode& command : commands)
            if (command.name == child) return &command;
        return nullptr;
    }
};

}  // namespace pinflow::app
