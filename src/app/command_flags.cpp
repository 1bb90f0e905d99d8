// SPDX-License-Identifier: Apache-2.0
#include "app/command_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/command_flag_words.h"
#include "app/completion.h"
#include "app/settings_text.h"
#include "app/version.h"

namespace pinflow::app {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  pinflow demo                          the whole pipeline once, with its answers
  pinflow up                            serve: gateway 8082, page on 8080; Ctrl-C stops cleanly
  pinflow seed && pinflow emulate       fill the post database, then post as the course's script does
  pinflow batch run                     objects -> cleaned tables -> answers
  pinflow run start                     the same as a run of the daily graph, kept in the run book
  pinflow run show 1 --log              its steps, times, ledgers, reasons and log
  pinflow sql "select count(*) from pin"
  pinflow doctor                        what is wrong with this machine, and how to mend it
  pinflow demo --kill                   kill -9 in mid-load, restart, count)";

constexpr std::string_view kEnding = R"(
Exit codes: 0 ok, 1 failed, 2 usage, 3 a check did not hold, 69 a service is not there,
78 bad configuration, 130 stopped by a signal before it was done.
Settings: --set key=value, PINFLOW_SECTION__KEY, pinflow.yaml ('pinflow config sample'
writes one). README.md and docs/ tell the rest.)";

// Help begins with what one would type; CLI11 would put it last.
class ExamplesFirst final : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string name,
                          CLI::AppFormatMode mode) const override {
        if (mode == CLI::AppFormatMode::Sub) return CLI::Formatter::make_help(app, name, mode);
        std::string text = make_description(app);
        if (std::string examples = app->get_footer(); !examples.empty()) text += examples + "\n\n";
        text += make_usage(app, std::move(name));
        text += make_positionals(app);
        text += make_groups(app, mode);
        text += make_subcommands(app, mode);
        if (app->get_parent() == nullptr) text += std::string(kEnding) + "\n" + settings_help();
        return text;
    }
};

void add_seed(CLI::App& app, Flags& flags) {
    auto* seed = add(app, "seed", "Fill the post database with faithful synthetic rows", R"(
  pinflow seed                          11,154 rows a table, as the course's database has
  pinflow seed --rows 1000000 --seed 7
  pinflow seed --into mysql://admin@127.0.0.1:3306/pinterest_data)");
    seed->add_option("--rows", flags.seed.rows, "Rows a table")
        ->capture_default_str()
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}));
    seed->add_option("--seed", flags.seed.seed, "Seed: the same seed and rows give the same data")
        ->capture_default_str();
    auto* file =
        takes(seed->add_option("--file", flags.seed.file, "SQLite file [<data dir>/source.sqlite]"),
              "FILE");
    auto* into = takes(seed->add_option("--into", flags.seed.into,
                                        "A database instead: mysql://user@host:3306/database"),
                       "URL");
    into->excludes(file);
    seed->add_flag("--replace", flags.seed.replace, "With --into: replace tables that are there")
        ->needs(into);
    runs(seed, flags, OnStop::finish,
         [&flags](Context&& context) { return command_seed(context, flags.seed); });
}

