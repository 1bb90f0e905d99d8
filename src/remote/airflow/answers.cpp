// SPDX-License-Identifier: Apache-2.0
#include "remote/airflow/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "codec/json/walk.h"

namespace pinflow::airflow {
namespace {

using json::JsonReader;
using json::Kind;

// null and values of other kinds leave it as it is.
Status read_text(JsonReader& reader, std::string& text) {
    TRY(Kind kind, reader.peek());
    if (kind != Kind::string) return reader.skip_value();
    TRY(text, reader.read_string());
    return {};
}

Status read_flag(JsonReader& reader, bool& flag) {
    TRY(Kind kind, reader.peek());
    if (kind != Kind::boolean) return reader.skip_value();
    TRY(flag, reader.read_bool());
    return {};
}

Status read_number(JsonReader& reader, std::int64_t& number) {
    TRY(Kind kind, reader.peek());
    if (kind != Kind::number) return reader.skip_value();
    TRY(number, reader.read_int());
    return {};
}

Status read_time(JsonReader& reader, Timestamp& at_ms) {
    std::string text;
    TRY_STATUS(read_text(reader, text));
    at_ms = parse_time(text).value_or(0);
    return {};
}

Result<TaskAnswer> read_task(JsonReader& reader) {
    TaskAnswer task;
    std::int64_t try_number = 0, map_index = -1;
    TRY_STATUS(read_members(reader, [&](const std::string& name) {
        if (name == "task_id") return read_text(reader, task.task);
        if (name == "state") return read_text(reader, task.state);
        if (name == "try_number") return read_number(reader, try_number);
        if (name == "map_index") return read_number(reader, map_index);
        if (name == "start_date") return read_time(reader, task.started_ms);
        if (name == "end_date") return read_time(reader, task.ended_ms);
        return reader.skip_value();
    }));
    task.try_number = static_cast<int>(std::clamp<std::int64_t>(try_number, 0, 10'000));
    if (map_index >= 0) task.task += fmt::format("[{}]", map_index);
    return task;
}

Result<TaskOrder> read_one_order(JsonReader& reader) {
    TaskOrder order;
    TRY_STATUS(read_members(reader, [&](const std::string& name) -> Status {
        if (name == "task_id") return read_text(reader, order.task);
        if (name != "downstream_task_ids") return reader.skip_value();
        return read_elements(reader,
                             [&] { return read_text(reader, order.downstream.emplace_back()); });
    }));
    return order;
}

// Control characters would move the cursor of whoever reads it.
std::string printable(std::string_view text, std::size_t bytes_max) {
    std::string out(text.substr(0, bytes_max));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    if (text.size() > bytes_max) out += " ...";
    return out;
}

// Airflow 3's answer to a body that it does not like: objects, each with a `msg`. What else is in
// them repeats the body (`input`, of FastAPI), a password with it.
Status read_complaints(JsonReader& reader, std::string& detail) {
    TRY(Kind kind, reader.peek());
    if (kind != Kind::array) return reader.skip_value();
    return read_elements(reader, [&]() -> Status {
        TRY(Kind element, reader.peek());
        if (element != Kind::object) return reader.skip_value();
        std::string said;
        TRY_STATUS(read_members(reader, [&](const std::string& name) {
            return name == "msg" ? read_text(reader, said) : reader.skip_value();
        }));
        if (!said.empty()) detail += (detail.empty() ? "" : ", ") + said;
        return {};
    });
}

// The text that says it: `detail`, a string or a list of complaints.
Result<std::string> find_detail(std::string_view body) {
    JsonReader reader(body);
    std::string detail;
    TRY_STATUS(read_members(reader, [&](const std::string& name) -> Status {
        if (name != "detail") return reader.skip_value();
        TRY(Kind kind, reader.peek());
        if (kind == Kind::string) return read_text(reader, detail);
        return read_complaints(reader, detail);
    }));
    return detail;
}

// Airflow 3: {"content":[{"timestamp":…,"event":…},…]} or a list of texts.
Result<std::vector<std::string>> events_of(std::string_view body) {
    JsonReader reader(body);
    std::vector<std::string> lines;
    auto read_event = [&]() -> Status {
        std::string& line = lines.emplace_back();
        TRY(Kind kind, reader.peek());
        if (kind == Kind::string) return read_text(reader, line);
        return read_members(reader, [&](const std::string& name) {
            return name == "event" ? read_text(reader, line) : reader.skip_value();
        });
    };
    TRY_STATUS(read_members(reader, [&](const std::string& name) {
        return name == "content" ? read_elements(reader, read_event) : reader.skip_value();
    }));
    return lines;
}

std::vector<std::string> lines_of(std::string_view body) {
    if (auto events = events_of(body)) return *std::move(events);
    std::vector<std::string> lines;
    for (std::string_view line : split(body, '\n')) lines.emplace_back(line);
    return lines;
}

// Digits at a place; nothing else may stand there.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int number = 0;
    for (char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return number;
}

// "Z", "+02:00" or "+0200", in minutes.
std::optional<int> offset_of(std::string_view text) {
    if (text == "Z") return 0;
    if (text.size() < 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    auto hours = digits(text, 1, 2), minutes = digits(text, text.size() - 2, 2);
    if (!hours || !minutes) return std::nullopt;
    return (text[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
}

}  // namespace

std::optional<Timestamp> parse_time(std::string_view text) {
    auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    std::chrono::year_month_day date{std::chrono::year(*year),
                                     std::chrono::month(static_cast<unsigned>(*month)),
                                     std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    std::string_view rest = text.substr(19);
    std::int64_t ms = 0;
    if (rest.starts_with('.')) {
        std::size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
        std::string fraction(rest.substr(1, std::min<std::size_t>(end - 1, 3)));
        fraction.resize(3, '0');
        ms = parse_int(fraction).value_or(0);
        rest.remove_prefix(end);
    }
    auto offset = offset_of(rest);
    if (!offset) return std::nullopt;
    auto minutes = *hour * 60 + *minute - *offset;
    std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return ((days * 1'440 + minutes) * 60 + *second) * 1'000 + ms;
}

Result<DagAnswer> read_dag(std::string_view json) {
    JsonReader reader(json);
    DagAnswer dag;
    bool is_active = true;
    TRY_STATUS(read_members(reader, [&](const std::string& name) {
        if (name == "is_paused") return read_flag(reader, dag.is_paused);
        if (name == "is_stale") return read_flag(reader, dag.is_gone);
        return name == "is_active" ? read_flag(reader, is_active) : reader.skip_value();
    }));
    dag.is_gone |= !is_active;
    return dag;
}

Result<std::string> read_run_state(std::string_view json) {
    JsonReader reader(json);
    std::string state;
    TRY_STATUS(read_members(reader, [&](const std::string& name) {
        return name == "state" ? read_text(reader, state) : reader.skip_value();
    }));
    if (state.empty()) return fail(Errc::invalid_argument, "the dag run has no state");
    return state;
}

Result<TasksPage> read_tasks(std::string_view json) {
    JsonReader reader(json);
    TasksPage page;
    TRY_STATUS(read_members(reader, [&](const std::string& name) -> Status {
        if (name == "total_entries") return read_number(reader, page.total);
        if (name != "task_instances") return reader.skip_value();
        return read_elements(reader, [&]() -> Status {
            TRY(TaskAnswer task, read_task(reader));
            page.tasks.push_back(std::move(task));
            return {};
        });
    }));
    return page;
}

Result<std::vector<TaskOrder>> read_order(std::string_view json) {
    JsonReader reader(json);
    std::vector<TaskOrder> orders;
    TRY_STATUS(read_members(reader, [&](const std::string& name) -> Status {
        if (name != "tasks") return reader.skip_value();
        return read_elements(reader, [&]() -> Status {
            TRY(TaskOrder order, read_one_order(reader));
            orders.push_back(std::move(order));
            return {};
        });
    }));
    return orders;
}

Result<std::string> read_token(std::string_view json) {
    JsonReader reader(json);
    std::string token;
    auto read = read_members(reader, [&](const std::string& name) {
        return name == "access_token" ? read_text(reader, token) : reader.skip_value();
    });
    if (!read || token.empty())  // without the text: it may hold the token
        return fail(Errc::invalid_argument, "the answer holds no access_token");
    return token;
}

std::string read_reason(std::string_view body) {
    auto detail = find_detail(body);
    if (detail && !detail->empty()) return printable(trim(*detail), kReasonBytesMax);
    std::string_view text = trim(body);
    bool is_page_or_data = text.starts_with('<') || text.starts_with('{') || text.starts_with('[');
    return is_page_or_data ? "" : printable(text, kReasonBytesMax);
}

std::string read_log_end(std::string_view body) {
    std::vector<std::string> shown;
    std::vector<std::string> lines = lines_of(body);
    for (auto line = lines.rbegin(); line != lines.rend() && shown.size() < kLogLinesShown;
         ++line) {
        std::string text = printable(trim(*line), kLogLineBytesMax);
        bool is_fold = text.starts_with("::group::") || text.starts_with("::endgroup::");
        if (!text.empty() && !is_fold) shown.push_back(std::move(text));
    }
    std::ranges::reverse(shown);
    return join(shown, "\n");
}

}  // namespace pinflow::airflow
