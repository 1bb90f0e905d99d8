// SPDX-License-Identifier: Apache-2.0
#include "codec/delta/schema_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "codec/json/writer.h"

namespace pinflow::delta {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view kDoubleList =
    R"({"type":"array","elementType":"double","containsNull":true})";

struct TypeName {
    ColumnType type;
    std::string_view name;
};
constexpr std::array<TypeName, 7> kTypeNames{{
    {ColumnType::boolean, "boolean"},
    {ColumnType::int32, "integer"},
    {ColumnType::int64, "long"},
    {ColumnType::float64, "double"},
    {ColumnType::text, "string"},
    {ColumnType::binary, "binary"},
    {ColumnType::timestamp, "timestamp"},
}};

void write_type(json::JsonWriter& out, ColumnType type) {
    auto found = std::ranges::find(kTypeNames, type, &TypeName::type);
    if (found == kTypeNames.end()) out.raw(kDoubleList);
    else out.value(found->name);
}

std::optional<ColumnType> column_type(const element& json) {
    if (std::string_view name; json.get(name) == simdjson::SUCCESS) {
        auto found = std::ranges::find(kTypeNames, name, &TypeName::name);
        if (found == kTypeNames.end()) return std::nullopt;
        return found->type;
    }
    std::string_view kind;
    std::string_view item;
    bool doubles = json["type"].get(kind) == simdjson::SUCCESS && kind == "array" &&
                   json["elementType"].get(item) == simdjson::SUCCESS && item == "double";
    if (!doubles) return std::nullopt;
    return ColumnType::float64_list;
}

// Metadata under these names binds whoever writes; comments and the like do not.
bool has_demands(const object& field) {
    bool nullable = true;
    if (field["nullable"].get(nullable) == simdjson::SUCCESS && !nullable) return true;
    object metadata;
    if (field["metadata"].get(metadata) != simdjson::SUCCESS) return false;
    return std::ranges::any_of(metadata, [](const auto& entry) {
        return std::string_view(entry.key).starts_with("delta.");
    });
}

Result<Field> read_field(const object& json) {
    std::string_view name;
    element type;
    if (json["name"].get(name) != simdjson::SUCCESS || json["type"].get(type) != simdjson::SUCCESS)
        return fail(Errc::corrupt, "schemaString: a field lacks its name or type");
    auto known = column_type(type);
    if (!known)
        return fail(Errc::unsupported,
                    fmt::format("column {} is of type {}, which is not read here", name,
                                simdjson::minify(type)));
    return Field{std::string(name), *known};
}

}  // namespace

std::string write_schema(const Schema& columns) {
    json::JsonWriter out;
    out.begin_object().member("type", std::string_view{"struct"}).key("fields").begin_array();
    for (const Field& field : columns) {
        out.begin_object().member("name", field.name).key("type");
        write_type(out, field.type);
        out.member("nullable", true).key("metadata").begin_object().end_object().end_object();
    }
    out.end_array().end_object();
    return std::move(out).take();
}

Result<TableSchema> read_schema(std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::array fields;
    if (parser.parse(json.data(), json.size())["fields"].get(fields) != simdjson::SUCCESS)
        return fail(Errc::corrupt, "schemaString is no struct with fields");
    TableSchema schema;
    for (element item : fields) {
        object field;
        if (item.get(field) != simdjson::SUCCESS)
            return fail(Errc::corrupt, "schemaString: a field is no object");
        TRY(Field column, read_field(field));
        schema.columns.push_back(std::move(column));
        schema.has_demands = schema.has_demands || has_demands(field);
    }
    return schema;
}

}  // namespace pinflow::delta
