// SPDX-License-Identifier: Apache-2.0
// What a shell may complete: names of things that are there. Silent where nothing can be asked.
#include "app/commands.h"
#include "app/lake_access.h"
#include "app/server_query.h"
#include "app/settings_file.h"
#include "base/reactor.h"

namespace pinflow::app {
namespace {

std::vector<std::string> first_column(const Context& context, const std::string& path) {
    std::vector<std::string> names;
    auto text = ask_server(context, path);
    if (!text) return names;
    auto rows = rows_of_json(*text);
    if (!rows || rows->columns.empty() || rows->columns.front().type != ColumnType::text)
        return names;
    for (std::size_t row = 0; row < rows->count(); ++row)
        names.emplace_back(rows->columns.front().text(row));
    return names;
}

std::vector<std::string> tables(const Context& context) {
    auto lake = open_lake(context.settings, context.directory, "read");
    if (!lake) return {};
    return run_here((*lake)->lake->list_tables()).value_or(std::vector<std::string>{});
}

std::vector<std::string> questions(const Context& context) {
    std::vector<std::string> names;
    for (const Question& question : context.pipeline.questions) names.push_back(question.name);
    return names;
}

std::vector<std::string> setting_beginnings() {
    std::vector<std::string> names;
    for (const SettingSpec& spec : setting_specs())
        if (spec.kind != SettingKind::secret) names.push_back(std::string(spec.name) + "=");
    return names;
}

}  // namespace

std::vector<std::string> names_known(const Context& context, std::string_view kind) {
    if (kind == "TOPIC") return first_column(context, "/api/v1/topics");
    if (kind == "STREAM") return first_column(context, "/api/v1/streams");
    if (kind == "TABLE") return tables(context);
    if (kind == "QUESTION") return questions(context);
    if (kind == "SETTING") return setting_beginnings();
    if (kind != "PROFILE") return {};
    std::vector<std::string> profiles = context.sources.profiles;
    profiles.emplace_back(kLocalProfile);
    return profiles;
}

}  // namespace pinflow::app
