// SPDX-License-Identifier: Apache-2.0
#include "batch/dbml.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinflow::batch {
namespace {

std::string_view source_type(SourceColumn::Kind kind) {
    switch (kind) {
        case SourceColumn::Kind::integer: return "bigint";
        case SourceColumn::Kind::real: return "double";
        case SourceColumn::Kind::text: return "text";
        case SourceColumn::Kind::datetime: return "datetime";
        case SourceColumn::Kind::single_float: return "float";
    }
    return "text";
}

// Names that are no plain words, and types with brackets, need quotes.
std::string quoted(std::string_view name) { return fmt::format("\"{}\"", name); }

std::string note_text(std::string_view text) {
    std::string out = "'";
    for (char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + '\'';
}

std::string column_line(std::string_view name, std::string_view type, bool is_key) {
    return fmt::format("  {} {}{}\n", quoted(name), quoted(type), is_key ? " [pk]" : "");
}

std::string source_block(const PipelineKind& kind, const SourceTable& table) {
    std::string out = fmt::format("Table {} {{\n", quoted(table.name));
    for (std::size_t at = 0; at < table.columns.size(); ++at) {
        out += column_line(table.columns[at].name, source_type(table.columns[at].kind), at == 0);
    }
    return out + fmt::format(
                     "  Note: {}\n}}\n\n",
                     note_text(fmt::format("Source of the kind {}, sent to topic {} and stream {}",
                                           kind.name, kind.topic, kind.stream)));
}

std::string clean_block(const PipelineKind& kind) {
    std::string out = fmt::format("Table {} {{\n", quoted(kind.table));
    for (std::size_t at = 0; at < kind.cleaned.size(); ++at) {
        out += column_line(kind.cleaned[at].name, name_of(kind.cleaned[at].type), at == 0);
    }
    return out + fmt::format("  Note: {}\n}}\n\n",
                             note_text(fmt::format(
                                 "Cleaned by {}; questions call it {}; refused records are in "
                                 "{}_quarantine",
                                 kind.clean_file, kind.view, kind.table)));
}

std::string reference(std::string_view table, std::string_view column, std::string_view to_table,
                      std::string_view to_column) {
    return fmt::format("Ref: {}.{} - {}.{}\n", quoted(table), quoted(column), quoted(to_table),
                       quoted(to_column));
}

const SourceTable* source_of(const PipelineKind& kind, std::span<const SourceTable> tables) {
    auto found = std::ranges::find(tables, kind.source_table, &SourceTable::name);
    return found == tables.end() || found->columns.empty() ? nullptr : &*found;
}

}  // namespace

// The first kind is the hub: the kinds share one key, one row each.
std::string dbml(const Pipeline& pipeline, std::span<const SourceTable> source_tables) {
    std::string out = fmt::format(
        "Project {} {{\n  database_type: 'Delta Lake'\n  Note: {}\n}}\n\n", quoted(pipeline.name),
        note_text("The source tables of the pipeline and its cleaned ones"));
    std::string references;
    for (const PipelineKind& kind : pipeline.kinds) {
        const PipelineKind& hub = pipeline.kinds.front();
        const SourceTable* source = source_of(kind, source_tables);
        const SourceTable* hub_source = source_of(hub, source_tables);
        if (source != nullptr) out += source_block(kind, *source);
        out += clean_block(kind);
        if (&kind == &hub) continue;
        if (source != nullptr && hub_source != nullptr) {
            references += reference(source->name, source->columns[0].name, hub_source->name,
                                    hub_source->columns[0].name);
        }
        references += reference(kind.table, kind.cleaned[0].name, hub.table, hub.cleaned[0].name);
    }
    return out + references;
}

}  // namespace pinflow::batch
