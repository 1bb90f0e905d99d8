// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/commands.h"
#include "app/daily_schedule.h"
#include "app/run_text.h"
#include "app/running_address.h"
#include "app/server_query.h"
#include "base/reactor.h"
#include "codec/json/reader.h"
#include "codec/json/walk.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

constexpr std::size_t kRunsShown = 5;

// Without --json: the counts as /metrics has them, which are lines that a person can read.
std::string readable(const std::string& metrics) {
    std::string text;
    std::size_t at = 0;
    while (at < metrics.size()) {
        std::size_t end = metrics.find('\n', at);
        std::string line = metrics.substr(at, end - at);
        if (!line.starts_with('#')) text += line + "\n";
        at = end == std::string::npos ? metrics.size() : end + 1;
    }
    return text;
}

// "next":{…,"reason":"due at …"} of /api/v1/runs.
Result<std::string> next_reason(const std::string& runs) {
    json::JsonReader reader(runs);
    TRY_STATUS(reader.enter_object());
    while (true) {
        TRY(auto name, reader.next_member());
        if (!name) return std::string();
        if (*name == "next") {
            TRY_STATUS(reader.enter_object());
        } else if (*name == "reason") {
            return reader.read_string();
        } else {
            TRY_STATUS(reader.skip_value());
        }
    }
}

// A line for each station that is not getting on, by "problems" of /api/v1/status.
Result<std::string> problems_text(const Context& context) {
    TRY(auto status, ask_server(context, "/api/v1/status"));
    json::JsonReader reader(status);
    std::string text;
    TRY_STATUS(json::read_members(reader, [&](const std::string& name) -> Status {
        if (name != "problems") return reader.skip_value();
        return json::read_elements(reader, [&] {
            text += "problem:";
            Status read = json::read_members(reader, [&](const std::string&) -> Status {
                TRY(std::string said, reader.read_string());
                text += " " + said;
                return {};
            });
            text += "\n";
            return read;
        });
    }));
    return text;
}

// When the next run is due, and how the last ones went.
Result<std::string> schedule_text(const Context& context) {
    TRY(auto json, ask_server(context, "/api/v1/runs"));
    TRY(auto reason, next_reason(json));
    posix::PosixFiles files;
    TRY(auto book, open_run_book(context.directory, files));
    TRY(auto runs, run_here(book->list(kRunsShown)));
    return fmt::format("next run: {}\n{}", reason, runs.empty() ? "" : runs_text(runs));
}

}  // namespace

Exit command_status(const Context& context) {
    auto address = running_address(context.directory, "admin");
    if (!address) return report(address.error());
    std::string path = context.json ? "/api/v1/status" : "/metrics";
    auto text = ask_server(context, path);
    if (!text) return report(text.error());
    if (context.json) {
        print_out(*text + "\n");
        return Exit::ok;
    }
    auto schedule = schedule_text(context);
    if (!schedule) return report(schedule.error());
    auto problems = problems_text(context);
    if (!problems) return report(problems.error());
    print_out(readable(*text) + *problems + *schedule + "page: http://" + *address + "/\n");
    return Exit::ok;
}

}  // namespace pinflow::app
