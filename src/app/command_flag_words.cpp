// SPDX-License-Identifier: Apache-2.0
#include "app/command_flag_words.h"

namespace pinflow::app {

CLI::App* add(CLI::App& app, std::string name, std::string text, std::string_view examples) {
    CLI::App* command = app.add_subcommand(std::move(name), std::move(text));
    if (!examples.empty()) command->footer("Examples:" + std::string(examples));
    return command;
}

CLI::App* add_family(CLI::App& app, std::string name, std::string text, std::string_view examples) {
    CLI::App* family = add(app, std::move(name), std::move(text), examples);
    family->require_subcommand(1);
    return family;
}

void runs(CLI::App* command, Flags& flags, OnStop on_stop, std::function<Exit(Context&&)> run) {
    command->callback([&flags, on_stop, run = std::move(run)] {
        flags.run = [on_stop, run](Context&& context) {
            if (on_stop == OnStop::end_at_once) end_at_first_signal();
            return run(std::move(context));
        };
    });
}

CLI::Option* takes(CLI::Option* option, std::string kind) {
    return option->type_name(std::move(kind));
}

}  // namespace pinflow::app
