// SPDX-License-Identifier: Apache-2.0
#include "remote/airflow/client.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/secret_text.h"
#include "base/text.h"
#include "codec/json/writer.h"
#include "remote/airflow/dag_file.h"

namespace pinflow::airflow {
namespace {

constexpr int kPageTasks = 100;  // [api] maximum_page_limit is that by default
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kTooMany = 429;
constexpr int kServerError = 500;

bool is_good(const HttpResponse& answer) { return answer.status >= 200 && answer.status < 300; }

// RFC 3986's unreserved characters stay.
std::string encoded(std::string_view text) {
    std::string out;
    for (char c : text) {
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || std::string_view("-._~").contains(c);
        if (is_plain) out += c;
        else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::unexpected<Error> not_airflow(const std::string& url, const Error& error) {
    return fail(Errc::invalid_argument,
                fmt::format("{}: this is not an answer of Airflow's ({}); does airflow.url lead "
                            "to its page?",
                            url, error.text));
}

}  // namespace

Status check_settings(const AirflowSettings& settings) {
    auto refuse = [](std::string text) { return fail(Errc::invalid_argument, std::move(text)); };
    if (settings.url.empty())
        return refuse("airflow.url is not set: where Airflow's page is, as https://host:8080");
    if (!settings.url.starts_with("http://") && !settings.url.starts_with("https://"))
        return refuse("airflow.url must begin with http:// or https://");
    std::string_view authority = std::string_view(settings.url).substr(settings.url.find("//") + 2);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (authority.contains('@'))
        return refuse("airflow.url holds a user: say airflow.user and airflow.password_file");
    if (settings.url.find_first_of("?# ") != std::string::npos)
        return refuse("airflow.url must be a host with, at most, a path behind it");
    if (settings.password.empty() && settings.token.empty() && !settings.user.empty())
        return refuse("airflow.user is set, and no password: say airflow.password_file");
    auto dag_id = check_dag_id(settings.dag_id);
    return dag_id ? dag_id : with_context(std::move(dag_id).error(), "airflow.dag_id");
}

Result<std::unique_ptr<AirflowClient>> AirflowClient::open(AirflowSettings settings) {
    TRY_STATUS(check_settings(settings));
    while (settings.url.ends_with('/')) settings.url.pop_back();
    std::chrono::milliseconds timeout(settings.timeout_ms);
    TRY(auto http, net::HttpClient::open({.connect_timeout = timeout, .total_timeout = timeout}));
    return std::unique_ptr<AirflowClient>(new AirflowClient(std::move(settings), std::move(http)));
}

Result<HttpResponse> AirflowClient::send(const std::string& url, HttpRequest request) {
    auto answer = http_->send(url, request, stop_.get_token());
    if (!answer && answer.error().code == Errc::permission) {
        answer.error().text +=
            "; give this machine the CA that signed it (update-ca-certificates), or see "
            "airflow.url";
    } else if (!answer && answer.error().code != Errc::cancelled) {
        answer.error().text +=
            "; is Airflow's API server running there (airflow.url)? An answer "
            "may take airflow.timeout";
    }
    return answer;
}

// Airflow 3 answers this without a sign-in, and so does Airflow 2 under its own path.
Status AirflowClient::find_version() {
    if (version_ != 0) return {};
    for (int version : {2, 1}) {
        std::string url = fmt::format("{}/api/v{}/version", settings_.url, version);
        TRY(HttpResponse answer, send(url, {.method = "GET", .headers = {}, .body = {}}));
        if (is_good(answer)) {
            version_ = version;
            return {};
        }
        if (answer.status != kNotFound) return refusal(url, answer);
    }
    return fail(Errc::invalid_argument,
                fmt::format("{} has neither /api/v2 nor /api/v1: is it Airflow's page "
                            "(airflow.url)?",
                            settings_.url));
}

Status AirflowClient::authorise() {
    if (!authorisation_.empty()) return {};
    if (!settings_.token.empty()) {
        authorisation_ = "Bearer " + settings_.token;
        return {};
    }
    if (settings_.user.empty()) return {};
    if (version_ == 1) {
        authorisation_ = "Basic " + base64_encode(settings_.user + ":" + settings_.password);
        return {};
    }
    json::JsonWriter body;
    body.begin_object().member("username", std::string_view(settings_.user));
    body.member("password", std::string_view(settings_.password)).end_object();
    std::string url = settings_.url + "/auth/token";
    TRY(HttpResponse answer, send(url, {.method = "POST",
                                        .headers = {{"Content-Type", "application/json"}},
                                        .body = std::move(body).take()}));
    if (!is_good(answer)) return refusal(url, answer);
    auto token = read_token(answer.body);
    if (!token) return not_airflow(url, token.error());
    authorisation_ = "Bearer " + *token;
    return {};
}

std::string AirflowClient::api(const std::string& path) const {
    return fmt::format("{}/api/v{}/dags/{}{}", settings_.url, version_, encoded(settings_.dag_id),
                       path);
}

// A token that has run out is asked for anew, once.
Result<HttpResponse> AirflowClient::ask(const std::string& method, const std::string& path,
                                        const std::string& body, const std::string& accept) {
    TRY_STATUS(find_version());
    for (bool is_again : {false, true}) {
        bool was_authorised = !authorisation_.empty();
        TRY_STATUS(authorise());
        HttpRequest request{.method = method, .headers = {{"Accept", accept}}, .body = body};
        if (!authorisation_.empty()) request.headers.push_back({"Authorization", authorisation_});
        if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
        TRY(HttpResponse answer, send(api(path), std::move(request)));
        bool may_be_old = was_authorised && version_ == 2 && settings_.token.empty();
        if (answer.status != kUnauthorized || is_again || !may_be_old) return answer;
        authorisation_.clear();
    }
    return fail(Errc::internal, "unreachable");
}

std::unexpected<Error> AirflowClient::refusal(const std::string& url,
                                              const HttpResponse& answer) const {
    auto refuse = [&](Errc code, std::string_view hint) {
        std::string reason = without_secrets(
            read_reason(answer.body),
            {settings_.password, settings_.token,
             std::string_view(authorisation_).substr(authorisation_.find(' ') + 1)});
        return fail(code, fmt::format("{} answered {}{}{}{}", url, answer.status,
                                      reason.empty() ? "" : ": ", reason, hint));
    };
    switch (answer.status) {
        case kUnauthorized:
            return refuse(Errc::permission,
                          settings_.token.empty() && settings_.user.empty()
                              ? "; say airflow.user and airflow.password_file, or "
                                "airflow.token_file"
                          : settings_.token.empty()
                              ? "; are airflow.user and airflow.password_file right? (Airflow 2 "
                                "takes them with the auth backend basic_auth only)"
                              : "; is the token of airflow.token_file still good?");
        case kForbidden:
            return refuse(
                Errc::permission,
                "; the account (airflow.user, or airflow.token_file's) may not do that: it "
                "needs a role that can run the DAG, such as Op");
        case kNotFound: return refuse(Errc::not_found, "");
        case kConflict: return refuse(Errc::conflict, "");
        case kTooMany: return refuse(Errc::unavailable, "; it asks for fewer requests: try later");
        default: break;
    }
    if (answer.status < kServerError)
        return refuse(Errc::invalid_argument, "; does airflow.url lead to Airflow's page?");
    return refuse(
        Errc::unavailable,
        "; Airflow, or what airflow.url leads to in its place, fails by itself: try later");
}

Status AirflowClient::check_dag() {
    TRY(HttpResponse answer, ask("GET", ""));
    if (answer.status == kNotFound) {
        return fail(Errc::not_found,
                    fmt::format("Airflow at {} knows no DAG '{}': is its file in the dags folder "
                                "(pinflow export airflow), and has it been parsed already "
                                "(airflow dags list-import-errors)? See airflow.dag_id",
                                settings_.url, settings_.dag_id));
    }
    if (!is_good(answer)) return refusal(api(""), answer);
    auto dag = read_dag(answer.body);
    if (!dag) return not_airflow(api(""), dag.error());
    if (dag->is_gone) {
        return fail(
            Errc::not_found,
            fmt::format("the file of DAG '{}' is no longer in the dags folder of Airflow at {}",
                        settings_.dag_id, settings_.url));
    }
    if (dag->is_paused) {
        return fail(
            Errc::failed_check,
            fmt::format("DAG '{0}' is paused in Airflow at {1}, where nothing of it would run: "
                        "airflow dags unpause {0}",
                        settings_.dag_id, settings_.url));
    }
    return {};
}

Result<bool> AirflowClient::trigger(const std::string& run_id, const std::string& date) {
    TRY_STATUS(find_version());
    json::JsonWriter body;
    body.begin_object().member("dag_run_id", std::string_view(run_id));
    if (version_ == 2) body.key("logical_date").null();  // must be said
    body.key("conf").begin_object().member("date", std::string_view(date)).end_object();
    body.end_object();
    TRY(HttpResponse answer, ask("POST", "/dagRuns", std::move(body).take()));
    if (is_good(answer)) return true;
    if (answer.status != kConflict) return refusal(api("/dagRuns"), answer);
    if (auto state = run_state(run_id); state) return false;
    return refusal(api("/dagRuns"), answer);
}

Result<std::string> AirflowClient::run_state(const std::string& run_id) {
    std::string path = "/dagRuns/" + encoded(run_id);
    TRY(HttpResponse answer, ask("GET", path));
    if (!is_good(answer)) return refusal(api(path), answer);
    auto state = read_run_state(answer.body);
    if (!state) return not_airflow(api(path), state.error());
    return state;
}

Result<std::vector<TaskAnswer>> AirflowClient::tasks(const std::string& run_id) {
    std::vector<TaskAnswer> tasks;
    while (tasks.size() < kTasksMax) {
        std::string path = fmt::format("/dagRuns/{}/taskInstances?limit={}&offset={}",
                                       encoded(run_id), kPageTasks, tasks.size());
        TRY(HttpResponse answer, ask("GET", path));
        if (!is_good(answer)) return refusal(api(path), answer);
        auto page = read_tasks(answer.body);
        if (!page) return not_airflow(api(path), page.error());
        tasks.insert(tasks.end(), page->tasks.begin(), page->tasks.end());
        if (page->tasks.empty() || std::cmp_greater_equal(tasks.size(), page->total)) break;
    }
    return tasks;
}

Result<std::vector<TaskOrder>> AirflowClient::order() {
    TRY(HttpResponse answer, ask("GET", "/tasks"));
    if (!is_good(answer)) return refusal(api("/tasks"), answer);
    auto order = read_order(answer.body);
    if (!order) return not_airflow(api("/tasks"), order.error());
    return order;
}

Result<std::string> AirflowClient::log_end(const std::string& run_id, const TaskAnswer& task,
                                           int try_number) {
    std::string name = task.task, index;
    if (std::size_t open = name.find('['); open != std::string::npos) {
        index = "&map_index=" + name.substr(open + 1, name.size() - open - 2);
        name.resize(open);
    }
    TRY_STATUS(find_version());
    std::string path = fmt::format("/dagRuns/{}/taskInstances/{}/logs/{}?full_content=true{}",
                                   encoded(run_id), encoded(name), try_number, index);
    TRY(HttpResponse answer,
        ask("GET", path, "", version_ == 2 ? "application/json" : "text/plain"));
    if (!is_good(answer)) return refusal(api(path), answer);
    return read_log_end(answer.body);
}

Status AirflowClient::end_run(const std::string& run_id) {
    std::string path = "/dagRuns/" + encoded(run_id);
    TRY(HttpResponse answer, ask("PATCH", path, R"({"state":"failed"})"));
    if (!is_good(answer)) return refusal(api(path), answer);
    return {};
}

std::string AirflowClient::run_page(const std::string& run_id) const {
    return version_ == 1 ? fmt::format("{}/dags/{}/grid?dag_run_id={}", settings_.url,
                                       settings_.dag_id, encoded(run_id))
                         : fmt::format("{}/dags/{}/runs/{}", settings_.url, settings_.dag_id,
                                       encoded(run_id));
}

}  // namespace pinflow::airflow
