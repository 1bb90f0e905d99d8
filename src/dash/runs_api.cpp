// SPDX-License-Identifier: Apache-2.0
#include "dash/runs_api.h"

#include <fmt/format.h>

#include "base/text.h"
#include "codec/json/reader.h"
#include "codec/json/writer.h"
#include "dash/answers.h"
#include "dash/runs_json.h"

namespace pinflow::dash {
namespace {

constexpr std::string_view kRuns = "/api/v1/runs";
constexpr std::string_view kFlush = "/api/v1/flush";
constexpr std::string_view kCancel = "/cancel";

// A browser names the origin of each POST; programs such as curl name none.
bool is_own_origin(const HttpRequest& request) {
    auto origin = request.header("Origin");
    return !origin || *origin == fmt::format("http://{}", request.header("Host").value_or(""));
}

HttpResponse failure(const Error& error) {
    switch (error.code) {
        case Errc::not_found: return problem(404, "Not Found", error.text);
        case Errc::invalid_argument: return problem(400, "Bad Request", error.text);
        case Errc::conflict:
        case Errc::busy: return problem(409, "Conflict", error.text);
        default: return problem(503, "Service Unavailable", error.text);
    }
}

// {"date":"2026-11-25"}, or nothing at all.
Result<std::string> date_of(const std::string& body) {
    std::string date;
    if (trim(body).empty()) return date;
    json::JsonReader reader(body);
    TRY_STATUS(reader.enter_object());
    while (true) {
        TRY(auto name, reader.next_member());
        if (!name) break;
        if (*name != "date") {
            return fail(Errc::invalid_argument,
                        fmt::format("unknown member '{}'; only 'date'", *name));
        }
        TRY(date, reader.read_string());
    }
    TRY_STATUS(reader.finish());
    return date;
}

HttpResponse start(const RunControls& controls, const std::string& body) {
    auto date = date_of(body);
    if (!date) return failure(date.error());
    auto run = controls.start(*date);
    return run ? text_answer(202, kJson, run_json(*run)) : failure(run.error());
}

Task<HttpResponse> show(const RunControls& controls, std::int64_t id) {
    auto details = co_await controls.book->details(id);
    if (!details) co_return failure(details.error());
    co_return text_answer(200, kJson, details_json(*details));
}

Task<HttpResponse> cancel(const RunControls& controls, std::int64_t id) {
    auto run = co_await controls.book->request_cancel(id, "cancelled from the admin address");
    if (!run) co_return failure(run.error());
    co_return text_answer(202, kJson, run_json(*run));
}

HttpResponse flush(const RunControls& controls) {
    Status flushed = controls.flush_sink();
    return flushed ? text_answer(200, kJson, R"({"flushed":true})") : failure(flushed.error());
}

}  // namespace

Task<std::string> recent_runs_json(const RunControls& controls, std::size_t runs_max) {
    auto runs = co_await controls.book->list(runs_max);
    json::JsonWriter writer;
    writer.begin_object();
    writer.key("next").raw(controls.next_json());
    writer.key("runs").raw(runs ? runs_json(*runs) : "[]");
    writer.end_object();
    co_return std::move(writer).take();
}

Task<std::optional<HttpResponse>> answer_runs(const RunControls& controls,
                                              const HttpRequest& request, std::string_view path) {
    bool is_post = request.method == "POST";
    bool is_read = request.method == "GET" || request.method == "HEAD";
    bool is_ours = path == kFlush || path == kRuns || path.starts_with(fmt::format("{}/", kRuns));
    if (controls.book == nullptr || !is_ours || (!is_post && !is_read)) co_return std::nullopt;
    if (is_post && !is_own_origin(request)) {
        co_return problem(403, "Forbidden", "a page of another origin may not do this");
    }
    if (path == kFlush) {
        if (!is_post) co_return problem(405, "Method Not Allowed", "flush is a POST");
        co_return flush(controls);
    }
    if (path == kRuns) {
        if (is_post) co_return start(controls, request.body);
        std::string recent = co_await recent_runs_json(controls, kRunsShownMax);
        co_return text_answer(200, kJson, std::move(recent));
    }
    std::string_view rest = path.substr(kRuns.size() + 1);
    bool is_cancel = rest.ends_with(kCancel);
    if (is_cancel) rest.remove_suffix(kCancel.size());
    auto id = parse_int(rest);
    if (!id) co_return problem(404, "Not Found", "a run has a number: /api/v1/runs/7");
    if (is_cancel != is_post) {
        co_return problem(405, "Method Not Allowed", "GET of a run, POST of its cancel");
    }
    if (is_cancel) co_return co_await cancel(controls, *id);
    co_return co_await show(controls, *id);
}

}  // namespace pinflow::dash
