// SPDX-License-Identifier: Apache-2.0
// What CLI11 was told (command_flags.cpp), as plain data.
#include "app/command_tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/command_flags.h"

namespace pinflow::app {
namespace {

OptionNode option_node(const CLI::Option& option) {
    OptionNode node{.text = option.get_description(),
                    .takes_value = option.get_items_expected_max() > 0};
    for (const std::string& name : option.get_lnames()) node.names.push_back("--" + name);
    for (const std::string& name : option.get_snames()) node.names.push_back("-" + name);
    std::string type = option.get_type_name();
    if (std::size_t open = type.find(":{"); open != std::string::npos) {  // CLI11's IsMember
        std::string choices = type.substr(open + 2, type.rfind('}') - open - 2);
        for (std::size_t at = 0; at <= choices.size();) {
            std::size_t comma = std::min(choices.find(',', at), choices.size());
            node.choices.push_back(choices.substr(at, comma - at));
            at = comma + 1;
        }
    } else {
        node.value_of = type;
    }
    return node;
}

}  // namespace

CommandNode command_tree(const CLI::App& app) {
    CommandNode node{.name = app.get_name(), .text = app.get_description()};
    for (const CLI::Option* option : app.get_options([](const CLI::Option*) { return true; }))
        node.options.push_back(option_node(*option));
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        node.commands.push_back(command_tree(*command));
    return node;
}

}  // namespace pinflow::app
