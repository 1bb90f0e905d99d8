// SPDX-License-Identifier: Apache-2.0
// The kind's own SQL over the view `raw`, into files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/sql_engine.h"
#include "ports/table.h"
#include "record/pipeline.h"

namespace pinflow::batch {

inline constexpr const char* kRawView = "raw";

// A table's files are about this large: several for readers side by side, few for their lists.
inline constexpr std::uint64_t kTableFileBytes = 192 << 20;

// One row for each of `records`, or failed_check; errors name the SQL's file. `path` is a staging
// path, from which the files' names follow.
Result<std::vector<ParquetFile>> write_clean(SqlSession& session, const PipelineKind& kind,
                                             std::int64_t records, const std::string& path);

// What the survey refused.
Result<std::vector<ParquetFile>> write_quarantine(SqlSession& session, const std::string& path);

// Files on their way to a table: those that no table took go when this goes.
class StagedFiles final {
public:
    StagedFiles() = default;
    ~StagedFiles();
    StagedFiles(const StagedFiles&) = delete;
    StagedFiles& operator=(const StagedFiles&) = delete;

    void note(const std::vector<ParquetFile>& files);

private:
    std::vector<std::string> paths_;
};

std::int64_t rows_of(const std::vector<ParquetFile>& files);

// With the same tags each: a file's rows may come from anywhere in the run.
std::vector<TableFile> tagged_files(std::vector<ParquetFile> files,
                                    const std::map<std::string, std::string>& tags);

}  // namespace pinflow::batch
