// SPDX-License-Identifier: Apache-2.0
#include "app/flush_server.h"

#include <fmt/format.h>

#include "app/running_address.h"
#include "net/http_client.h"

namespace pinflow::app {

Result<std::string> flush_server(const DataDirectory& directory) {
    auto address = running_address(directory, "admin");
    if (!address) return "no server runs from this directory: the objects are as they are";
    std::string url = fmt::format("http://{}/api/v1/flush", *address);
    TRY(auto client, net::HttpClient::open({}));
    auto answer = client->send(url, HttpRequest{.method = "POST"});
    if (!answer && answer.error().code == Errc::unavailable) {
        return "no server answers: the objects are as they are";
    }
    if (!answer) return std::unexpected(answer.error());
    if (answer->status != 200) {
        return fail(Errc::unavailable,
                    fmt::format("{} answered {}: {}", url, answer->status, answer->body));
    }
    return "the server's sink has put all that was accepted so far into objects";
}

}  // namespace pinflow::app
