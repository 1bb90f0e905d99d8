// SPDX-License-Identifier: Apache-2.0
#include "engine/source_function.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "engine/chunks.h"
#include "engine/handles.h"

namespace pinflow::engine {
namespace {

// A callback is given an `info` and nothing else; with these it finds its object, and the rest of
// the API there. They are addresses in the one library that a process loads, set before the first
// callback can come.
struct Lookups {
    decltype(DuckDb::bind_get_extra_info) bind = nullptr;
    decltype(DuckDb::init_get_extra_info) init = nullptr;
    decltype(DuckDb::function_get_init_data) function = nullptr;
};
Lookups lookups;
std::once_flag lookups_set;

constexpr idx_t kThreadsMax = 256;  // DuckDB takes as many of them as it has

template <class T>
void destroy(void* object) {
    delete static_cast<T*>(object);
}

// The fields of a pass's rows: those of the schema that were asked for.
Schema chosen_fields(const Schema& schema, const std::vector<std::size_t>& columns) {
    Schema chosen;
    for (std::size_t column : columns) chosen.push_back(schema[column]);
    return chosen;
}

}  // namespace

// Of one statement; all its threads share it.
struct SourceFunction::Pass {
    explicit Pass(SourceFunction* owner) : function(owner) {}

    SourceFunction* function;
    std::unique_ptr<RowPass> rows;
    Schema schema;
    std::vector<std::size_t> vectors;  // of the output, one for each column of `schema`
};

// Of one thread of a statement: rows that have come and did not fit into the chunk before.
struct SourceFunction::Buffer {
    Rows rows;
    std::size_t given = 0;
};

Status SourceFunction::register_as(const std::string& name, duckdb_connection connection) {
    std::call_once(lookups_set, [&] {
        lookups = {.bind = api_.bind_get_extra_info,
                   .init = api_.init_get_extra_info,
                   .function = api_.function_get_init_data};
    });
    TableFunction function(api_, api_.create_table_function());
    api_.table_function_set_name(function.get(), name.c_str());
    api_.table_function_set_extra_info(function.get(), this, nullptr);
    api_.table_function_set_bind(function.get(), bind);
    api_.table_function_set_init(function.get(), begin_pass);
    api_.table_function_set_local_init(function.get(), begin_thread);
    api_.table_function_set_function(function.get(), fill);
    api_.table_function_supports_projection_pushdown(function.get(), true);
    if (api_.register_table_function(connection, function.get()) != DuckDBSuccess)
        return fail(Errc::internal, "DuckDB refuses the table function " + name);
    return {};
}

// ---- called by DuckDB ----

void SourceFunction::bind(duckdb_bind_info info) {
    auto* self = static_cast<SourceFunction*>(lookups.bind(info));
    for (const Field& field : self->source_.schema()) {
        LogicalType type(self->api_, make_logical_type(self->api_, field.type));
        self->api_.bind_add_result_column(info, field.name.c_str(), type.get());
    }
}

void SourceFunction::begin_pass(duckdb_init_info info) {
    auto* self = static_cast<SourceFunction*>(lookups.init(info));
    const DuckDb& api = self->api_;
    auto pass = std::make_unique<Pass>(self);
    std::vector<std::size_t> columns;
    for (idx_t at = 0; at < api.init_get_column_count(info); ++at) {
        std::size_t column = api.init_get_column_index(info, at);
        if (column >= self->source_.schema().size()) continue;  // a row id, which nobody looks at
        columns.push_back(column);
        pass->vectors.push_back(at);
    }
    if (columns.empty()) columns.push_back(0);  // only counted: rows are told by a column of theirs
    pass->schema = chosen_fields(self->source_.schema(), columns);
    auto rows = self->source_.begin(std::move(columns));
    if (!rows) {
        self->note_failure(rows.error());
        return api.init_set_error(info, rows.error().text.c_str());
    }
    pass->rows = *std::move(rows);
    api.init_set_max_threads(info, kThreadsMax);
    api.init_set_init_data(info, pass.release(), destroy<Pass>);
}

void SourceFunction::begin_thread(duckdb_init_info info) {
    auto* self = static_cast<SourceFunction*>(lookups.init(info));
    self->api_.init_set_init_data(info, new Buffer, destroy<Buffer>);
}

void SourceFunction::fill(duckdb_function_info info, duckdb_data_chunk output) {
    auto* pass = static_cast<Pass*>(lookups.function(info));
    const DuckDb& api = pass->function->api_;
    auto* buffer = static_cast<Buffer*>(api.function_get_local_init_data(info));
    if (buffer->rows.columns.empty()) buffer->rows = Rows(pass->schema);
    bool more = true;
    while (more && buffer->given == buffer->rows.count()) {
        buffer->rows.clear();
        buffer->given = 0;
        auto next = pass->rows->next(buffer->rows);
        if (!next) {
            pass->function->note_failure(next.error());
            return api.function_set_error(info, next.error().text.c_str());
        }
        more = *next;
    }
    std::size_t count =
        std::min<std::size_t>(buffer->rows.count() - buffer->given, api.vector_size());
    for (std::size_t column = 0; count > 0 && column < pass->vectors.size(); ++column)
        fill_vector(api, buffer->rows.columns[column], buffer->given, count,
                    api.data_chunk_get_vector(output, pass->vectors[column]));
    api.data_chunk_set_size(output, count);
    buffer->given += count;
}

void SourceFunction::note_failure(const Error& error) {
    std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = error;
}

std::optional<Error> SourceFunction::take_failure() {
    std::scoped_lock lock(mutex_);
    return std::exchange(failure_, std::nullopt);
}

}  // namespace pinflow::engine
