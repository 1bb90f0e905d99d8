// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "engine/chunks.h"
#include "engine/copy_result.h"
#include "engine/sql_text.h"

namespace pinflow::engine {
namespace {

// Level 1 of zstd makes the file of a million pins 2 % larger and its writing a third cheaper.
constexpr std::string_view kParquetOptions = "COMPRESSION zstd, COMPRESSION_LEVEL 1, RETURN_STATS";

constexpr std::size_t kAnswerBytesMax = std::size_t{1} << 30;

// DuckDB begins each error's text with its kind. What is not listed is the statement's own fault.
std::unexpected<Error> duckdb_failure(const char* text) {
    constexpr std::array<std::pair<std::string_view, Errc>, 6> kKinds{{
        {"INTERRUPT Error", Errc::cancelled},
        {"IO Error", Errc::io},
        {"Out of Memory Error", Errc::too_large},
        {"Permission Error", Errc::permission},
        {"INTERNAL Error", Errc::internal},
        {"FATAL Error", Errc::internal},
    }};
    std::string_view said = text == nullptr ? "DuckDB failed without a text" : text;
    for (auto [kind, code] : kKinds)
        if (said.starts_with(kind)) return fail(code, std::string(said));
    return fail(Errc::invalid_argument, std::string(said));
}

std::string quoted_list(const std::vector<std::string>& texts) {
    std::vector<std::string> quoted;
    quoted.reserve(texts.size());
    for (const std::string& text : texts) quoted.push_back(quote_literal(text));
    return "[" + join(quoted, ", ") + "]";
}

std::vector<std::pair<std::string, std::string>> configuration_of(const SqlSettings& settings,
                                                                  const std::string& spill_path) {
    std::vector<std::pair<std::string, std::string>> options{
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},
        {"allow_persistent_secrets", "false"},
        {"temp_directory", spill_path},
        {"preserve_insertion_order", settings.any_order ? "false" : "true"},
    };
    if (settings.threads > 0) options.emplace_back("threads", std::to_string(settings.threads));
    if (settings.memory_bytes_max > 0)
        options.emplace_back("memory_limit", fmt::format("{}B", settings.memory_bytes_max));
    return options;
}

// What a COPY that failed has left.
void remove_beginning_with(const std::filesystem::path& folder, const std::string& beginning) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
        if (entry.path().filename().string().starts_with(beginning))
            std::filesystem::remove(entry.path(), ignored);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return to_lower(a) == to_lower(b);
}

// A view shows a timestamp as UTC TIMESTAMP: year() of one is ten times as quick as of a zoned one.
std::string_view view_type(ColumnType type) {
    return type == ColumnType::timestamp ? "TIMESTAMP" : sql_type(type);
}

}  // namespace

Result<std::unique_ptr<DuckDbSession>> DuckDbSession::open(const DuckDb& api,
                                                           const SqlSettings& settings) {
    TRY(SpillFolder spill, SpillFolder::make(settings.spill_directory));
    Config config(api);
    api.create_config(config.out());
    for (const auto& [name, value] : configuration_of(settings, spill.path()))
        if (api.set_config(config.get(), name.c_str(), value.c_str()) != DuckDBSuccess)
            return fail(Errc::internal, fmt::format("DuckDB {} refuses the setting {} = '{}'",
                                                    api.library_version(), name, value));

    std::unique_ptr<DuckDbSession> session(new DuckDbSession(api, std::move(spill)));
    session->allow_files_ = settings.allow_files;
    char* text = nullptr;
    if (api.open_ext(nullptr, session->database_.out(), config.get(), &text) != DuckDBSuccess) {
        auto failure = duckdb_failure(text);
        api.free(text);
        return failure;
    }
    if (api.connect(session->database_.get(), session->connection_.out()) != DuckDBSuccess)
        return fail(Errc::internal, "DuckDB opened no connection to its in-memory database");
    // The prelude with which the pipeline's SQL means the same here and on Spark; and, because the
    // files of a lake never change, their footers are read once a session.
    TRY_STATUS(
        session->execute("SET TimeZone = 'UTC'; CREATE TYPE timestamp_ltz AS TIMESTAMPTZ; "
                         "SET parquet_metadata_cache = true;"));
    return session;
}

Result<QueryResult> DuckDbSession::run(std::string_view sql) {
    QueryResult result(api_);
    if (api_.query(connection_.get(), std::string(sql).c_str(), result.out()) != DuckDBSuccess)
        return failure(api_.result_error(result.out()));
    return result;
}

