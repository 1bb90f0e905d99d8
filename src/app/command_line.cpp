// SPDX-License-Identifier: Apache-2.0
// From words to a command that runs: the flags (command_flags.cpp), the settings, the pipeline.
#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/command_flags.h"
#include "app/completion.h"
#include "app/pipeline_source.h"
#include "base/log.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

LogLevel level_named(const std::string& name) {
    if (name == "debug") return LogLevel::debug;
    if (name == "warn") return LogLevel::warn;
    if (name == "error") return LogLevel::error;
    return LogLevel::info;
}

Result<Context> make_context(const Flags& flags, ReadSettings read) {
    Context context{.settings = std::move(read.settings),
                    .directory = data_directory_named(flags.data_dir),
                    .pipeline = {},
                    .sources = {.file = std::move(read.file),
                                .profile = std::move(read.profile),
                                .profiles = std::move(read.profiles)},
                    .json = flags.json,
                    .quiet = flags.quiet};
    set_log_level(flags.verbose ? LogLevel::debug
                                : level_named(context.settings.text("log_level")));
    TRY(context.pipeline, pipeline_of(context.settings.text("pipeline.directory")));
    return context;
}

// Each line of it is a complaint of its own, with its own place.
int report_configuration(const Error& error) {
    print_message("pinflow: " + error.text);
    return static_cast<int>(Exit::bad_configuration);
}

// CLI11 knows only that a word was not expected; the nearest command is worth a hint.
std::string hint_for(const CLI::App& app, int count, const char* const* arguments) {
    CommandNode root = command_tree(app);
    const CommandNode* at = &root;
    for (int i = 1; i < count; ++i) {
        std::string word = arguments[i];
        if (word.starts_with("-")) continue;
        if (const CommandNode* child = at->find(word)) {
            at = child;
            continue;
        }
        std::vector<std::string> known;
        for (const CommandNode& command : at->commands) known.push_back(command.name);
        if (auto nearest = nearest_word(word, known))
            return fmt::format("\nDid you mean '{}'?", *nearest);
        return "";
    }
    return "";
}

int run_with_settings(Flags& flags, const char* const* environment) {
    if (!flags.pipeline.empty())
        flags.settings.sets.insert(flags.settings.sets.begin(),
                                   "pipeline.directory=" + flags.pipeline);
    auto read = read_settings(flags.settings, environment);
    if (!read) return report_configuration(read.error());
    if (flags.run_on_settings) return static_cast<int>(flags.run_on_settings(*read));
    auto context = make_context(flags, *std::move(read));
    if (!context) return report_configuration(context.error());
    return static_cast<int>(flags.run(std::move(*context)));
}

// The hidden half of `completion`: `pinflow __complete -- words…`, the last of which is not
// finished, so nothing of it is parsed; but where to look may stand among the words.
int complete(const CLI::App& app, std::vector<std::string> words, const char* const* environment) {
    if (!words.empty() && words.front() == "--") words.erase(words.begin());
    Flags flags;
    for (std::size_t i = 0; i + 2 < words.size(); ++i) {
        if (words[i] == "--data-dir") flags.data_dir = words[i + 1];
        if (words[i] == "--config") flags.settings.file = words[i + 1];
    }
    auto names_of = [&](std::string_view kind) -> std::vector<std::string> {
        auto read = read_settings(flags.settings, environment);
        auto context = make_context(flags, read.value_or(ReadSettings{}));
        return context ? names_known(*context, kind) : std::vector<std::string>{};
    };
    print_out(completions(command_tree(app), words, names_of));
    return static_cast<int>(Exit::ok);
}

}  // namespace

int run_command_line(int count, const char* const* arguments, const char* const* environment) {
    CLI::App app("pinflow: a pin's whole way, from the post to the answer, as one program",
                 "pinflow");
    Flags flags;
    declare_commands(app, flags);
    constexpr std::string_view kComplete = "__complete";
    if (count > 1 && arguments[1] == kComplete)
        return complete(app, {arguments + 2, arguments + count}, environment);
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        print_message("pinflow: " + std::string(error.what()) + hint_for(app, count, arguments) +
                      "\nSee pinflow --help.");
        return static_cast<int>(Exit::usage);
    }
    if (flags.run_alone) return static_cast<int>(flags.run_alone());
    return run_with_settings(flags, environment);
}

}  // namespace pinflow::app
