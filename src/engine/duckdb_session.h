// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/handles.h"
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
    Result<Rows> query(std::string_view sql) override;
    Result<ParquetFile> write_parquet(std::string_view sql, const Schema& schema,
                                      const std::string& path) override;
    void interrupt() override;

private:
    explicit DuckDbSession(const DuckDb& api) : api_(api), database_(api), connection_(api) {}

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
    std::unexpected<Error> explain_copy_failure(std::string_view sql, Error error);

    const DuckDb& api_;
    Database database_;
    Connection connection_;
    bool allow_files_ = true;
    bool door_closed_ = false;          // DuckDB itself now refuses all other files
    std::set<std::string> view_paths_;  // of a session without allow_files
};

}  // namespace pinflow::engine
