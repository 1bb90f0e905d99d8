// SPDX-License-Identifier: Apache-2.0
// ask: the pipeline's questions over the tables as they are; sql: any select over them.
#include <fmt/format.h>

#include "app/answers_text.h"
#include "app/commands.h"
#include "app/reading.h"
#include "base/reactor.h"
#include "batch/reports.h"

namespace pinflow::app {
namespace {

// Every Delta table under its own name, beside the views that the pipeline's questions use.
Status add_table_views(LakeAccess& lake, const Pipeline& pipeline, SqlSession& session) {
    TRY(auto names, run_here(lake.lake->list_tables()));
    for (const std::string& name : names) {
        bool is_view = false;
        for (const PipelineKind& kind : pipeline.kinds) is_view |= kind.view == name;
        if (is_view) continue;
        TRY(auto table, lake.lake->table(name));
        TRY(auto snapshot, run_here(table->read(std::nullopt)));
        std::vector<std::string> paths;
        for (const DataFile& file : snapshot.files) paths.push_back(file.local_path);
        TRY_STATUS(session.create_view(name, snapshot.schema, paths));
    }
    return {};
}

// The kinds' views, where their tables exist: `pinflow sql` also serves who has only streamed.
Status add_kind_views(LakeAccess& lake, const Pipeline& pipeline, SqlSession& session) {
    for (const PipelineKind& kind : pipeline.kinds) {
        TRY(auto table, lake.lake->table(kind.table));
        auto snapshot = run_here(table->read(std::nullopt));
        if (!snapshot && snapshot.error().code == Errc::not_found) continue;
        if (!snapshot) return std::unexpected(snapshot.error());
        std::vector<std::string> paths;
        for (const DataFile& file : snapshot->files) paths.push_back(file.local_path);
        TRY_STATUS(session.create_view(kind.view, snapshot->schema, paths));
    }
    return {};
}

Result<Rows> run_sql(const Context& context, const std::string& text) {
    TRY(auto lake, open_lake(context.settings, context.directory, "read"));
    SqlSettings settings = engine_settings(context);
    settings.allow_files = false;
    TRY(auto session, lake->engine.open_session(settings));
    TRY_STATUS(add_kind_views(*lake, context.pipeline, *session));
    TRY_STATUS(add_table_views(*lake, context.pipeline, *session));
    return session->query(text);
}

}  // namespace

Exit command_ask(const Context& context, const AskOptions& options) {
    auto lake = open_lake(context.settings, context.directory, "read");
    if (!lake) return report(lake.error());
    auto answers =
        run_here(batch::ask(*(*lake)->lake, (*lake)->engine, (*lake)->clock, context.pipeline,
                            options.question, engine_settings(context)));
    if (!answers) return report(answers.error());
    if (context.json) {
        print_out(batch::answers_json(*answers) + "\n");
    } else if (options.format == "csv") {
        for (const batch::Answer& answer : *answers)
            print_out(format_rows(answer.rows, "csv", false));
    } else {
        for (const batch::Answer& answer : *answers) {
            print_out(fmt::format("\n{}: {}\n{}", answer.name, answer.title,
                                  format_rows(answer.rows, "table", false)));
        }
    }
    return Exit::ok;
}

Exit command_sql(const Context& context, const SqlOptions& options) {
    auto rows = run_sql(context, options.text);
    if (!rows) return report(rows.error());
    print_out(format_rows(*rows, options.format, context.json));
    return Exit::ok;
}

}  // namespace pinflow::app
