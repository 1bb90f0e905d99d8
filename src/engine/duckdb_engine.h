// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ports/sql_engine.h"

namespace pinflow::engine {

struct DuckDb;

// DuckDB as the SqlEngine. Making one costs nothing; the library is opened at the first session.
// Any thread may open sessions; sessions must not outlive the engine.
class DuckDbEngine final : public SqlEngine {
public:
    DuckDbEngine();  // the library in its usual places (duckdb_library.h)
    explicit DuckDbEngine(std::vector<std::string> library_places);
    ~DuckDbEngine() override;
    DuckDbEngine(const DuckDbEngine&) = delete;
    DuckDbEngine& operator=(const DuckDbEngine&) = delete;

    // In a session with allow_files = false, SQL given to query() may only select, and reads no
    // file but those of the session's views: make the views first, the first query() closes the
    // door.
    Result<std::unique_ptr<SqlSession>> open_session(const SqlSettings& settings) override;

private:
    Result<const DuckDb*> library();

    std::vector<std::string> places_;
    std::mutex mutex_;
    std::unique_ptr<const DuckDb> library_;
};

}  // namespace pinflow::engine
