// SPDX-License-Identifier: Apache-2.0
#include "remote/spark/check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "base/text.h"
#include "codec/json/reader.h"
#include "net/http_client.h"

namespace pinflow::spark {

Result<std::string> find_submit(const SubmitSettings& settings) {
    const std::string& program = settings.program;
    if (program.contains('/') && ::access(program.c_str(), X_OK) == 0) return program;
    const char* path = std::getenv("PATH");
    for (std::string_view folder : split(path == nullptr ? "" : path, ':')) {
        std::string candidate = std::string(folder) + "/" + program;
        if (!program.contains('/') && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return fail(Errc::not_found,
                fmt::format("{} is not to be found: install Spark (pip install pyspark), or say "
                            "where it is with spark.submit",
                            program));
}

namespace {

constexpr std::chrono::milliseconds kTimeout{10'000};

// Nothing for the answer of a workspace to jobs/list.
std::string wrong_with(const HttpResponse& answer) {
    json::JsonReader reader(answer.body);
    switch (answer.status) {
        case 200: return reader.enter_object() ? "" : "this is not an answer of Databricks'";
        case 401:
        case 403:
            return "the token of spark.databricks_token_file is wrong, over, or its owner has no "
                   "right to see jobs";
        case 429: return "it asks for fewer requests: try later";
        default: break;
    }
    return answer.status >= 500 ? "the workspace, or what stands in its place, fails by itself: "
                                  "try later"
                                : "this is not an answer of a workspace";
}

Errc code_of(int status) {
    if (status == 401 || status == 403) return Errc::permission;
    return status == 429 || status >= 500 ? Errc::unavailable : Errc::invalid_argument;
}

}  // namespace

Status check_databricks(const DatabricksSettings& settings) {
    TRY(auto client,
        net::HttpClient::open({.connect_timeout = kTimeout, .total_timeout = kTimeout}));
    std::string url = settings.url + "/api/2.2/jobs/list?limit=1";
    HttpRequest request{.method = "GET",
                        .headers = {{"Authorization", "Bearer " + settings.token}}};
    auto answer = client->send(url, request);
    if (!answer) return std::unexpected(unreached(std::move(answer).error()));
    std::string wrong = wrong_with(*answer);
    if (wrong.empty()) return {};
    return fail(code_of(answer->status), fmt::format("{} answered {}: {}; see spark.databricks_url",
                                                     url, answer->status, wrong));
}

}  // namespace pinflow::spark
