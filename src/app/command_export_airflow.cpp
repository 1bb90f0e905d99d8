// SPDX-License-Identifier: Apache-2.0
// export airflow: the daily graph as a DAG file, with the same program, directory and settings that
// this command was given.
#include <fmt/format.h>

#include <filesystem>

#include "app/airflow_runs.h"
#include "app/commands.h"
#include "app/daily_schedule.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "remote/airflow/dag_file.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

airflow::DagTasks tasks_named(const std::string& name) {
    if (name == "spark") return airflow::DagTasks::spark;
    return name == "databricks" ? airflow::DagTasks::databricks : airflow::DagTasks::pinflow;
}

// What a worker must say to be where we are. Secrets are left out: its environment has them.
std::vector<std::string> program_words(const Context& context, const std::string& program) {
    std::error_code ignored;
    std::vector<std::string> words{
        program.empty() ? fs::read_symlink("/proc/self/exe", ignored).string() : program};
    auto add = [&words](std::string_view flag, std::string value) {
        words.emplace_back(flag);
        words.push_back(std::move(value));
    };
    add("--data-dir", context.directory.root);
    if (!context.sources.file.empty()) {
        add("--config", fs::absolute(context.sources.file, ignored).lexically_normal().string());
        add("--profile", context.sources.profile);
    }
    for (const SettingSpec& spec : setting_specs()) {
        const std::string& origin = context.settings.origin(spec.name);
        bool is_said = origin == Settings::kByFlag || origin.starts_with("environment ");
        std::string value = context.settings.text(spec.name);
        if (!is_said || spec.kind == SettingKind::secret || holds_password(value)) continue;
        if (spec.kind == SettingKind::path && !value.empty())
            value = fs::absolute(value, ignored).lexically_normal().string();
        add("--set", fmt::format("{}={}", spec.name, value));
    }
    return words;
}

Result<airflow::DagFile> dag_of(const Context& context, const ExportAirflowOptions& options) {
    const Settings& settings = context.settings;
    TRY(Planned planned, planned_by(settings, context.pipeline.schedule));
    posix::SystemClock clock;
    std::string start = planned.zone.date_of(clock.now_ms());
    if (!options.start_date.empty()) {
        TRY(auto day, schedule::parse_date(options.start_date));
        start = schedule::format_date(day);
    }
    const std::string& user = settings.text("user");
    airflow::DagFile file{.dag_id = options.dag_id.empty() ? user + "_dag" : options.dag_id,
                          .owner = user,
                          .pipeline = context.pipeline.name,
                          .schedule = context.pipeline.schedule,
                          .start_date = start,
                          .tasks = tasks_named(options.tasks),
                          .program = program_words(context, options.program),
                          .steps = daily_steps(context.pipeline),
                          .steps_at_once = steps_at_once(daily_setup(
                              settings, context.pipeline, context.directory, planned.zone, {})),
                          .notebook_path = options.notebook_path,
                          .cluster_id = options.cluster_id};
    bool is_triggered = runs_by_airflow(settings);  // by us, at the line's times
    file.schedule.cron = planned.cron && !is_triggered ? planned.cron->text : "";
    file.schedule.time_zone = planned.zone.name();
    return file;
}

Status write_dag(const std::string& path, const std::string& text) {
    posix::PosixFiles files;
    auto written = write_small_file(files, path, text);
    return written ? written : with_context(std::move(written).error(), "--output");
}

}  // namespace

Exit command_export_airflow(const Context& context, const ExportAirflowOptions& options) {
    auto file = dag_of(context, options);
    auto text =
        file ? airflow::dag_file_text(*file) : Result<std::string>(std::unexpected(file.error()));
    if (!text) {
        (void)report(text.error());
        return Exit::usage;
    }
    if (options.output.empty()) {
        print_out(*text);
        return Exit::ok;
    }
    std::string path = options.output;
    std::error_code ignored;
    if (fs::is_directory(path, ignored))
        path += fmt::format("/{}_dag.py", context.settings.text("user"));
    if (auto written = write_dag(path, *text); !written) return report(written.error());
    if (!context.quiet && !file->schedule.cron.empty()) {
        print_message(fmt::format(
            "{} is written. Airflow runs it by '{}', and pinflow up would too: tell it to leave "
            "the "
            "clock to Airflow (schedule.cron: off), or to trigger the DAG (schedule: airflow; then "
            "export it again)",
            path, file->schedule.cron));
    }
    return Exit::ok;
}

}  // namespace pinflow::app
