// SPDX-License-Identifier: Apache-2.0
// DuckDB's C API as a table of function pointers. The library (70 MB) is opened at the first
// session, so that a process which asks no SQL pays neither its start-up time nor its memory.
#pragma once

#include <duckdb.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

// Every function used. Adding a name here is all it takes to call api.name(...).
#define PINFLOW_DUCKDB_FUNCTIONS(F)                                                                \
    F(library_version)                                                                             \
    F(create_config)                                                                               \
    F(set_config)                                                                                  \
    F(destroy_config)                                                                              \
    F(open_ext)                                                                                    \
    F(close)                                                                                       \
    F(free)                                                                                        \
    F(connect)                                                                                     \
    F(disconnect) F(interrupt) F(query) F(destroy_result) F(result_error) F(column_count) F(       \
        column_name) F(column_logical_type) F(fetch_chunk) F(extract_statements)                   \
        F(extract_statements_error) F(prepare_extracted_statement) F(destroy_extracted) F(         \
            prepare_error) F(destroy_prepare) F(prepared_statement_type)                           \
            F(prepared_statement_column_count) F(prepared_statement_column_name) F(                \
                prepared_statement_column_logical_type) F(execute_prepared) F(create_data_chunk)   \
                F(destroy_data_chunk) F(data_chunk_reset) F(data_chunk_get_size) F(                \
                    data_chunk_set_size) F(data_chunk_get_vector) F(vector_size)                   \
                    F(vector_get_data) F(vector_get_validity) F(                                   \
                        vector_ensure_validity_writable) F(vector_assign_string_element_len)       \
                        F(list_vector_get_child) F(list_vector_set_size) F(list_vector_reserve) F( \
                            struct_vector_get_child) F(create_logical_type) F(create_list_type)    \
                            F(destroy_logical_type) F(get_type_id) F(list_type_child_type) F(      \
                                decimal_scale) F(decimal_internal_type) F(appender_create)         \
                                F(append_data_chunk) F(appender_error) F(appender_close) F(        \
                                    appender_destroy) F(create_table_function)                     \
                                    F(destroy_table_function) F(table_function_set_name) F(        \
                                        table_function_set_extra_info) F(table_function_set_bind)  \
                                        F(table_function_set_init) F(                              \
                                            table_function_set_local_init)                         \
                                            F(table_function_set_function) F(                      \
                                                table_function_supports_projection_pushdown)       \
                                                F(register_table_function) F(bind_get_extra_info)  \
                                                    F(bind_add_result_column) F(                   \
                                                        init_get_extra_info) F(init_set_init_data) \
                                                        F(init_get_column_count) F(                \
                                                            init_get_column_index)                 \
                                                            F(init_set_max_threads) F(             \
                                                                init_set_error)                    \
                                                                F(function_get_init_data) F(       \
                                                                    function_get_local_init_data)  \
                                                                    F(function_set_error)

namespace pinflow::engine {

struct DuckDb {
#define PINFLOW_DUCKDB_MEMBER(name) decltype(&duckdb_##name) name = nullptr;
    PINFLOW_DUCKDB_FUNCTIONS(PINFLOW_DUCKDB_MEMBER)
#undef PINFLOW_DUCKDB_MEMBER
    std::string path;  // where the library was found
};

// The places looked at, in order: the environment, beside the program, the build's own, the
// system's.
std::vector<std::string> duckdb_library_places();

// unavailable, naming the places, when none of them holds a library with all the functions. A
// library once loaded stays: its worker threads may outlive any object of ours.
Result<std::unique_ptr<const DuckDb>> load_duckdb(const std::vector<std::string>& places);

}  // namespace pinflow::engine
