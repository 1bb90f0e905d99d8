// SPDX-License-Identifier: Apache-2.0
#include "remote/spark/databricks.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "base/hash.h"
#include "base/secret_text.h"
#include "codec/json/reader.h"
#include "codec/json/writer.h"
#include "net/http_client.h"

namespace pinflow::spark {
namespace {

using json::JsonReader;

constexpr std::size_t kErrorTextMax = 500;
constexpr const char* kTaskKey = "pinflow";

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void wait(std::int64_t milliseconds, std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop, std::chrono::milliseconds(milliseconds), [] { return false; });
}

// A text or number at a path of names ("state", "result_state"); an array on the way gives its
// first element. Nothing when it is not there.
std::optional<std::string> member_at(std::string_view text, std::span<const char* const> path) {
    JsonReader reader(text);
    for (const char* wanted : path) {
        auto kind = reader.peek();
        if (kind && *kind == json::Kind::array) {
            auto is_there = reader.enter_array() ? reader.next_element() : Result<bool>(false);
            if (!is_there || !*is_there) return std::nullopt;
        }
        if (!reader.enter_object()) return std::nullopt;
        while (true) {
            auto name = reader.next_member();
            if (!name || !*name) return std::nullopt;
            if (**name == wanted) break;
            if (!reader.skip_value()) return std::nullopt;
        }
    }
    auto kind = reader.peek();
    std::string value;
    if (!kind || *kind == json::Kind::null) return std::nullopt;
    if (*kind == json::Kind::string) {
        auto read = reader.read_string();
        return read ? std::optional(*std::move(read)) : std::nullopt;
    }
    return reader.copy_value(value) ? std::optional(value) : std::nullopt;
}

template <class... Names>
std::string text_at(std::string_view text, Names... names) {
    const char* path[] = {names...};
    return member_at(text, path).value_or("");
}

class Databricks final {
public:
    Databricks(const DatabricksSettings& settings, std::unique_ptr<net::HttpClient> client,
               std::stop_token stop)
        : settings_(settings), client_(std::move(client)), stop_(std::move(stop)) {}

    Result<std::string> run(const std::vector<ApplicationFile>& files,
                            std::vector<std::string> arguments);

private:
    Result<std::string> call(const std::string& method, const std::string& path, std::string body,
                             const char* type, std::stop_token stop);
    Result<std::string> get(const std::string& path) {
        return call("GET", path, "", "application/json", stop_);
    }
    Result<std::string> submit(const std::vector<std::string>& arguments);
    Result<std::string> wait_for_end(const std::string& run);
    void cancel(const std::string& run);
    Error failure_of(const std::string& state);

