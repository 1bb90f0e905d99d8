// SPDX-License-Identifier: Apache-2.0
#include "batch/sql_error.h"

#include <fmt/format.h>

#include <string_view>

namespace pinflow::batch {
namespace {

// DuckDB shows the place below its text: "\nLINE 3: select …" and a caret.
constexpr std::string_view kLine = "\nLINE ";

std::string line_of(std::string_view text) {
    std::size_t at = text.find(kLine);
    if (at == std::string_view::npos) return "";
    text.remove_prefix(at + kLine.size());
    return std::string(text.substr(0, text.find_first_not_of("0123456789")));
}

}  // namespace

std::unexpected<Error> at_sql_file(Error error, const std::string& file) {
    std::string line = line_of(error.text);
    return with_context(std::move(error), line.empty() ? file : fmt::format("{}:{}", file, line));
}

}  // namespace pinflow::batch