// What a source of ours said is told as it said it; what the engine lacked, with what to give it.
std::unexpected<Error> DuckDbSession::failure(const char* text) {
    for (auto& source : sources_)
        if (auto said = source->take_failure()) return std::unexpected(*std::move(said));
    auto failed = duckdb_failure(text);
    if (failed.error().code == Errc::too_large && spill_.path().empty())
        return with_context(std::move(failed).error(),
                            "the engine's memory limit does not suffice: raise engine.memory");
    if (failed.error().code == Errc::too_large)
        return with_context(std::move(failed).error(),
                            fmt::format("the engine's memory limit and the disk under {} do not "
                                        "suffice: raise engine.memory, lower engine.threads, or "
                                        "free disk space",
                                        spill_.path()));
    if (failed.error().code == Errc::io && !spill_.path().empty() &&
        failed.error().text.contains(spill_.path()))
        return with_context(std::move(failed).error(),
                            "spilling failed: free disk space, or raise engine.memory");
    return failed;
}

Status DuckDbSession::create_source(std::string_view name, RowSource& source) {
    auto& function = sources_.emplace_back(std::make_unique<SourceFunction>(api_, source));
    std::string function_name = fmt::format("pinflow_source_{}", sources_.size());
    TRY_STATUS(function->register_as(function_name, connection_.get()));
    return execute(fmt::format("CREATE OR REPLACE VIEW {} AS SELECT * FROM {}()", quote_name(name),
                               function_name));
}

Status DuckDbSession::execute(std::string_view sql) {
    TRY_STATUS(run(sql));
    return {};
}

Status DuckDbSession::create_table(std::string_view name, const Schema& schema) {
    std::vector<std::string> columns;
    for (const Field& field : schema)
        columns.push_back(fmt::format("{} {}", quote_name(field.name), sql_type(field.type)));
    return execute(
        fmt::format("CREATE OR REPLACE TABLE {} ({})", quote_name(name), join(columns, ", ")));
}

Status DuckDbSession::append(std::string_view name, const Rows& rows) {
    std::vector<LogicalType> owned;
    std::vector<duckdb_logical_type> types;
    for (const Column& column : rows.columns)
        types.push_back(owned.emplace_back(api_, make_logical_type(api_, column.type)).get());
    Chunk chunk(api_, api_.create_data_chunk(types.data(), types.size()));

    Owned<duckdb_appender, &DuckDb::appender_destroy> appender(api_);
    auto failed = [&] { return duckdb_failure(api_.appender_error(appender.get())); };
    if (api_.appender_create(connection_.get(), nullptr, std::string(name).c_str(),
                             appender.out()) != DuckDBSuccess)
        return failed();
    for (std::size_t begin = 0; begin < rows.count(); begin += api_.vector_size()) {
        std::size_t count = std::min<std::size_t>(rows.count() - begin, api_.vector_size());
        api_.data_chunk_reset(chunk.get());
        for (std::size_t column = 0; column < rows.columns.size(); ++column)
            fill_vector(api_, rows.columns[column], begin, count,
                        api_.data_chunk_get_vector(chunk.get(), column));
        api_.data_chunk_set_size(chunk.get(), count);
        if (api_.append_data_chunk(appender.get(), chunk.get()) != DuckDBSuccess) return failed();
    }
    if (api_.appender_close(appender.get()) != DuckDBSuccess) return failed();
    return {};
}

// ---- views ----

Status DuckDbSession::create_view(std::string_view name, const Schema& schema,
                                  const std::vector<std::string>& parquet_paths) {
    std::string source = "(SELECT 1 WHERE false)";
    if (!parquet_paths.empty()) {
        TRY(source, view_source(parquet_paths));
    }
    TRY(std::string columns, view_columns(schema, source));
    return execute(fmt::format("CREATE OR REPLACE VIEW {} AS SELECT {} FROM {}", quote_name(name),
                               columns, source));
}

Result<std::string> DuckDbSession::view_source(const std::vector<std::string>& parquet_paths) {
    std::vector<std::string> absolute_paths;
    for (const std::string& path : parquet_paths) {
        std::error_code error;
        std::filesystem::path absolute = std::filesystem::absolute(path, error);
        if (error) return fail(Errc::io, fmt::format("{}: {}", path, error.message()));
        absolute_paths.push_back(absolute.lexically_normal());
    }
    if (!allow_files_) {
        auto is_new = [&](const std::string& path) { return !view_paths_.contains(path); };
        if (door_closed_ && std::ranges::any_of(absolute_paths, is_new))
            return fail(Errc::invalid_argument,
                        "a session without files takes no new ones after its first query: open "
                        "another session");
        view_paths_.insert(absolute_paths.begin(), absolute_paths.end());
    }
    return fmt::format("read_parquet({}, union_by_name = true)", quoted_list(absolute_paths));
}

