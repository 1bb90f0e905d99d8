// SPDX-License-Identifier: Apache-2.0
// `pinflow check`: settings, pipeline and its SQL. `--data`: all that the log has stored is read
// over; nothing is changed.
#include <fmt/format.h>

#include "app/commands.h"
#include "base/text.h"
#include "batch/check_sql.h"
#include "codec/json/writer.h"
#include "engine/duckdb_engine.h"
#include "eventlog/check_log.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

void write_list(json::JsonWriter& writer, std::string_view name,
                const std::vector<std::string>& lines) {
    writer.key(name);
    writer.begin_array();
    for (const std::string& line : lines) writer.value(std::string_view(line));
    writer.end_array();
}

std::string check_json(const eventlog::LogCheck& check) {
    json::JsonWriter writer;
    writer.begin_object();
    write_list(writer, "damage", check.damage);
    write_list(writer, "notes", check.notes);
    writer.member("partitions", check.partitions);
    writer.member("segments", check.segments);
    writer.member("bytes", static_cast<std::int64_t>(check.bytes));
    writer.member("journal_groups", check.journal_groups);
    writer.end_object();
    return std::move(writer).take() + "\n";
}

std::string check_text(const eventlog::LogCheck& check) {
    std::string text;
    for (const std::string& line : check.damage) text += "DAMAGED " + line + "\n";
    for (const std::string& line : check.notes) text += "note    " + line + "\n";
    return text +
           fmt::format(
               "{} partitions, {} segments, {} bytes, {} groups in the journal: {}\n",
               with_thousands(check.partitions), with_thousands(check.segments),
               with_thousands(static_cast<std::int64_t>(check.bytes)),
               with_thousands(check.journal_groups),
               check.damage.empty() ? "all whole" : fmt::format("{} damaged", check.damage.size()));
}

std::string configuration_json(const Context& context, const std::vector<std::string>& problems) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("settings_file", context.sources.file);
    writer.member("profile", context.sources.profile);
    writer.member("pipeline", context.pipeline.name);
    write_list(writer, "problems", problems);
    writer.end_object();
    return std::move(writer).take() + "\n";
}

// That settings and pipeline could be read at all was checked on the way here, for every command.
Exit check_configuration(const Context& context) {
    engine::DuckDbEngine engine;
    auto problems = batch::check_pipeline_sql(context.pipeline, engine);
    if (!problems) return report(problems.error());
    if (context.json) print_out(configuration_json(context, *problems));
    for (const std::string& problem : *problems) print_message("pinflow: " + problem);
    if (!problems->empty()) return Exit::bad_configuration;
    if (!context.json) {
        print_out(fmt::format(
            "settings  {}, profile {}: ok\npipeline  {}: {} kinds, {} questions, {} tests: ok "
            "('pinflow test' runs the tests)\n",
            context.sources.file.empty() ? "no file" : context.sources.file,
            context.sources.profile, context.pipeline.name, context.pipeline.kinds.size(),
            context.pipeline.questions.size(), context.pipeline.tests.size()));
    }
    return Exit::ok;
}

}  // namespace

Exit command_check(const Context& context, const CheckOptions& options) {
    if (options.connect) return command_check_connect(context);
    if (!options.data) return check_configuration(context);
    posix::PosixFiles files;
    auto check = eventlog::check_log(files, context.directory.log());
    if (!check) return report(check.error());
    print_out(context.json ? check_json(*check) : check_text(*check));
    return check->damage.empty() ? Exit::ok : Exit::check_failed;
}

}  // namespace pinflow::app
