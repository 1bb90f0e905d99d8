// SPDX-License-Identifier: Apache-2.0
#include "batch/check_sql.h"

#include <fmt/format.h>

#include "base/text.h"

namespace pinflow::batch {
namespace {

std::string column_names(const Schema& schema) {
    std::vector<std::string> names;
    for (const Field& field : schema) names.push_back(field.name);
    return join(names, ", ");
}

Status check_cleaning(SqlSession& session, const PipelineKind& kind) {
    TRY_STATUS(session.create_table("raw", kind.shape.columns));
    auto none = session.query("SELECT * FROM (\n" + kind.clean_sql + "\n) LIMIT 0");
    if (!none) return with_context(std::move(none).error(), kind.clean_file);
    std::string given = column_names(none->schema);
    if (given == column_names(kind.cleaned)) return {};
    return fail(Errc::invalid_argument,
                fmt::format("{}: gives the columns {}; the pipeline's `cleaned` declares {}",
                            kind.clean_file, given, column_names(kind.cleaned)));
}

Status check_question(SqlSession& session, const Question& question) {
    auto rows = session.query(question.sql);
    if (!rows) return with_context(std::move(rows).error(), question.file);
    return {};
}

}  // namespace

Result<std::vector<std::string>> check_pipeline_sql(const Pipeline& pipeline, SqlEngine& engine) {
    TRY(auto session, engine.open_session({.threads = 1}));
    std::vector<std::string> problems;
    auto keep = [&](const Status& status) {
        if (!status) problems.push_back(status.error().text);
    };
    for (const PipelineKind& kind : pipeline.kinds) keep(check_cleaning(*session, kind));
    for (const PipelineKind& kind : pipeline.kinds)
        TRY_STATUS(session->create_view(kind.view, kind.cleaned, {}));
    for (const Question& question : pipeline.questions) keep(check_question(*session, question));
    return problems;
}

}  // namespace pinflow::batch
