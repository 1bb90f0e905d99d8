// SPDX-License-Identifier: Apache-2.0
// Flags to options. The only file that knows CLI11.
#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/pipeline_source.h"
#include "app/version.h"
#include "base/log.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

struct Flags {
    std::string data_dir;
    std::string config;
    std::string pipeline;
    std::vector<std::string> sets;
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    SeedOptions seed;
    UpOptions up;
    EmulateOptions emulate;
    BatchOptions batch;
    AskOptions ask;
    SqlOptions sql;
    DemoOptions demo;
    CheckOptions check;
};

constexpr std::string_view kExamples = R"(Examples:
  pinflow demo                          the whole pipeline once, with its answers
  pinflow up                            serve: gateway 8082, page on 8080; Ctrl-C stops cleanly
  pinflow seed && pinflow emulate       fill the post database, then post as the course's script does
  pinflow batch run                     objects -> cleaned tables -> answers
  pinflow sql "select count(*) from pin"
  pinflow demo --kill                   kill -9 in mid-load, restart, count

Exit codes: 0 ok, 1 failed, 2 usage, 3 a check did not hold, 69 a service is not there,
78 bad configuration. Settings: --set key=value, PINFLOW_SECTION__KEY, pinflow.yaml.)";

std::string settings_help() {
    std::string text = "\nSettings (--set key=value):\n";
    for (const SettingSpec& spec : setting_specs()) {
        text += fmt::format("  {:34} {} [{}]\n", spec.name, spec.text, spec.initial);
    }
    return text;
}

void add_seed(CLI::App& app, Flags& flags) {
    auto* seed = app.add_subcommand("seed", "Fill the post database with faithful synthetic rows");
    seed->add_option("--rows", flags.seed.rows, "Rows a table")
        ->capture_default_str()
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}));
    seed->add_option("--seed", flags.seed.seed, "Seed: the same seed and rows give the same data")
        ->capture_default_str();
    seed->add_option("--file", flags.seed.file, "SQLite file [<data dir>/source.sqlite]");
}

void add_emulate(CLI::App& app, Flags& flags) {
    auto* emulate =
        app.add_subcommand("emulate", "Draw rows and post them, as the course's script does");
    auto& options = flags.emulate;
    emulate->add_option("--url", options.url,
                        "Gateway's base URL, with or without a stage [the running server's]");
    emulate->add_option("--stage", options.stage, "Stage put behind the running server's URL")
        ->capture_default_str();
    emulate->add_option("--source", options.source, "SQLite file [<data dir>/source.sqlite]");
    emulate->add_option("--road", options.road, "batch: topics; stream: Kinesis; both")
        ->capture_default_str()
        ->check(CLI::IsMember({"batch", "stream", "both"}));
    emulate->add_option("--walk", options.walk, "Order of rows")
        ->capture_default_str()
        ->check(CLI::IsMember({"random", "sequential"}));
    emulate->add_option("--rows", options.rows, "Draws to make [until stopped]")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}));
    emulate->add_option("--dice-seed", options.dice_seed, "Seed of the dice (the course: 100)")
        ->capture_default_str();
    emulate
        ->add_option("--rate", options.rate,
                     "Draws a second [the course's pace: 0 or 1 s between draws]")
        ->check(CLI::Range(0.0, 1e6));
    emulate->add_flag("--no-wait", options.no_wait, "As fast as answers come");
    emulate->add_option("--concurrency", options.concurrency, "Draws in flight")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
}

void add_demo(CLI::App& app, Flags& flags) {
    auto* demo = app.add_subcommand(
        "demo", "The whole pipeline once: seed, serve, emulate, sink, clean, ask, stream");
    demo->add_option("--rows", flags.demo.rows, "Draws")
        ->capture_default_str()
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}));
    demo->add_option("--seed", flags.demo.seed, "Seed of the post database")->capture_default_str();
    demo->add_flag("--kill", flags.demo.kill, "kill -9 the server in mid-load, restart it, count");
}

void add_reading(CLI::App& app, Flags& flags) {
    auto* batch = app.add_subcommand("batch", "The batch job");
    batch->require_subcommand(1);
    auto* run = batch->add_subcommand("run", "Objects -> cleaned tables -> the questions' answers");
    run->add_option("--objects", flags.batch.objects, "A folder that holds topics/ [the bucket's]");
    auto* ask = app.add_subcommand("ask", "Answer the pipeline's questions from its tables");
    ask->add_option("question", flags.ask.question, "A question's name or its beginning [all]");
    ask->add_option("--format", flags.ask.format, "How to print")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "csv"}));
    auto* sql = app.add_subcommand("sql", "Run SQL over the tables (read only)");
    sql->add_option("text", flags.sql.text, "One select")->required();
    sql->add_option("--format", flags.sql.format, "How to print")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "csv"}));
    auto* check = app.add_subcommand("check", "Read over what is stored, and say what is damaged");
    check->add_flag(
        "--data", flags.check.data,
        "Every batch of the log: its checksum and its place (the server must be stopped)");
    app.add_subcommand("test", "Run the pipeline's own unit tests: rows in, rows out");
    app.add_subcommand("status", "What the running server is doing");
    auto* exports = app.add_subcommand("export", "Write the pipeline for other tools");
    exports->require_subcommand(1);
    exports->add_subcommand("dbml", "Source and tables as DBML, for dbdocs");
    app.add_subcommand("version", "Print the version");
}

