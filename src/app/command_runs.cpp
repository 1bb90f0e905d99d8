// SPDX-License-Identifier: Apache-2.0
// run list, run show, run cancel: what the run book says, and the word to a run of any process.
#include <fmt/format.h>
#include <poll.h>

#include "app/commands.h"
#include "app/daily_schedule.h"
#include "app/run_text.h"
#include "base/reactor.h"
#include "base/text.h"
#include "dash/runs_json.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"

namespace pinflow::app {
namespace {

constexpr int kCancelLooks = 75;  // of schedule::kLook: a step has ten seconds to stop

// The book, with the runs of processes that are gone marked as killed.
struct OpenBook {
    posix::PosixFiles files;
    std::unique_ptr<schedule::SqliteRunBook> book;
};

Result<std::unique_ptr<OpenBook>> open_swept(const Context& context) {
    auto open = std::make_unique<OpenBook>();
    if (!open->files.examine(context.directory.meta_database())) {
        return fail(Errc::not_found, fmt::format("nothing has run in {} yet: pinflow run start, or "
                                                 "another --data-dir",
                                                 context.directory.root));
    }
    posix::SystemClock clock;
    TRY(open->book, open_run_book(context.directory, open->files));
    TRY_STATUS(run_here(open->book->sweep(clock.now_ms())));
    return open;
}

// A number, or a date: then the newest run of it.
Result<std::int64_t> find_id(RunBook& book, const std::string& which) {
    if (auto id = parse_int(which)) return *id;
    TRY_STATUS(schedule::parse_date(which));
    TRY(auto runs, run_here(book.list(kRunsKeptMax)));
    for (const Run& run : runs) {
        if (run.date == which) return run.id;
    }
    return fail(Errc::not_found, fmt::format("there is no run of {}; see pinflow run list", which));
}

Result<RunDetails> show(const Context& context, const std::string& which) {
    TRY(auto open, open_swept(context));
    TRY(auto id, find_id(*open->book, which));
    return run_here(open->book->details(id));
}

Result<Run> cancel(const Context& context, const std::string& which) {
    TRY(auto open, open_swept(context));
    TRY(auto id, find_id(*open->book, which));
    TRY(Run run, run_here(open->book->request_cancel(id, "cancelled by pinflow run cancel")));
    for (int look = 0; look < kCancelLooks && is_live(run.state) && !stop_requested(); ++look) {
        poll(nullptr, 0, static_cast<int>(schedule::kLook.count()));
        TRY(auto details, run_here(open->book->details(id)));
        run = std::move(details.run);
    }
    return run;
}

}  // namespace

Exit command_run_list(const Context& context, const RunListOptions& options) {
    auto open = open_swept(context);
    if (!open) return report(open.error());
    auto runs = run_here((*open)->book->list(static_cast<std::size_t>(options.limit)));
    if (!runs) return report(runs.error());
    print_out(context.json ? dash::runs_json(*runs) + "\n" : runs_text(*runs));
    return Exit::ok;
}

Exit command_run_show(const Context& context, const RunShowOptions& options) {
    auto details = show(context, options.which);
    if (!details) return report(details.error());
    print_out(context.json ? dash::details_json(*details) + "\n"
                           : details_text(*details, options.with_log));
    return Exit::ok;
}

Exit command_run_cancel(const Context& context, const RunCancelOptions& options) {
    auto run = cancel(context, options.which);
    if (!run) return report(run.error());
    if (context.json) print_out(dash::run_json(*run) + "\n");
    if (is_live(run->state)) {
        print_message(fmt::format(
            "run {} was asked to end and has not yet; see pinflow run show {}", run->id, run->id));
        return Exit::failed;
    }
    if (!context.json)
        print_out(fmt::format("run {} of {} is {}\n", run->id, run->date, name_of(run->state)));
    return Exit::ok;
}

}  // namespace pinflow::app
