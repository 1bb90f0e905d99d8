// SPDX-License-Identifier: Apache-2.0
#include "app/server_query.h"

#include <fmt/format.h>

#include <variant>

#include "app/reading.h"
#include "app/running_address.h"
#include "codec/json/reader.h"
#include "net/http_client.h"

namespace pinflow::app {
namespace {

using Cell = std::variant<std::monostate, std::int64_t, std::string>;

struct FlatObject {
    std::vector<std::string> names;
    std::vector<Cell> cells;
};

// RFC 9457's "detail", or the whole body.
std::string detail_of(const std::string& body) {
    json::JsonReader reader(body);
    if (!reader.enter_object()) return body;
    for (auto name = reader.next_member(); name && *name; name = reader.next_member()) {
        if (**name == "detail") return reader.read_string().value_or(body);
        if (!reader.skip_value()) break;
    }
    return body;
}

Result<Cell> read_cell(json::JsonReader& reader) {
    TRY(auto kind, reader.peek());
    if (kind == json::Kind::null) {
        TRY_STATUS(reader.read_null());
        return Cell{};
    }
    if (kind == json::Kind::number) {
        TRY(auto number, reader.read_int());
        return Cell{number};
    }
    TRY(auto text, reader.read_string());
    return Cell{std::move(text)};
}

Result<std::vector<FlatObject>> read_objects(std::string_view text) {
    json::JsonReader reader(text);
    TRY_STATUS(reader.enter_array());
    std::vector<FlatObject> objects;
    for (;;) {
        TRY(bool more, reader.next_element());
        if (!more) return objects;
        FlatObject& object = objects.emplace_back();
        TRY_STATUS(reader.enter_object());
        for (;;) {
            TRY(auto name, reader.next_member());
            if (!name) break;
            object.names.push_back(*std::move(name));
            TRY(object.cells.emplace_back(), read_cell(reader));
        }
    }
}

ColumnType type_of(const std::vector<FlatObject>& objects, std::size_t column) {
    for (const FlatObject& object : objects)
        if (std::holds_alternative<std::string>(object.cells[column])) return ColumnType::text;
    return ColumnType::int64;
}

void push_cell(Column& column, const Cell& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        column.push_integer(*number);
    } else if (const auto* text = std::get_if<std::string>(&cell)) {
        column.push_text(*text);
    } else {
        column.push_null();
    }
}

}  // namespace

Result<std::string> ask_server(const Context& context, const std::string& path) {
    TRY(auto address, running_address(context.directory, "admin"));
    std::string url = "http://" + address + path;
    TRY(auto client, net::HttpClient::open({}));
    TRY(auto answer, client->send(url, HttpRequest{.method = "GET"}));
    if (answer.status == 200) return std::move(answer.body);
    if (answer.status == 404) return fail(Errc::not_found, detail_of(answer.body));
    return fail(Errc::unavailable,
                fmt::format("{} answered {}: {}", url, answer.status, detail_of(answer.body)));
}

Result<Rows> rows_of_json(std::string_view text) {
    TRY(auto objects, read_objects(text));
    if (objects.empty()) return Rows{};
    Schema schema;
    for (const FlatObject& object : objects)
        if (object.names != objects.front().names)
            return fail(Errc::internal, "the server's rows have different columns");
    for (std::size_t i = 0; i < objects.front().names.size(); ++i)
        schema.push_back({.name = objects.front().names[i], .type = type_of(objects, i)});
    Rows rows(std::move(schema));
    for (const FlatObject& object : objects)
        for (std::size_t i = 0; i < object.cells.size(); ++i)
            push_cell(rows.columns[i], object.cells[i]);
    return rows;
}

Exit print_server_rows(const Context& context, const std::string& path, std::string_view nothing) {
    auto text = ask_server(context, path);
    if (!text) return report(text.error());
    if (context.json) {
        print_out(*text);
        return Exit::ok;
    }
    auto rows = rows_of_json(*text);
    if (!rows) return report(rows.error());
    if (rows->count() == 0) {
        print_message(nothing);
        return Exit::ok;
    }
    print_out(format_rows(*rows, "table", false));
    return Exit::ok;
}

}  // namespace pinflow::app
