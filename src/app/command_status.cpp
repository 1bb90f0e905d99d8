// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/commands.h"
#include "app/running_address.h"
#include "net/http_client.h"

namespace pinflow::app {
namespace {

Result<std::string> fetch_text(const std::string& url) {
    TRY(auto client, net::HttpClient::open({}));
    TRY(auto answer, client->send(url, HttpRequest{.method = "GET"}));
    if (answer.status != 200) {
        return fail(Errc::unavailable, fmt::format("{} answered {}", url, answer.status));
    }
    return std::move(answer.body);
}

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

}  // namespace

Exit command_status(const Context& context) {
    auto address = running_address(context.directory, "admin");
    if (!address) return report(address.error());
    std::string path = context.json ? "/api/v1/status" : "/metrics";
    auto text = fetch_text("http://" + *address + path);
    if (!text) return report(text.error());
    print_out(context.json ? *text + "\n" : readable(*text) + "page: http://" + *address + "/\n");
    return Exit::ok;
}

}  // namespace pinflow::app