// A file's column in the type the view shows; null where no file has it.
Result<std::string> DuckDbSession::view_columns(const Schema& schema, const std::string& source) {
    TRY(Prepared prepared, prepare_one("SELECT * FROM " + source));
    std::vector<ArrivingColumn> there = columns_of(prepared);
    std::vector<std::string> columns;
    for (const Field& field : schema) {
        auto found = std::ranges::find_if(there, [&](const ArrivingColumn& column) {
            return equal_ignoring_case(column.name, field.name);
        });
        std::string name = quote_name(field.name);
        bool zoned = found != there.end() && found->type == DUCKDB_TYPE_TIMESTAMP_TZ &&
                     field.type == ColumnType::timestamp;
        std::string value = found == there.end() ? "NULL" : name;
        columns.push_back(
            zoned ? fmt::format("make_timestamp(epoch_us({0})) AS {0}", name)
                  : fmt::format("CAST({} AS {}) AS {}", value, view_type(field.type), name));
    }
    return join(columns, ", ");
}

// ---- queries ----

Result<Prepared> DuckDbSession::prepare_one(std::string_view sql) {
    Statements statements(api_);
    idx_t count =
        api_.extract_statements(connection_.get(), std::string(sql).c_str(), statements.out());
    if (count == 0) {
        const char* text = api_.extract_statements_error(statements.get());
        if (text != nullptr && *text != '\0') return duckdb_failure(text);
    }
    if (count != 1)
        return fail(Errc::invalid_argument,
                    fmt::format("one statement is needed here, not {}", count));
    Prepared prepared(api_);
    if (api_.prepare_extracted_statement(connection_.get(), statements.get(), 0, prepared.out()) !=
        DuckDBSuccess)
        return duckdb_failure(api_.prepare_error(prepared.get()));
    return prepared;
}

std::vector<DuckDbSession::ArrivingColumn> DuckDbSession::columns_of(const Prepared& prepared) {
    std::vector<ArrivingColumn> columns;
    for (idx_t at = 0; at < api_.prepared_statement_column_count(prepared.get()); ++at) {
        LogicalType type(api_, api_.prepared_statement_column_logical_type(prepared.get(), at));
        // No type is known before the run where it hangs on a parameter; the run will refuse it.
        if (type.get() == nullptr) break;
        const char* name = api_.prepared_statement_column_name(prepared.get(), at);
        columns.push_back({name, api_.get_type_id(type.get()), !arriving_type(api_, type.get())});
        api_.free(const_cast<char*>(name));
    }
    return columns;
}

Result<Rows> DuckDbSession::query(std::string_view sql) {
    if (!allow_files_) {
        TRY_STATUS(close_the_door());
    }
    // A select can call this one, and the session's own log would then fail for want of a file.
    if (!allow_files_ && to_lower(sql).contains("enable_logging"))
        return fail(Errc::permission, "enable_logging is not allowed here");
    TRY(Prepared prepared, prepare_one(sql));
    bool selects = api_.prepared_statement_type(prepared.get()) == DUCKDB_STATEMENT_TYPE_SELECT;
    if (!allow_files_ && !selects)
        return fail(Errc::permission, "only a select is allowed here: this statement is another");

    std::vector<ArrivingColumn> columns = columns_of(prepared);
    if (selects && std::ranges::any_of(columns, &ArrivingColumn::needs_text)) {
        TRY(Prepared cast, prepare_one(with_text_casts(sql, columns)));
        return run_prepared(cast);
    }
    return run_prepared(prepared);
}

std::string DuckDbSession::with_text_casts(std::string_view sql,
                                           const std::vector<ArrivingColumn>& columns) {
    std::vector<std::string> aliases;  // by position: two columns may have one name
    std::vector<std::string> values;
    for (std::size_t at = 0; at < columns.size(); ++at) {
        aliases.push_back(fmt::format("c{}", at));
        std::string value = aliases.back();
        if (columns[at].needs_text) value = fmt::format("CAST({} AS VARCHAR)", value);
        values.push_back(value + " AS " + quote_name(columns[at].name));
    }
    return fmt::format("SELECT {} FROM ({}\n) AS t({})", join(values, ", "),
                       without_statement_end(sql), join(aliases, ", "));
}

