// SPDX-License-Identifier: Apache-2.0
#include "batch/cleaning.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "batch/sql_error.h"
#include "batch/survey.h"

namespace pinflow::batch {
namespace {

// The select must give the declared columns: a column that is not declared would be lost unsaid.
Status check_columns(SqlSession& session, const PipelineKind& kind) {
    Result<Rows> none = session.query(fmt::format("SELECT * FROM ({}\n) LIMIT 0", kind.clean_sql));
    if (!none) return at_sql_file(std::move(none).error(), kind.clean_file);
    std::vector<std::string> given;
    for (const Field& field : none->schema) given.push_back(field.name);
    std::vector<std::string> declared;
    for (const Field& field : kind.cleaned) declared.push_back(field.name);
    if (given == declared) return {};
    return fail(Errc::invalid_argument,
                fmt::format("{}: gives the columns {}; the pipeline's `cleaned` declares {}",
                            kind.clean_file, join(given, ", "), join(declared, ", ")));
}

}  // namespace

Result<std::vector<ParquetFile>> write_clean(SqlSession& session, const PipelineKind& kind,
                                             std::int64_t records, const std::string& path) {
    TRY_STATUS(check_columns(session, kind));
    auto files = session.write_parquet_files(kind.clean_sql, kind.cleaned, path, kTableFileBytes);
    if (!files) return at_sql_file(std::move(files).error(), kind.clean_file);
    if (rows_of(*files) == records) return files;
    StagedFiles unwanted;
    unwanted.note(*files);
    return fail(Errc::failed_check,
                fmt::format("{}: gives {} rows for {} records; it must be one record in, one row "
                            "out (no grouping, no filter)",
                            kind.clean_file, rows_of(*files), records));
}

Result<std::vector<ParquetFile>> write_quarantine(SqlSession& session, const std::string& path) {
    return session.write_parquet_files(fmt::format("SELECT * FROM {}", kQuarantineTable),
                                       quarantine_schema(), path, kTableFileBytes);
}

StagedFiles::~StagedFiles() {
    std::error_code ignored;
    for (const std::string& path : paths_) std::filesystem::remove(path, ignored);
}

void StagedFiles::note(const std::vector<ParquetFile>& files) {
    for (const ParquetFile& file : files) paths_.push_back(file.path);
}

std::int64_t rows_of(const std::vector<ParquetFile>& files) {
    std::int64_t rows = 0;
    for (const ParquetFile& file : files) rows += file.row_count;
    return rows;
}

std::vector<TableFile> tagged_files(std::vector<ParquetFile> files,
                                    const std::map<std::string, std::string>& tags) {
    std::vector<TableFile> tagged;
    for (ParquetFile& file : files) tagged.push_back({.parquet = std::move(file), .tags = tags});
    return tagged;
}

}  // namespace pinflow::batch
