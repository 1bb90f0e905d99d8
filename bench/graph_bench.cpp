// SPDX-License-Identifier: Apache-2.0
// Forty tasks that do nothing, run as a graph with every change of state durable in the run book.
// graph_bench DIRECTORY ROUNDS: one JSON line a round and shape.
#include <fmt/format.h>

#include "base/reactor.h"
#include "base/text.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "schedule/execution.h"
#include "schedule/sqlite_run_book.h"

namespace pinflow::bench {
namespace {

constexpr int kTasks = 40;

Result<schedule::Graph> forty_tasks(bool is_chain) {
    std::vector<schedule::Step> steps;
    for (int at = 0; at < kTasks; ++at) {
        schedule::Step step{.name = fmt::format("task_{}", at),
                            .work = [](schedule::StepContext&) { return std::nullopt; }};
        if (is_chain && at > 0) step.needs = {fmt::format("task_{}", at - 1)};
        steps.push_back(std::move(step));
    }
    return schedule::Graph::make(std::move(steps));
}

Status measure(schedule::SqliteRunBook& book, bool is_chain, Timestamp logical_ms) {
    posix::SystemClock clock;
    TRY(auto graph, forty_tasks(is_chain));
    RunRequest request{.logical_ms = logical_ms, .date = "2026-01-01"};
    TRY(Run run, run_here(book.admit(std::move(request), clock.now_ms())));
    std::uint64_t commits = book.commits();
    std::int64_t began_us = clock.steady_us();
    TRY(auto done, schedule::execute(book, clock, std::move(run), graph, {}));
    std::int64_t took_us = clock.steady_us() - began_us;
    if (done.run.state != RunState::succeeded) return fail(Errc::failed_check, done.run.reason);
    fmt::print("{{\"shape\":\"{}\",\"tasks\":{},\"ms\":{},\"commits\":{}}}\n",
               is_chain ? "in a chain" : "side by side", kTasks, static_cast<double>(took_us) / 1e3,
               book.commits() - commits);
    return {};
}

Status run(const std::string& directory, int rounds) {
    posix::PosixFiles files;
    TRY(auto book,
        schedule::SqliteRunBook::open(directory + "/meta.sqlite", files, directory + "/runs"));
    for (int round = 0; round < rounds; ++round) {
        TRY_STATUS(measure(*book, true, 2 * round));
        TRY_STATUS(measure(*book, false, 2 * round + 1));
    }
    return book->close();
}

}  // namespace
}  // namespace pinflow::bench

int main(int count, char** arguments) {
    auto rounds = count == 3 ? pinflow::parse_int(arguments[2]) : std::nullopt;
    if (!rounds) {
        fmt::print(stderr, "graph_bench DIRECTORY ROUNDS\n");
        return 2;
    }
    auto done = pinflow::bench::run(arguments[1], static_cast<int>(*rounds));
    if (!done) fmt::print(stderr, "{}\n", done.error().text);
    return done ? 0 : 1;
}
