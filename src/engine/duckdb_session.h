// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/handles.h"
#include "engine/source_function.h"
#include "engine/spill_folder.h"
#include "ports/sql_engine.h"

namespace pinflow::engine {

class DuckDbSession final : public SqlSession {
public:
    static Result<std::unique_ptr<DuckDbSession>> open(const DuckDb& api,
                                                       const SqlSettings& settings);

    Status execute(std::string_view sql) override;
    Status create_table(std::string_view name, const Schema& schema) override;
    Status append(std::string_view name, const Rows& rows) override;
    Status create_view(std::string_view name, const Schema& schema,
                       const std::vector<std::string>& parquet_paths) override;
    Status create_source(std::string_view name, RowSource& source) override;
    Result<Rows> query(std::string_view sql) override;
    Result<ParquetFile> write_parquet(std::string_view sql, const Schema& schema,
                                      const std::string& path) override;
    Result<std::vector<ParquetFile>> write_parquet_files(std::string_view sql, const Schema& schema,
                                                         const std::string& path,
                                                         std::uint64_t file_bytes) override;
    void interrupt() override;

private:
    DuckDbSession(const DuckDb& api, SpillFolder spill)
        : spill_(std::move(spill)), api_(api), database_(api), connection_(api) {}

    struct ArrivingColumn {
        std::string name;
        duckdb_type type;
        bool needs_text;  // of a type that our columns do not have
    };

    Result<QueryResult> run(std::string_view sql);
    Result<Prepared> prepare_one(std::string_view sql);
    std::vector<ArrivingColumn> columns_of(const Prepared& prepared);
    static std::string with_text_casts(std::string_view sql,
                                       const std::vector<ArrivingColumn>& columns);
    Result<Rows> run_prepared(const Prepared& prepared);
    Result<std::string> view_columns(const Schema& schema, const std::string& source);
    Result<std::string> view_source(const std::vector<std::string>& parquet_paths);
    Status close_the_door();
    Result<std::vector<ParquetFile>> copy_to(const std::string& place, std::string_view sql,
                                             const Schema& schema, const std::string& options);
    std::unexpected<Error> failure(const char* text);
    std::unexpected<Error> explain_copy_failure(std::string_view sql, Error error);

    SpillFolder spill_;  // goes last, once the database has closed its files
    const DuckDb& api_;
    std::vector<std::unique_ptr<SourceFunction>> sources_;  // the connection calls them
    Database database_;
    Connection connection_;
    bool allow_files_ = true;
    bool door_closed_ = false;          // DuckDB itself now refuses all other files
    std::set<std::string> view_paths_;  // of a session without allow_files
};

}  // namespace pinflow::engine
