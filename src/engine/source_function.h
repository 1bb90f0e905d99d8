// SPDX-License-Identifier: Apache-2.0
// A RowSource as a table function of DuckDB's: its workers call for rows as they need them, each
// with a buffer of its own.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "engine/duckdb_library.h"
#include "ports/sql_engine.h"

namespace pinflow::engine {

class SourceFunction final {
public:
    SourceFunction(const DuckDb& api, RowSource& source) : api_(api), source_(source) {}
    SourceFunction(const SourceFunction&) = delete;
    SourceFunction& operator=(const SourceFunction&) = delete;

    // Must stay where it is, and outlive the connection.
    Status register_as(const std::string& name, duckdb_connection connection);

    // DuckDB carries texts only. The error that ended a statement, as the source gave it, once.
    std::optional<Error> take_failure();

private:
    struct Pass;
    struct Buffer;

    static void bind(duckdb_bind_info info);
    static void begin_pass(duckdb_init_info info);
    static void begin_thread(duckdb_init_info info);
    static void fill(duckdb_function_info info, duckdb_data_chunk output);

    void note_failure(const Error& error);

    const DuckDb& api_;
    RowSource& source_;
    std::mutex mutex_;
    std::optional<Error> failure_;
};

}  // namespace pinflow::engine