void declare(CLI::App& app, Flags& flags) {
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(std::string(kExamples) + "\n" + settings_help());
    app.add_option("--data-dir", flags.data_dir,
                   "Where everything is kept [$XDG_DATA_HOME/pinflow]");
    app.add_option("--config", flags.config, "Settings file [./pinflow.yaml if there is one]");
    app.add_option("--pipeline", flags.pipeline,
                   "A folder with a pipeline.yaml [the built-in one]");
    app.add_option("--set", flags.sets, "A setting: key=value; may be repeated")
        ->take_all()
        ->allow_extra_args(false);
    app.add_flag("--json", flags.json, "Data as JSON on stdout");
    app.add_flag("-q,--quiet", flags.quiet, "No progress on stderr");
    app.add_flag("-v,--verbose", flags.verbose, "Debug messages on stderr");
    app.set_version_flag("--version", "pinflow " + std::string(kVersion));
    add_demo(app, flags);
    auto* up = app.add_subcommand("up", "Serve: gateway, log, sink, stream, page");
    up->add_option("--ready-file", flags.up.ready_file, "Write the addresses here once it serves");
    up->add_flag("--accept-data-loss", flags.up.accept_data_loss,
                 "Open a damaged log: what is damaged is put aside, and what is lost is printed");
    add_seed(app, flags);
    add_emulate(app, flags);
    add_reading(app, flags);
}

bool file_exists(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "r");
    if (file != nullptr) std::fclose(file);
    return file != nullptr;
}

Status read_settings(const Flags& flags, Settings& settings, const char* const* environment) {
    const char* named = std::getenv("PINFLOW_CONFIG");
    std::string config = !flags.config.empty() ? flags.config : named != nullptr ? named : "";
    if (config.empty() && file_exists("pinflow.yaml")) config = "pinflow.yaml";
    if (!config.empty()) TRY_STATUS(settings.read_file(config));
    TRY_STATUS(settings.read_environment(environment));
    if (!flags.pipeline.empty()) TRY_STATUS(settings.set("pipeline.directory", flags.pipeline));
    for (const std::string& set : flags.sets) {
        std::size_t equals = set.find('=');
        if (equals == std::string::npos) {
            return fail(Errc::invalid_argument, fmt::format("--set {}: write key=value", set));
        }
        if (auto status = settings.set(set.substr(0, equals), set.substr(equals + 1)); !status) {
            return with_context(std::move(status).error(), "--set");
        }
    }
    return {};
}

LogLevel level_named(const std::string& name) {
    if (name == "debug") return LogLevel::debug;
    if (name == "warn") return LogLevel::warn;
    if (name == "error") return LogLevel::error;
    return LogLevel::info;
}

Result<Context> make_context(const Flags& flags, const char* const* environment) {
    Context context{.settings = {},
                    .directory = data_directory_named(flags.data_dir),
                    .pipeline = {},
                    .json = flags.json,
                    .quiet = flags.quiet};
    TRY_STATUS(read_settings(flags, context.settings, environment));
    set_log_level(flags.verbose ? LogLevel::debug
                                : level_named(context.settings.text("log_level")));
    TRY(context.pipeline, pipeline_of(context.settings.text("pipeline.directory")));
    return context;
}

Exit dispatch(const CLI::App& app, Flags& flags, Context context) {
    auto is = [&](const char* name) { return app.got_subcommand(name); };
    if (is("demo")) return command_demo(std::move(context), flags.demo);
    if (is("up")) return command_up(context, flags.up);
    if (is("seed")) return command_seed(context, flags.seed);
    if (is("emulate")) return command_emulate(context, flags.emulate);
    if (is("batch")) return command_batch_run(context, flags.batch);
    if (is("ask")) return command_ask(context, flags.ask);
    if (is("sql")) return command_sql(context, flags.sql);
    if (is("test")) return command_test(context);
    if (is("check")) return command_check(context, flags.check);
    if (is("status")) return command_status(context);
    return command_export_dbml(context);
}

// CLI11 knows only that a word was not expected; the nearest command is worth a hint.
std::string hint_for(const CLI::App& app, int count, const char* const* arguments) {
    std::vector<std::string> known;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        known.push_back(sub->get_name());
    }
    for (int i = 1; i < count; ++i) {
        std::string word = arguments[i];
        if (word.starts_with("-")) continue;
        for (const std::string& name : known) {
            if (name == word) return "";
        }
        if (auto nearest = nearest_word(word, known))
            return fmt::format("\nDid you mean '{}'?", *nearest);
        return "";
    }
    return "";
}

}  // namespace

int run_command_line(int count, const char* const* arguments, const char* const* environment) {
    CLI::App app("pinflow: a pin's whole way, from the post to the answer, as one program",
                 "pinflow");
    Flags flags;
    declare(app, flags);
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        print_message("pinflow: " + std::string(error.what()) + hint_for(app, count, arguments) +
                      "\nSee pinflow --help.");
        return static_cast<int>(Exit::usage);
    }
    if (app.got_subcommand("version")) {
        print_out(flags.json ? fmt::format("{{\"version\":\"{}\"}}\n", kVersion)
                             : fmt::format("pinflow {}\n", kVersion));
        return 0;
    }
    flags.demo.has_data_dir = !flags.data_dir.empty();
    auto context = make_context(flags, environment);
    if (!context) {
        report(context.error());
        return static_cast<int>(Exit::bad_configuration);
    }
    return static_cast<int>(dispatch(app, flags, std::move(*context)));
}

}  // namespace pinflow::app