void add_emulate(CLI::App& app, Flags& flags) {
    auto* emulate = add(app, "emulate", "Draw rows and post them, as the course's script does", R"(
  pinflow emulate                       to the running server, at the course's pace, until Ctrl-C
  pinflow emulate --road both --rows 1000 --no-wait
  pinflow emulate --source mysql://user@db:3306/pinterest_data --set source.password_file=pw
  pinflow emulate --url https://<id>.execute-api.us-east-1.amazonaws.com/test)");
    auto& options = flags.emulate;
    emulate->add_option("--url", options.url,
                        "Gateway's base URL, with or without a stage [the running server's]");
    emulate->add_option("--stage", options.stage, "Stage put behind the running server's URL")
        ->capture_default_str();
    takes(emulate->add_option("--source", options.source,
                              "SQLite file, or mysql://user@host:3306/database [source.url, else "
                              "<data dir>/source.sqlite]"),
          "FILE|URL");
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
    runs(emulate, flags, OnStop::finish,
         [&flags](Context&& context) { return command_emulate(context, flags.emulate); });
}

void add_demo(CLI::App& app, Flags& flags) {
    auto* demo =
        add(app, "demo", "The whole pipeline once: seed, serve, emulate, sink, clean, ask, stream",
            R"(
  pinflow demo
  pinflow demo --rows 5000 --json
  pinflow demo --kill                   kill -9 the server in mid-load and count)");
    demo->add_option("--rows", flags.demo.rows, "Draws")
        ->capture_default_str()
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}));
    demo->add_option("--seed", flags.demo.seed, "Seed of the post database")->capture_default_str();
    demo->add_flag("--kill", flags.demo.kill, "kill -9 the server in mid-load, restart it, count");
    demo->callback([&flags] {
        flags.demo.has_data_dir = !flags.data_dir.empty();
        flags.run = [&flags](Context&& context) {
            return command_demo(std::move(context), flags.demo);
        };
    });
}

void add_up(CLI::App& app, Flags& flags) {
    auto* up = add(app, "up", "Serve: gateway, log, sink, stream, schedule, page", R"(
  pinflow up                            gateway on 127.0.0.1:8082, page on 127.0.0.1:8080
  pinflow up --set listen.gateway=127.0.0.1:0 --ready-file ready.json
  pinflow up --profile aws --config pinflow.yaml)");
    takes(up->add_option("--ready-file", flags.up.ready_file,
                         "Write the addresses here once it serves"),
          "FILE");
    up->add_flag("--accept-data-loss", flags.up.accept_data_loss,
                 "Open a damaged log: what is damaged is put aside, and what is lost is printed");
    up->add_flag("--moved", flags.up.moved,
                 "What was in another place has been brought to where the settings now say");
    runs(up, flags, OnStop::finish,
         [&flags](Context&& context) { return command_up(context, flags.up); });
}

void add_batch(CLI::App& app, Flags& flags) {
    auto* batch = add_family(app, "batch", "The batch job");
    auto* run = add(*batch, "run", "Objects -> cleaned tables -> the questions' answers", R"(
  pinflow batch run
  pinflow batch run --objects ~/downloads/user-ab-bucket
  pinflow batch run --engine spark)");
    takes(
        run->add_option("--objects", flags.batch.objects, "A folder that holds topics/ [bucket's]"),
        "FOLDER");
    run->add_option("--date", flags.batch.date,
                    "YYYY-MM-DD: the day, in the schedule's zone, that kinds with "
                    "`load: by_date` read [today]");
    run->add_option("--engine", flags.batch.engine, "embedded or spark [batch.engine]")
        ->check(CLI::IsMember({"embedded", "spark"}));
    runs(run, flags, OnStop::finish,
         [&flags](Context&& context) { return command_batch_run(context, flags.batch); });
}

void add_run_start(CLI::App& run, Flags& flags) {
    auto* start = add(run, "start", "Run it now, for a date or for several, in this process", R"(
  pinflow run start
  pinflow run start --date 2026-11-24
  pinflow run start --from 2026-11-01 --to 2026-11-30)");
    auto& options = flags.run_start;
    auto* date = start->add_option("--date", options.date, "Which date, as 2026-11-25 [today]");
    auto* from =
        start->add_option("--from", options.from, "Every date from here ...")->excludes(date);
    auto* to =
        start->add_option("--to", options.to, "... to here, in order; those done are left out");
    from->needs(to);
    to->needs(from);
    start->add_flag("--again", options.again, "With --from: also the dates that have succeeded")
        ->needs(from);
    start->add_flag("--no-wait", options.no_wait,
                    "Fail when another run is live, rather than wait");
    start->add_option("--retries", options.retries, "Of each step [the pipeline's]")
        ->check(CLI::Range(0, 100));
    runs(start, flags, OnStop::finish,
         [&flags](Context&& context) { return command_run_start(context, flags.run_start); });
}

