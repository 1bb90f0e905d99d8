// SPDX-License-Identifier: Apache-2.0
// Owners of DuckDB's handles: each destroys its own at the end of its scope.
#pragma once

#include <utility>

#include "engine/duckdb_library.h"

namespace pinflow::engine {

// Destroy is a pointer to the member of DuckDb that takes a Handle* and destroys it.
template <class Handle, auto Destroy>
class Owned final {
public:
    explicit Owned(const DuckDb& api, Handle handle = {}) : api_(&api), handle_(handle) {}
    ~Owned() {
        if (is_set()) (api_->*Destroy)(&handle_);
    }
    Owned(Owned&& other) noexcept
        : api_(other.api_), handle_(std::exchange(other.handle_, Handle{})) {}
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    Owned& operator=(Owned&&) = delete;

    Handle get() const { return handle_; }
    Handle* out() { return &handle_; }  // for the API's out parameters

private:
    bool is_set() const {
        if constexpr (requires { handle_ == nullptr; }) return handle_ != nullptr;
        else return true;
    }

    const DuckDb* api_;
    Handle handle_;
};

using Database = Owned<duckdb_database, &DuckDb::close>;
using Connection = Owned<duckdb_connection, &DuckDb::disconnect>;
using Config = Owned<duckdb_config, &DuckDb::destroy_config>;
using QueryResult = Owned<duckdb_result, &DuckDb::destroy_result>;
using Statements = Owned<duckdb_extracted_statements, &DuckDb::destroy_extracted>;
using Prepared = Owned<duckdb_prepared_statement, &DuckDb::destroy_prepare>;
using Chunk = Owned<duckdb_data_chunk, &DuckDb::destroy_data_chunk>;
using TableFunction = Owned<duckdb_table_function, &DuckDb::destroy_table_function>;
using LogicalType = Owned<duckdb_logical_type, &DuckDb::destroy_logical_type>;

}  // namespace pinflow::engine
