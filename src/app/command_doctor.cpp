// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "app/commands.h"
#include "app/doctor.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

std::string_view name_of(Health health) {
    switch (health) {
        case Health::ok: return "ok";
        case Health::note: return "note";
        case Health::wrong: return "WRONG";
    }
    return "";
}

std::string findings_json(const std::vector<Finding>& findings) {
    json::JsonWriter writer;
    writer.begin_array();
    for (const Finding& finding : findings) {
        writer.begin_object();
        writer.member("health",
                      finding.health == Health::wrong ? "wrong" : name_of(finding.health));
        writer.member("subject", finding.subject);
        writer.member("text", finding.text);
        writer.member("fix", finding.fix);
        writer.end_object();
    }
    writer.end_array();
    return std::move(writer).take() + "\n";
}

std::string findings_text(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) {
        text += fmt::format("{:5}  {:14}  {}\n", name_of(finding.health), finding.subject,
                            finding.text);
        if (!finding.fix.empty()) text += fmt::format("{:23}-> {}\n", "", finding.fix);
    }
    return text;
}

}  // namespace

Exit command_doctor(const Context& context) {
    std::vector<Finding> findings = examine_machine(context);
    print_out(context.json ? findings_json(findings) : findings_text(findings));
    bool is_well = std::ranges::none_of(
        findings, [](const Finding& finding) { return finding.health == Health::wrong; });
    return is_well ? Exit::ok : Exit::check_failed;
}

}  // namespace pinflow::app
