// SPDX-License-Identifier: Apache-2.0
#include "batch/ask.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "batch/sql_error.h"

namespace pinflow::batch {
namespace {

Result<std::vector<const Question*>> choose(const Pipeline& pipeline, const std::string& only) {
    std::vector<const Question*> chosen;
    for (const Question& question : pipeline.questions) {
        if (!only.empty() && question.name == only) return std::vector<const Question*>{&question};
        if (question.name.starts_with(only)) chosen.push_back(&question);
    }
    if (!chosen.empty() || only.empty()) return chosen;
    std::vector<std::string> names;
    for (const Question& question : pipeline.questions) names.push_back(question.name);
    auto nearest = nearest_word(only, names);
    return fail(Errc::not_found, fmt::format("no question `{}`; {}", only,
                                             nearest ? fmt::format("did you mean `{}`?", *nearest)
                                                     : "there are: " + join(names, ", ")));
}

Task<Result<std::vector<std::string>>> files_of(Lake& lake, const PipelineKind& kind) {
    CO_TRY(std::unique_ptr<Table> table, lake.table(kind.table));
    Result<TableSnapshot> snapshot = co_await table->read(std::nullopt);
    if (!snapshot && snapshot.error().code == Errc::not_found) {
        co_return fail(Errc::not_found,
                       fmt::format("table {} is not there yet: run the batch first", kind.table));
    }
    if (!snapshot) co_return std::unexpected(std::move(snapshot).error());
    std::vector<std::string> paths;
    for (const DataFile& file : snapshot->files) paths.push_back(file.local_path);
    co_return paths;
}

}  // namespace

Task<Result<std::unique_ptr<SqlSession>>> open_views(Lake& lake, SqlEngine& engine,
                                                     const Pipeline& pipeline,
                                                     SqlSettings settings) {
    CO_TRY(std::unique_ptr<SqlSession> session, engine.open_session(settings));
    for (const PipelineKind& kind : pipeline.kinds) {
        CO_TRY(std::vector<std::string> paths, co_await files_of(lake, kind));
        CO_TRY_STATUS(session->create_view(kind.view, kind.cleaned, paths));
    }
    co_return session;
}

Result<Answer> ask_question(SqlSession& session, Clock& clock, const Question& question) {
    std::int64_t began_us = clock.steady_us();
    Result<Rows> rows = session.query(question.sql);
    if (!rows) return at_sql_file(std::move(rows).error(), question.file);
    return Answer{.name = question.name,
                  .title = question.title,
                  .rows = *std::move(rows),
                  .duration_us = clock.steady_us() - began_us};
}

Task<Result<Answers>> ask(Lake& lake, SqlEngine& engine, Clock& clock, const Pipeline& pipeline,
                          std::string only, SqlSettings settings) {
    CO_TRY(std::vector<const Question*> chosen, choose(pipeline, only));
    CO_TRY(std::unique_ptr<SqlSession> session,
           co_await open_views(lake, engine, pipeline, settings));
    Answers answers;
    for (const Question* question : chosen) {
        CO_TRY(Answer answer, ask_question(*session, clock, *question));
        answers.push_back(std::move(answer));
    }
    co_return answers;
}

}  // namespace pinflow::batch
