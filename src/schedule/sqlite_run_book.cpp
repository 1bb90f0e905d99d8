// SPDX-License-Identifier: Apache-2.0
#include "schedule/sqlite_run_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "schedule/owners.h"
#include "schedule/run_queries.h"
#include "schedule/run_rows.h"
#include "sqlite/books.h"

namespace pinflow::schedule {
namespace {

using sqlite::Books;
using sqlite::Database;

constexpr std::size_t kSmallBytes = 1 << 10;  // what a job keeps that is about one run

std::string told(const Run& run) {
    std::string since = run.state == RunState::running
                            ? "running since " + format_utc(run.started_ms)
                            : "queued since " + format_utc(run.queued_ms);
    return fmt::format("run {} of {} ({}, {} UTC)", run.id, run.date, name_of(run.trigger), since);
}

std::string waits_for(const Run& run) { return "waits for the end of " + told(run); }

Result<Run> admit_now(Database& database, Owners& owners, const RunRequest& request,
                      Timestamp now_ms) {
    TRY(std::string owner, owners.mine());
    TRY_STATUS(mark_killed(database, owners, now_ms));
    TRY(auto live, live_runs(database));
    for (const Run& run : live) {
        if (run.logical_ms != request.logical_ms) continue;
        return fail(Errc::conflict,
                    fmt::format("{} is being run already: {}", request.date, told(run)));
    }
    if (request.trigger == RunTrigger::scheduled) {
        TRY(bool is_decided, has_scheduled(database, request.logical_ms));
        if (is_decided) {
            return fail(Errc::conflict, fmt::format("the scheduled run of {} at {} UTC is in the "
                                                    "run book already",
                                                    request.date, format_utc(request.logical_ms)));
        }
    }
    if (!live.empty() && !request.may_wait) {
        return fail(Errc::busy, told(live.front()) +
                                    " has to end first; leave out --no-wait to "
                                    "wait for it, or cancel it");
    }
    Run run{.logical_ms = request.logical_ms,
            .date = request.date,
            .trigger = request.trigger,
            .queued_ms = now_ms};
    if (live.empty()) {
        run.state = RunState::running;
        run.started_ms = now_ms;
    } else {
        run.reason = waits_for(live.front());
    }
    TRY(run, insert_run(database, std::move(run), owner));
    TRY_STATUS(drop_old_runs(database));
    return run;
}

Result<Run> take_turn_now(Database& database, Owners& owners, std::int64_t id, Timestamp now_ms) {
    TRY_STATUS(mark_killed(database, owners, now_ms));
    TRY(Run run, find_run(database, id));
    if (run.state != RunState::queued) return run;
    TRY(auto cancelled, find_cancel_reason(database, id));
    TRY(auto live, live_runs(database));
    if (cancelled) {
        run.state = RunState::cancelled;
        run.reason = *cancelled;
        run.ended_ms = now_ms;
    } else if (live.front().id == id) {
        run.state = RunState::running;
        run.reason.clear();
        run.started_ms = now_ms;
    } else {
        std::string reason = waits_for(live.front());
        if (run.reason == reason) return run;
        run.reason = std::move(reason);
    }
    TRY_STATUS(update_run(database, run));
    return run;
}

Status decide_now(Database& database, const ScheduleMark& mark, const std::vector<RunSkip>& skipped,
                  Timestamp now_ms) {
    for (const RunSkip& skip : skipped) {
        TRY(bool is_told, has_scheduled(database, skip.logical_ms));
        if (is_told) continue;  // a process that died after it had asked for it
        Run run{.logical_ms = skip.logical_ms,
                .date = skip.date,
                .trigger = RunTrigger::scheduled,
                .state = RunState::skipped,
                .reason = skip.reason,
                .queued_ms = now_ms,
                .ended_ms = now_ms};
        TRY_STATUS(insert_run(database, std::move(run), ""));
    }
    if (!skipped.empty()) TRY_STATUS(drop_old_runs(database));
    TRY(auto put, database.prepare("INSERT OR REPLACE INTO run_schedules (schedule, decided_ms) "
                                   "VALUES (?1, ?2)"));
    put.bind_text(1, mark.schedule);
    put.bind(2, mark.decided_ms);
    return put.run();
}

std::size_t bytes_of(const std::vector<RunStep>& steps, const std::vector<RunLogLine>& log) {
    std::size_t bytes = 0;
    for (const RunStep& step : steps) bytes += sizeof step + step.name.size() + step.reason.size();
    for (const RunLogLine& line : log) bytes += sizeof line + line.step.size() + line.text.size();
    return bytes;
}

// One transaction, and none when they are there: opening costs no sync.
Status make_tables(Database& database) {
    TRY(auto rows, database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'run_schedules'"));
    TRY(bool is_there, rows.step());
    rows.reset();
    if (is_there) return {};
    return database.execute(fmt::format("BEGIN IMMEDIATE; {} COMMIT", kRunTables));
}

}  // namespace

Result<std::unique_ptr<SqliteRunBook>> SqliteRunBook::open(const std::string& path, Files& files,
                                                           std::string owners_directory) {
    TRY(auto database, Database::open(path));
    TRY_STATUS(make_tables(database));
    auto owners = std::make_unique<Owners>(files, std::move(owners_directory));
    return std::unique_ptr<SqliteRunBook>(
        new SqliteRunBook(Books::serve(std::move(database)), std::move(owners)));
}

SqliteRunBook::SqliteRunBook(std::unique_ptr<Books> books, std::unique_ptr<Owners> owners)
    : owners_(std::move(owners)), books_(std::move(books)) {}

SqliteRunBook::~SqliteRunBook() { (void)close(); }

Status SqliteRunBook::close() { return books_->close(); }

std::uint64_t SqliteRunBook::commits() const { return books_->commits(); }

Task<Result<Run>> SqliteRunBook::admit(RunRequest request, Timestamp now_ms) {
    Run admitted;
    Books::Job job = [this, &request, &admitted, now_ms](Database& database) -> Status {
        TRY(admitted, admit_now(database, *owners_, request, now_ms));
        return {};
    };
    CO_TRY_STATUS(co_await books_->write(std::move(job), kSmallBytes));
    co_return admitted;
}

Task<Result<Run>> SqliteRunBook::take_turn(std::int64_t id, Timestamp now_ms) {
    Run taken;
    Books::Job job = [this, &taken, id, now_ms](Database& database) -> Status {
        TRY(taken, take_turn_now(database, *owners_, id, now_ms));
        return {};
    };
    CO_TRY_STATUS(co_await books_->write(std::move(job), kSmallBytes));
    co_return taken;
}

Task<Status> SqliteRunBook::record(std::int64_t id, std::vector<RunStep> steps,
                                   std::vector<RunLogLine> log) {
    std::size_t bytes = bytes_of(steps, log);
    Books::Job job = [&steps, &log, id](Database& database) -> Status {
        TRY_STATUS(put_steps(database, id, steps));
        return add_log(database, id, log);
    };
    co_return co_await books_->write(std::move(job), bytes);
}

Task<Status> SqliteRunBook::finish(Run ended) {
    Books::Job job = [&ended](Database& database) { return update_run(database, ended); };
    co_return co_await books_->write(std::move(job), kSmallBytes);
}

Task<Result<std::vector<Run>>> SqliteRunBook::sweep(Timestamp now_ms) {
    std::vector<Run> killed;
    Books::Job job = [this, &killed, now_ms](Database& database) -> Status {
        TRY(killed, mark_killed(database, *owners_, now_ms));
        return {};
    };
    CO_TRY_STATUS(co_await books_->write(std::move(job), kSmallBytes));
    co_return killed;
}

Task<Result<std::optional<Timestamp>>> SqliteRunBook::decided(std::string schedule) {
    std::optional<Timestamp> found;
    Books::Job job = [&schedule, &found](Database& database) -> Status {
        TRY(auto rows,
            database.prepare("SELECT decided_ms FROM run_schedules WHERE schedule = ?1"));
        rows.bind_text(1, schedule);
        TRY(bool has_row, rows.step());
        if (has_row) found = rows.integer(0);
        return {};
    };
    CO_TRY_STATUS(co_await books_->read(std::move(job)));
    co_return found;
}

Task<Status> SqliteRunBook::decide(ScheduleMark mark, std::vector<RunSkip> skipped,
                                   Timestamp now_ms) {
    std::size_t bytes = kSmallBytes * (skipped.size() + 1);
    Books::Job job = [&mark, &skipped, now_ms](Database& database) {
        return decide_now(database, mark, skipped, now_ms);
    };
    co_return co_await books_->write(std::move(job), bytes);
}

Task<Result<Run>> SqliteRunBook::request_cancel(std::int64_t id, std::string reason) {
    Run found;
    Books::Job job = [&found, &reason, id](Database& database) -> Status {
        TRY(found, find_run(database, id));
        if (!is_live(found.state)) {
            return fail(Errc::conflict,
                        fmt::format("run {} has ended already: {}", id, name_of(found.state)));
        }
        TRY(auto update, database.prepare("UPDATE runs SET cancel_reason = ?2 WHERE id = ?1"));
        update.bind(1, id);
        update.bind_text(2, reason);
        return update.run();
    };
    CO_TRY_STATUS(co_await books_->write(std::move(job), kSmallBytes));
    co_return found;
}

Task<Result<std::optional<std::string>>> SqliteRunBook::cancel_reason(std::int64_t id) {
    std::optional<std::string> found;
    Books::Job job = [&found, id](Database& database) -> Status {
        TRY(found, find_cancel_reason(database, id));
        return {};
    };
    CO_TRY_STATUS(co_await books_->read(std::move(job)));
    co_return found;
}

Task<Result<std::vector<Run>>> SqliteRunBook::list(std::size_t runs_max) {
    std::vector<Run> runs;
    Books::Job job = [&runs, runs_max](Database& database) -> Status {
        TRY(auto rows, database.prepare(fmt::format("SELECT {} FROM runs ORDER BY id DESC LIMIT {}",
                                                    kRunColumns, runs_max)));
        while (true) {
            TRY(bool has_row, rows.step());
            if (!has_row) return {};
            TRY(Run run, read_run(rows));
            runs.push_back(std::move(run));
        }
    };
    CO_TRY_STATUS(co_await books_->read(std::move(job)));
    co_return runs;
}

Task<Result<RunDetails>> SqliteRunBook::details(std::int64_t id) {
    RunDetails details;
    Books::Job job = [&details, id](Database& database) -> Status {
        TRY(details.run, find_run(database, id));
        TRY(details.steps, find_steps(database, id));
        TRY(details.log, find_log(database, id));
        return {};
    };
    CO_TRY_STATUS(co_await books_->read(std::move(job)));
    co_return details;
}

}  // namespace pinflow::schedule
