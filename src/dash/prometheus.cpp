// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "dash/admin_api.h"

namespace pinflow::dash {
namespace {

std::string label_value(const std::string& value) {
    std::string out;
    for (char c : value) {
        if (c == '\\' || c == '"') out.push_back('\\');
        if (c == '\n') out += "\\n";
        else out.push_back(c);
    }
    return out;
}

std::string label_text(const Labels& labels) {
    if (labels.empty()) return "";
    std::string text = "{";
    for (const auto& [name, value] : labels) {
        if (text.size() > 1) text += ",";
        text += fmt::format("{}=\"{}\"", name, label_value(value));
    }
    return text + "}";
}

}  // namespace

std::string prometheus_text(const std::vector<MeterReading>& readings) {
    std::string text;
    std::string previous;
    for (const MeterReading& reading : readings) {
        if (reading.name != previous) {
            text +=
                fmt::format("# HELP {} {}\n# TYPE {} {}\n", reading.name, reading.text,
                            reading.name, reading.kind == MeterKind::counter ? "counter" : "gauge");
            previous = reading.name;
        }
        text += fmt::format("{}{} {}\n", reading.name, label_text(reading.labels), reading.value);
    }
    return text;
}

}  // namespace pinflow::dash
