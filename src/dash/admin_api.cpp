// SPDX-License-Identifier: Apache-2.0
#include "dash/admin_api.h"

#include <fmt/format.h>

#include "base/embedded.h"
#include "base/text.h"
#include "codec/json/writer.h"
#include "dash/answers.h"
#include "dash/status_json.h"

namespace pinflow::embedded {
std::span<const EmbeddedFile> web_files();
}

namespace pinflow::dash {
namespace {

constexpr std::size_t kRunsOnPage = 10;
constexpr std::size_t kReportBytesMax = 64 << 20;

HttpResponse no_such_path() {
    return problem(404, "Not Found",
                   "known paths: /, /livez, /readyz, /health, /metrics, /api/v1/status, "
                   "/api/v1/runs, /api/v1/topics[/<name>], /api/v1/streams[/<name>]");
}

bool is_loopback_v4(std::string_view name) {
    return name.starts_with("127.") &&
           name.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_loopback_host(std::string_view host) {
    if (!host.empty() && host.front() == '[') return host.starts_with("[::1]");
    std::string_view name = host.substr(0, host.find(':'));
    return name == "localhost" || is_loopback_v4(name);
}

std::optional<HttpResponse> page_file(std::string_view path) {
    std::string_view name = path == "/" ? "index.html" : path.substr(1);
    for (const EmbeddedFile& file : embedded::web_files()) {
        if (file.name != name) continue;
        std::string_view type = name.ends_with(".css")  ? "text/css; charset=utf-8"
                                : name.ends_with(".js") ? "text/javascript; charset=utf-8"
                                                        : "text/html; charset=utf-8";
        return text_answer(200, type, std::string(file.bytes));
    }
    return std::nullopt;
}

}  // namespace

AdminApi::AdminApi(AdminSettings settings, AdminProbes probes, AdminPorts ports)
    : settings_(std::move(settings)),
      probes_(std::move(probes)),
      ports_(ports),
      tables_(ports_.lake, ports_.clock),
      started_us_(ports.clock.steady_us()) {}

Task<HttpResponse> AdminApi::answer(HttpRequest request) {
    if (auto host = request.header("Host"); host && !is_loopback_host(*host)) {
        co_return problem(421, "Misdirected Request",
                          "this address answers to loopback names only");
    }
    std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
    if (auto runs = co_await answer_runs(probes_.runs, request, path)) co_return std::move(*runs);
    if (request.method != "GET" && request.method != "HEAD") {
        co_return problem(405, "Method Not Allowed", "this path is read only: GET and HEAD");
    }
    if (path == "/livez") co_return text_answer(200, "text/plain", "ok\n");
    if (path == "/readyz") {
        bool is_ready = probes_.is_ready();
        co_return text_answer(is_ready ? 200 : 503, "text/plain",
                              is_ready ? "ok\n" : "not ready\n");
    }
    if (path == "/health") co_return health();
    if (path == "/metrics") co_return metrics();
    if (path == "/api/v1/status") co_return co_await status();
    if (path.starts_with("/api/v1/topics") || path.starts_with("/api/v1/streams"))
        co_return co_await log_page(path);
    if (auto page = page_file(path)) co_return std::move(*page);
    co_return no_such_path();
}

Task<HttpResponse> AdminApi::log_page(std::string_view path) {
    constexpr std::string_view kTopics = "/api/v1/topics";
    constexpr std::string_view kStreams = "/api/v1/streams";
    auto page_of = [&]() -> Task<Result<std::string>> {
        if (path == kTopics) return topics_json(ports_.topics, probes_.sunk_to);
        if (path == kStreams) return streams_json(ports_.streams);
        bool is_topic = path.starts_with(kTopics);
        std::string name(path.substr(is_topic ? kTopics.size() : kStreams.size()));
        name.erase(0, 1);  // the '/'; names need no percent-encoding
        if (is_topic) return topic_json(ports_.topics, std::move(name), probes_.sunk_to);
        return stream_json(ports_.streams, std::move(name));
    };
    auto page = co_await page_of();
    if (page) co_return text_answer(200, kJson, *page + "\n");
    bool is_absent =
        page.error().code == Errc::not_found || page.error().code == Errc::invalid_argument;
    co_return is_absent ? problem(404, "Not Found", page.error().text)
                        : problem(503, "Service Unavailable", page.error().text);
}

HttpResponse AdminApi::health() const {
    Status healthy = probes_.health();
    json::JsonWriter writer;
    writer.begin_object();
    writer.key("status");
    writer.value(healthy ? "ok" : "failing");
    writer.key("durability");
    writer.value(settings_.durability);
    if (!healthy) {
        writer.key("reason");
        writer.value(healthy.error().text);
    }
    if (auto damage = probes_.damage(); !damage.empty()) {
        writer.key("damage");
        writer.begin_array();
        for (const std::string& found : damage) writer.value(std::string_view(found));
        writer.end_array();
    }
    if (!settings_.last_failure_json.empty()) {
        writer.key("last_failure");
        writer.raw(settings_.last_failure_json);
    }
    writer.end_object();
    return text_answer(healthy ? 200 : 503, kJson, std::move(writer).take());
}

HttpResponse AdminApi::metrics() const {
    std::string text = fmt::format(
        "# HELP pinflow_build_info The version that runs.\n# TYPE pinflow_build_info gauge\n"
        "pinflow_build_info{{version=\"{}\"}} 1\n",
        settings_.version);
    return text_answer(200, "text/plain; version=0.0.4; charset=utf-8",
                       text + prometheus_text(ports_.meter.read()));
}

std::string AdminApi::report_text(const std::string& name) const {
    auto file = ports_.files.open(settings_.reports_directory + "/" + name, OpenMode::read);
    if (!file) return "null";
    auto bytes = (*file)->size();
    if (!bytes || *bytes == 0 || *bytes > kReportBytesMax) return "null";
    std::string text(*bytes, '\0');
    auto read = (*file)->read_at(0, text);
    return read && *read == text.size() ? text : "null";
}

std::vector<Problem> AdminApi::problems_with(const std::string& of_tables) const {
    std::vector<Problem> problems = probes_.problems();
    if (!of_tables.empty()) problems.push_back({"tables", of_tables});
    return problems;
}

Task<HttpResponse> AdminApi::status() {
    json::JsonWriter writer;
    writer.begin_object();
    writer.key("version");
    writer.value(settings_.version);
    writer.key("data_dir");
    writer.value(settings_.data_directory);
    writer.key("durability");
    writer.value(settings_.durability);
    writer.key("uptime_seconds");
    writer.value((ports_.clock.steady_us() - started_us_) / 1'000'000);
    writer.key("stations");
    writer.raw(stations_json(ports_.meter.read()));
    TablesLook::Found tables = tables_.latest();
    writer.key("problems");
    writer.begin_array();
    for (const Problem& problem : problems_with(tables.problem)) {
        writer.begin_object();
        writer.member("station", std::string_view(problem.station));
        writer.member("text", std::string_view(problem.text));
        writer.end_object();
    }
    writer.end_array();
    writer.key("tables");
    writer.raw(tables.json);
    writer.key("ledger");
    writer.begin_object();
    writer.key("batch");
    writer.raw(report_text("ledger.json"));
    writer.key("stream");
    writer.raw(probes_.stream_ledgers_json());
    writer.end_object();
    if (probes_.runs.book != nullptr) {
        std::string runs = co_await recent_runs_json(probes_.runs, kRunsOnPage);
        writer.key("schedule");
        writer.raw(runs);
    }
    writer.key("answers");
    writer.raw(report_text("answers.json"));
    writer.end_object();
    co_return text_answer(200, kJson, std::move(writer).take());
}

}  // namespace pinflow::dash
