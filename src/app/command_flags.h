// SPDX-License-Identifier: Apache-2.0
// Every command with its flags and examples, declared to CLI11.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/command_tree.h"
#include "app/commands.h"
#include "app/settings_sources.h"

namespace CLI {
class App;
}

namespace pinflow::app {

// What the words of the command line said.
struct Flags {
    std::string data_dir;
    std::string pipeline;
    SettingsChoice settings;
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    SeedOptions seed;
    UpOptions up;
    EmulateOptions emulate;
    BatchOptions batch;
    ExportSparkOptions export_spark;
    RunStartOptions run_start;
    RunStepOptions run_step;
    RunListOptions run_list;
    RunShowOptions run_show;
    RunCancelOptions run_cancel;
    ExportAirflowOptions export_airflow;
    ConfigImportOptions config_import;
    AskOptions ask;
    SqlOptions sql;
    DemoOptions demo;
    CheckOptions check;
    MigrateOptions migrate;
    NameOptions name;
    bool resolved = false;
    std::string shell;

    // The command that was named: one of these is set when parsing is done.
    std::function<Exit(Context&&)> run;                        // needs settings and pipeline
    std::function<Exit(const ReadSettings&)> run_on_settings;  // needs no pipeline
    std::function<Exit()> run_alone;                           // works whatever the settings are
};

// `flags` must outlive the parse.
void declare_commands(CLI::App& app, Flags& flags);

CommandNode command_tree(const CLI::App& app);

}  // namespace pinflow::app
