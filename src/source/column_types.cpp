// SPDX-License-Identifier: Apache-2.0
#include "source/column_types.h"

#include "base/check.h"
#include "base/text.h"

namespace pinflow::source {

using Kind = SourceColumn::Kind;

std::string_view declared_as(Kind kind) {
    switch (kind) {
        case Kind::integer: return "INTEGER";
        case Kind::real: return "DOUBLE";
        case Kind::text: return "TEXT";
        case Kind::datetime: return "DATETIME";
        case Kind::single_float: return "FLOAT";
    }
    CHECK(false);
}

Kind kind_of_declared(std::string_view type) {
    struct Rule {
        std::string_view part;
        Kind kind;
    };
    // In this order: "datetime" contains no "int", but "point" does.
    constexpr Rule kRules[] = {
        {"int", Kind::integer},  {"datetime", Kind::datetime}, {"timestamp", Kind::datetime},
        {"float", Kind::single_float}, {"doub", Kind::real},   {"real", Kind::real},
    };
    std::string lower = to_lower(type);
    for (const Rule& rule : kRules) {
        if (lower.find(rule.part) != std::string::npos) return rule.kind;
    }
    return Kind::text;
}

}  // namespace pinflow::source