void add_run(CLI::App& app, Flags& flags) {
    auto* run = add_family(app, "run", "The daily graph: start a run by hand, see the history", R"(
  pinflow run start                     for today, in this process
  pinflow run list
  pinflow run show 2026-11-25 --log     the newest of that date
  pinflow run cancel 7                  whatever process has it)");
    add_run_start(*run, flags);
    auto* step = add(*run, "step", "One step of the graph alone, for Airflow's tasks", R"(
  pinflow run step load --date 2026-11-25
  pinflow run step clean_pin --date 2026-11-25
  pinflow run step ask --date 2026-11-25)");
    step->add_option("step", flags.run_step.step, "load, clean_<kind> or ask")->required();
    step->add_option("--date", flags.run_step.date, "The run's date, as 2026-11-25 [today]");
    runs(step, flags, OnStop::finish,
         [&flags](Context&& context) { return command_run_step(context, flags.run_step); });
    auto* list = add(*run, "list", "The runs, the newest first");
    list->add_option("--limit", flags.run_list.limit, "How many")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000));
    runs(list, flags, OnStop::end_at_once,
         [&flags](Context&& context) { return command_run_list(context, flags.run_list); });
    auto* show = add(*run, "show", "One run: steps, attempts, times, ledger, reasons");
    takes(show->add_option("run", flags.run_show.which, "Its number, or a date: the newest of it"),
          "RUN")
        ->required();
    show->add_flag("--log", flags.run_show.with_log, "With what the steps said");
    runs(show, flags, OnStop::end_at_once,
         [&flags](Context&& context) { return command_run_show(context, flags.run_show); });
    auto* cancel = add(*run, "cancel", "End a run of any process");
    takes(cancel->add_option("run", flags.run_cancel.which, "Its number, or a date"), "RUN")
        ->required();
    runs(cancel, flags, OnStop::end_at_once,
         [&flags](Context&& context) { return command_run_cancel(context, flags.run_cancel); });
}

void add_reading(CLI::App& app, Flags& flags) {
    auto* ask = add(app, "ask", "Answer the pipeline's questions from its tables", R"(
  pinflow ask                           all of them
  pinflow ask q4 --format csv)");
    takes(
        ask->add_option("question", flags.ask.question, "A question's name or its beginning [all]"),
        "QUESTION");
    ask->add_option("--format", flags.ask.format, "How to print")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "csv"}));
    runs(ask, flags, OnStop::end_at_once,
         [&flags](Context&& context) { return command_ask(context, flags.ask); });
    auto* sql = add(app, "sql", "Run SQL over the tables (read only)", R"(
  pinflow sql "select category, count(*) from pin group by 1 order by 2 desc"
  pinflow sql --format csv "select * from demo_pin_table" > pins.csv)");
    sql->add_option("text", flags.sql.text, "One select")->required();
    sql->add_option("--format", flags.sql.format, "How to print")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "csv"}));
    runs(sql, flags, OnStop::end_at_once,
         [&flags](Context&& context) { return command_sql(context, flags.sql); });
}

void add_describing(CLI::App& app, Flags& flags) {
    struct Family {
        const char* name;
        const char* list;
        const char* describe;
        Exit (*run_list)(const Context&);
        Exit (*run_describe)(const Context&, const NameOptions&);
    };
    static constexpr Family kFamilies[] = {
        {"topic", "Topics of the running server, with their offsets",
         "A topic's partitions, offsets and objects", command_topic_list, command_topic_describe},
        {"stream", "Streams of the running server", "A stream's shards and their hash ranges",
         command_stream_list, command_stream_describe},
        {"table", "Tables with their versions, rows and files",
         "A table's columns, files and history", command_table_list, command_table_describe},
    };
    for (const Family& entry : kFamilies) {
        auto* family = add_family(
            app, entry.name, fmt::format("List and describe {}s", entry.name),
            fmt::format("\n  pinflow {0} list\n  pinflow {0} describe <name>", entry.name));
        runs(add(*family, "list", entry.list), flags, OnStop::end_at_once,
             [&entry](Context&& context) { return entry.run_list(context); });
        auto* describe = add(*family, "describe", entry.describe);
        std::string kind = entry.name;
        for (char& c : kind) c = static_cast<char>(c - 'a' + 'A');
        takes(describe->add_option("name", flags.name.name, "Its name")->required(), kind);
        runs(describe, flags, OnStop::end_at_once, [&flags, &entry](Context&& context) {
            return entry.run_describe(context, flags.name);
        });
    }
}