Result<Rows> DuckDbSession::run_prepared(const Prepared& prepared) {
    QueryResult result(api_);
    if (api_.execute_prepared(prepared.get(), result.out()) != DuckDBSuccess)
        return failure(api_.result_error(result.out()));
    std::vector<LogicalType> types;
    Schema schema;
    for (idx_t at = 0; at < api_.column_count(result.out()); ++at) {
        LogicalType& type = types.emplace_back(api_, api_.column_logical_type(result.out(), at));
        auto arriving = arriving_type(api_, type.get());
        if (!arriving)
            return fail(Errc::unsupported, fmt::format("column {} of the answer is of a type that "
                                                       "cannot be shown: cast it to VARCHAR",
                                                       api_.column_name(result.out(), at)));
        schema.push_back({api_.column_name(result.out(), at), *arriving});
    }

    Rows rows(std::move(schema));
    while (true) {
        Chunk chunk(api_, api_.fetch_chunk(*result.out()));
        if (chunk.get() == nullptr) break;
        for (std::size_t at = 0; at < types.size(); ++at)
            take_vector(api_, types[at].get(), api_.data_chunk_get_vector(chunk.get(), at),
                        api_.data_chunk_get_size(chunk.get()), rows.columns[at]);
        if (rows.bytes() > kAnswerBytesMax)
            return fail(Errc::too_large,
                        fmt::format("the answer is over {} bytes: select less, or add a LIMIT",
                                    kAnswerBytesMax));
    }
    for (std::size_t at = 0; at < rows.columns.size(); ++at)
        rows.schema[at].type = rows.columns[at].type;  // a wide sum may have become float64
    return rows;
}

// From here on DuckDB itself refuses every file but the views' own, and every change of that.
Status DuckDbSession::close_the_door() {
    if (door_closed_) return {};
    std::vector<std::string> paths(view_paths_.begin(), view_paths_.end());
    TRY_STATUS(
        execute(fmt::format("SET allowed_paths = {}; SET enable_external_access = false; "
                            "SET lock_configuration = true;",
                            quoted_list(paths))));
    door_closed_ = true;
    return {};
}

// ---- Parquet ----

// A select stands behind the '(' on the same line, so that an error's "LINE 3" is its author's.

Result<ParquetFile> DuckDbSession::write_parquet(std::string_view sql, const Schema& schema,
                                                 const std::string& path) {
    TRY(auto files, copy_to(path, sql, schema, ""));
    return std::move(files.front());
}

Result<std::vector<ParquetFile>> DuckDbSession::write_parquet_files(std::string_view sql,
                                                                    const Schema& schema,
                                                                    const std::string& path,
                                                                    std::uint64_t file_bytes) {
    std::filesystem::path first(path);
    std::string beginning = first.stem().string() + "_";
    auto files = copy_to(first.parent_path(), sql, schema,
                         fmt::format(", FILE_SIZE_BYTES {}, OVERWRITE_OR_IGNORE, "
                                     "FILENAME_PATTERN {}",
                                     file_bytes, quote_literal(beginning + "{i}")));
    if (!files) remove_beginning_with(first.parent_path(), beginning);
    return files;
}

Result<std::vector<ParquetFile>> DuckDbSession::copy_to(const std::string& place,
                                                        std::string_view sql, const Schema& schema,
                                                        const std::string& options) {
    if (!allow_files_) return fail(Errc::permission, "this session writes no files");
    std::vector<std::string> columns;
    for (const Field& field : schema)
        columns.push_back(
            fmt::format("CAST({0} AS {1}) AS {0}", quote_name(field.name), sql_type(field.type)));
    auto result = run(fmt::format("COPY (SELECT {} FROM ({}\n)) TO {} (FORMAT parquet, {}{})",
                                  join(columns, ", "), without_statement_end(sql),
                                  quote_literal(place), kParquetOptions, options));
    if (!result) return explain_copy_failure(sql, std::move(result).error());
    return take_parquet_files(api_, *result, schema);
}

// The select's own error points into the text that its author knows.
std::unexpected<Error> DuckDbSession::explain_copy_failure(std::string_view sql, Error error) {
    auto prepared = prepare_one(sql);
    return std::unexpected(prepared ? std::move(error) : std::move(prepared).error());
}

void DuckDbSession::interrupt() { api_.interrupt(connection_.get()); }

}  // namespace pinflow::engine
