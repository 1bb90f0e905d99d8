// SPDX-License-Identifier: Apache-2.0
// `pinflow check --connect`: one line a station, printed in data order as they are known.
#include <fmt/format.h>

#include <future>

#include "app/commands.h"
#include "app/connection_checks.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

struct Finding {
    const ConnectionCheck* check = nullptr;
    Result<std::string> outcome;
};

std::string line_of(const Finding& finding) {
    const ConnectionCheck& check = *finding.check;
    std::string line =
        fmt::format("{:6}  {:9}  {}\n", finding.outcome ? "ok" : "FAILED", check.station, check.at);
    return line + fmt::format("{:19}{}\n", "",
                              finding.outcome ? *finding.outcome : finding.outcome.error().text);
}

std::string findings_json(const std::vector<Finding>& findings, const std::string& profile) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("profile", profile);
    writer.key("stations").begin_array();
    for (const Finding& finding : findings) {
        writer.begin_object();
        writer.member("station", finding.check->station);
        writer.member("at", finding.check->at);
        writer.member("is_remote", finding.check->is_remote);
        writer.member("is_ok", finding.outcome.has_value());
        writer.member("text", finding.outcome ? *finding.outcome : finding.outcome.error().text);
        writer.end_object();
    }
    writer.end_array();
    writer.end_object();
    return std::move(writer).take() + "\n";
}

}  // namespace

Exit command_check_connect(const Context& context) {
    auto checks = connection_checks(context);
    if (!checks) {
        (void)report(checks.error());
        return Exit::bad_configuration;
    }
    if (!context.json) print_out("profile " + context.sources.profile + "\n");
    std::vector<Finding> findings;
    bool is_well = true;
    // Side by side: services that are silent are waited for once, not one after the other.
    std::vector<std::future<Result<std::string>>> outcomes;
    for (const ConnectionCheck& check : *checks)
        outcomes.push_back(std::async(std::launch::async, check.run));
    for (std::size_t at = 0; at < checks->size(); ++at) {
        findings.push_back({&(*checks)[at], outcomes[at].get()});
        is_well = is_well && findings.back().outcome;
        if (!context.json) print_out(line_of(findings.back()));
    }
    if (context.json) print_out(findings_json(findings, context.sources.profile));
    return is_well ? Exit::ok : Exit::unavailable;
}

}  // namespace pinflow::app