void add_checking(CLI::App& app, Flags& flags) {
    auto* check =
        add(app, "check", "Check the configuration and the pipeline, or what is stored", R"(
  pinflow check                         settings, profiles, pipeline and its SQL
  pinflow check --connect --profile aws every service that the profile names: is it there, may we?
  pinflow check --data                  every batch of the log (the server must be stopped))");
    auto* data = check->add_flag("--data", flags.check.data,
                                 "Every batch of the log: its checksum and its place");
    check
        ->add_flag("--connect", flags.check.connect,
                   "Speak to every service: resolve, connect, sign in, permitted?")
        ->excludes(data);
    runs(check, flags, OnStop::end_at_once,
         [&flags](Context&& context) { return command_check(context, flags.check); });
    runs(add(app, "test", "Run the pipeline's own unit tests: rows in, rows out"), flags,
         OnStop::end_at_once, [](Context&& context) { return command_test(context); });
    runs(add(app, "status", "What the running server is doing"), flags, OnStop::end_at_once,
         [](Context&& context) { return command_status(context); });
    runs(add(app, "doctor", "Look at this machine: ports, disk, clock, permissions, versions"),
         flags, OnStop::finish, [](Context&& context) { return command_doctor(context); });
}

void add_others(CLI::App& app, Flags& flags) {
    auto* completion = add(app, "completion", "Print a shell's completion script", R"(
  source <(pinflow completion bash)     in ~/.bashrc
  pinflow completion fish | source)");
    completion->add_option("shell", flags.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completion->callback([&flags] {
        flags.run_alone = [&flags] {
            auto script = completion_script(flags.shell);
            if (!script) return report(script.error());
            print_out(*script);
            return Exit::ok;
        };
    });
    add(app, "version", "Print the version")->callback([&flags] {
        flags.run_alone = [&flags] {
            print_out(flags.json ? fmt::format("{{\"version\":\"{}\"}}\n", kVersion)
                                 : fmt::format("pinflow {}\n", kVersion));
            return Exit::ok;
        };
    });
}

}  // namespace

void declare_commands(CLI::App& app, Flags& flags) {
    app.formatter(std::make_shared<ExamplesFirst>());
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(std::string(kExamples));
    takes(app.add_option("--data-dir", flags.data_dir,
                         "Where everything is kept [$XDG_DATA_HOME/pinflow]"),
          "FOLDER");
    takes(app.add_option("--config", flags.settings.file,
                         "Settings file [./pinflow.yaml if there is one]"),
          "FILE");
    takes(app.add_option("--profile", flags.settings.profile, "A profile of the settings file"),
          "PROFILE");
    takes(app.add_option("--pipeline", flags.pipeline,
                         "A folder with a pipeline.yaml [the built-in one]"),
          "FOLDER");
    takes(app.add_option("--set", flags.settings.sets, "A setting: key=value; may be repeated")
              ->take_all()
              ->allow_extra_args(false),
          "SETTING");
    app.add_flag("--json", flags.json, "Data as JSON on stdout");
    app.add_flag("-q,--quiet", flags.quiet, "No progress on stderr");
    app.add_flag("-v,--verbose", flags.verbose, "Debug messages on stderr");
    app.set_version_flag("--version", "pinflow " + std::string(kVersion));
    add_demo(app, flags);
    add_up(app, flags);
    add_seed(app, flags);
    add_emulate(app, flags);
    add_batch(app, flags);
    add_run(app, flags);
    add_reading(app, flags);
    add_describing(app, flags);
    add_checking(app, flags);
    add_outward(app, flags);
    add_others(app, flags);
}

}  // namespace pinflow::app