    const DatabricksSettings& settings_;
    std::unique_ptr<net::HttpClient> client_;
    const std::stop_token stop_;
    const std::string id_ = random_uuid();
    const std::int64_t deadline_ms_ = now_ms() + settings_.timeout_ms;
    std::string folder_;
};

// {"error_code":"PERMISSION_DENIED","message":"…"}; other bodies are not repeated.
Error error_of(int status, const std::string& url, const std::string& body,
               const std::string& token) {
    std::string what = without_secrets(text_at(body, "message"), {token});
    if (what.size() > kErrorTextMax) what.resize(kErrorTextMax);
    if (what.empty()) what = "no word of Databricks'; see spark.databricks_url";
    std::string text = fmt::format("{} answered {}: {}", url, status, what);
    if (status == 401) return {Errc::permission, text + " (look at spark.databricks_token_file)"};
    if (status == 403) {
        return {Errc::permission,
                text +
                    " (the token's owner needs the right to write spark.databricks_folder and "
                    "to run jobs on the cluster)"};
    }
    if (status == 404) return {Errc::not_found, text};
    bool may_pass = status == 429 || status >= 500;
    return {may_pass ? Errc::unavailable : Errc::invalid_argument, text};
}

// Again after 429, 5xx and lost answers: uploads replace, and a submission has its token.
Result<std::string> Databricks::call(const std::string& method, const std::string& path,
                                     std::string body, const char* type, std::stop_token stop) {
    HttpRequest request{.method = method,
                        .target = {},
                        .headers = {{"Authorization", "Bearer " + settings_.token},
                                    {"Content-Type", type},
                                    {"User-Agent", "pinflow"}},
                        .body = std::move(body)};
    std::int64_t pause_ms = settings_.retry_ms;
    for (int attempt = 1;; ++attempt, pause_ms *= 2) {
        auto answer = client_->send(settings_.url + path, request, stop);
        if (answer && answer->status < 300) return std::move(answer->body);
        Error error =
            answer ? error_of(answer->status, settings_.url + path, answer->body, settings_.token)
                   : unreached(answer.error());
        bool may_pass = error.code == Errc::unavailable || error.code == Errc::io ||
                        error.code == Errc::timed_out;
        if (!may_pass || attempt == kTriesMax || now_ms() + pause_ms > deadline_ms_)
            return std::unexpected(std::move(error));
        wait(pause_ms, stop);
        if (stop.stop_requested()) return fail(Errc::cancelled, "stopped while Databricks waited");
    }
}

Result<std::string> Databricks::submit(const std::vector<std::string>& arguments) {
    json::JsonWriter writer;
    writer.begin_object().member("run_name", std::string_view("pinflow batch"));
    writer.member("idempotency_token", std::string_view(id_));
    writer.member("timeout_seconds", settings_.timeout_ms / 1'000);
    writer.key("tasks").begin_array().begin_object();
    writer.member("task_key", std::string_view(kTaskKey));
    if (settings_.cluster.starts_with('{')) {
        writer.key("new_cluster").raw(settings_.cluster);
    } else {
        writer.member("existing_cluster_id", std::string_view(settings_.cluster));
    }
    writer.key("spark_python_task").begin_object();
    writer.member("python_file", std::string_view(folder_ + "/batch.py"));
    writer.key("parameters").begin_array();
    for (const std::string& argument : arguments) writer.value(std::string_view(argument));
    writer.end_array().end_object().end_object().end_array().end_object();
    TRY(std::string answer, call("POST", "/api/2.2/jobs/runs/submit", std::move(writer).take(),
                                 "application/json", stop_));
    std::string run = text_at(answer, "run_id");
    if (run.empty())
        return fail(Errc::corrupt, settings_.url +
                                       " gave no run_id; does spark.databricks_url lead to a "
                                       "workspace?");
    return run;
}

// The answer of runs/get once the run is over.
Result<std::string> Databricks::wait_for_end(const std::string& run) {
    while (true) {
        auto state = get("/api/2.2/jobs/runs/get?run_id=" + run);
        if (!state) {
            if (state.error().code == Errc::cancelled) cancel(run);
            return state;
        }
        std::string cycle = text_at(*state, "state", "life_cycle_state");
        if (cycle == "TERMINATED" || cycle == "SKIPPED" || cycle == "INTERNAL_ERROR") return state;
        if (now_ms() >= deadline_ms_) {
            cancel(run);
            return fail(
                Errc::timed_out,
                fmt::format("run {} did not end within {} s (spark.timeout) and was "
                            "cancelled: {}",
                            run, settings_.timeout_ms / 1'000, text_at(*state, "run_page_url")));
        }
        wait(settings_.poll_ms, stop_);
        if (stop_.stop_requested()) {
            cancel(run);
            return fail(Errc::cancelled, fmt::format("stopped; run {} was cancelled", run));
        }
    }
}

void Databricks::cancel(const std::string& run) {
    // Without the stop that led here.
    (void)call("POST", "/api/2.2/jobs/runs/cancel", fmt::format("{{\"run_id\":{}}}", run),
               "application/json", {});
}

// The run failed and left no report: what its task says, and where its page is.
Error Databricks::failure_of(const std::string& state) {
    std::string task = text_at(state, "tasks", "run_id");
    auto output = get("/api/2.2/jobs/runs/get-output?run_id=" + task);
    std::string said = output ? text_at(*output, "error") : "";
    if (said.empty()) said = text_at(state, "state", "state_message");
    return {Errc::failed_check,
            fmt::format("the run on Databricks ended {} ({}): {}; see {}",
                        text_at(state, "state", "life_cycle_state"),
                        text_at(state, "state", "result_state"),
                        without_secrets(said, {settings_.token}).substr(0, kErrorTextMax),
                        text_at(state, "run_page_url"))};
}

Result<std::string> Databricks::run(const std::vector<ApplicationFile>& files,
                                    std::vector<std::string> arguments) {
    folder_ = settings_.folder + "/runs/" + id_;
    auto path_of = [&](const std::string& name) {
        return "/api/2.0/fs/files" + folder_ + "/" + name;
    };
    for (const ApplicationFile& file : files) {
        auto put = call("PUT", path_of(file.name) + "?overwrite=true", file.bytes,
                        "application/octet-stream", stop_);
        if (!put) return std::unexpected(std::move(put).error());
    }
    arguments.insert(arguments.end(), {"--report", folder_ + "/report.json"});
    TRY(std::string run, submit(arguments));
    TRY(std::string state, wait_for_end(run));
    auto report = get(path_of("report.json"));
    if (report || report.error().code != Errc::not_found) return report;
    return std::unexpected(failure_of(state));
}

}  // namespace

Error unreached(Error error) {
    if (error.code == Errc::permission) {
        error.text +=
            "; give this machine the CA that signed it (update-ca-certificates), or see "
            "spark.databricks_url";
    } else if (error.code != Errc::cancelled) {
        error.text += "; see spark.databricks_url";
    }
    return error;
}

Result<std::string> run_on_databricks(const DatabricksSettings& settings,
                                      const std::vector<ApplicationFile>& files,
                                      std::vector<std::string> arguments, std::stop_token stop) {
    auto refuse = [](const char* what) { return fail(Errc::invalid_argument, what); };
    if (settings.token.empty())
        return refuse("Databricks wants a token: set spark.databricks_token_file");
    if (!settings.folder.starts_with("/Volumes/"))
        return refuse(
            "spark.databricks_folder must be in a volume: /Volumes/<catalog>/<schema>/<volume>/…");
    if (settings.cluster.empty())
        return refuse("spark.databricks_cluster must be a cluster's id, or a new_cluster as JSON");
    TRY(auto client, net::HttpClient::open({.answer_bytes_max = 64 << 20}));
    return Databricks(settings, std::move(client), std::move(stop))
        .run(files, std::move(arguments));
}

}  // namespace pinflow::spark
