// SPDX-License-Identifier: Apache-2.0
// The words in which command_flags*.cpp declare commands.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "app/command_flags.h"

namespace pinflow::app {

// `examples` are lines below "Examples:", with which the command's help begins.
CLI::App* add(CLI::App& app, std::string name, std::string text, std::string_view examples = "");

// A command that only holds others.
CLI::App* add_family(CLI::App& app, std::string name, std::string text,
                     std::string_view examples = "");

// Sets what runs when the command was named; `end_at_once`: it only reads, and Ctrl-C ends it.
enum class OnStop { finish, end_at_once };
void runs(CLI::App* command, Flags& flags, OnStop on_stop, std::function<Exit(Context&&)> run);

// The kind of names that completes an option: told by CLI11's type name, which help shows too.
CLI::Option* takes(CLI::Option* option, std::string kind);

// migrate, config and export: what leads from here to elsewhere. command_flags_outward.cpp
void add_outward(CLI::App& app, Flags& flags);

}  // namespace pinflow::app
