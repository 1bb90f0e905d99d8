// SPDX-License-Identifier: Apache-2.0
#include "remote/spark/check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
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

Status check_databricks(const DatabricksSettings& settings) {
    TRY(auto client, net::HttpClient::open({}));
    std::string url = settings.url + "/api/2.2/jobs/list?limit=1";
    HttpRequest request{.method = "GET",
                        .headers = {{"Authorization", "Bearer " + settings.token}}};
    TRY(HttpResponse answer, client->send(url, request));
    if (answer.status == 200) return {};
    Errc code = answer.status == 401 || answer.status == 403 ? Errc::permission : Errc::unavailable;
    return fail(code, fmt::format("{} answered {}; look at spark.databricks_url and "
                                  "spark.databricks_token_file",
                                  url, answer.status));
}

}  // namespace pinflow::spark
