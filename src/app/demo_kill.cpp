// SPDX-License-Identifier: Apache-2.0
// demo --kill: SIGKILL in mid-load, restart, count.
#include <fmt/format.h>

#include <mutex>

#include "app/child_server.h"
#include "app/demo.h"
#include "app/emulating.h"
#include "app/kill_count.h"
#include "app/seeding.h"
#include "app/source_access.h"
#include "base/text.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

constexpr std::int64_t kSourceRowsMin = 11'154;
constexpr int kConcurrency = 16;

struct KillRun {
    std::vector<emulator::PostForm> forms;
    std::vector<emulator::AcceptedPost> accepted;
    emulator::EmulatorOutcome outcome;
    std::int64_t accepted_at_kill = 0;
    std::string problem;  // of the restart
};

// Posts every row once. When half is acknowledged the server is killed and started again on the
// same address; the emulator tries refused posts again, and leaves alone those whose outcome it
// cannot know.
Status post_through_a_kill(const Context& context, const DemoOptions& options, ChildServer& server,
                           KillRun& run) {
    Stage stage("emulate", context.quiet);
    posix::SystemClock clock;
    std::mutex mutex;
    emulator::EmulatorSettings settings{.base_url = "http://" + server.gateway() + "/demo",
                                        .forms = run.forms,
                                        .concurrency = kConcurrency,
                                        .pace = emulator::NoPace{},
                                        .draws = options.rows,
                                        .retry_in_doubt = false};
    emulator::EmulatorPorts ports{
        .open_source = source_opener({.file = context.directory.source_database()}),
        .walk = sequential_walk(0, options.rows),
        .on_accepted =
            [&](const emulator::AcceptedPost& post) {
                std::scoped_lock lock(mutex);
                run.accepted.push_back(post);
            },
        .clock = &clock};
    std::int64_t half = options.rows * static_cast<std::int64_t>(run.forms.size()) / 2;
    auto kill_at_half = [&](const emulator::EmulatorCounts& counts) {
        std::int64_t accepted = counts.accepted_batch + counts.accepted_stream;
        if (run.accepted_at_kill > 0 || accepted < half) return;
        server.kill_now();
        run.accepted_at_kill = accepted;
        auto restarted = ChildServer::start(context, server.gateway());
        if (restarted) server = std::move(*restarted);
        else run.problem = restarted.error().text;
    };
    TRY(run.outcome, run_emulator(std::move(settings), std::move(ports), stage, kill_at_half));
    if (!run.problem.empty()) return fail(Errc::unavailable, run.problem);
    if (run.accepted_at_kill == 0)
        return fail(Errc::failed_check, "all was posted before the kill; give more --rows");
    stage.finish(
        fmt::format("killed with SIGKILL after {} acknowledgements, restarted; {} posts in doubt",
                    with_thousands(run.accepted_at_kill), run.outcome.in_doubt));
    return {};
}

Result<KillCount> kill_and_count(const Context& context, const DemoOptions& options, KillRun& run) {
    posix::PosixFiles files;
    std::string source = context.directory.source_database();
    if (!files.open(source, OpenMode::read)) {
        TRY_STATUS(seed_source(source, options.seed, std::max(options.rows, kSourceRowsMin)));
    }
    run.forms = post_forms(context.pipeline, context.settings.text("user"), Roads::both);
    TRY(auto server, ChildServer::start(context, "127.0.0.1:0"));
    TRY_STATUS(post_through_a_kill(context, options, server, run));
    TRY_STATUS(server.stop_cleanly());
    return count_after_kill(context, run.forms, run.accepted);
}

}  // namespace

Exit run_kill_demo(const Context& context, const DemoOptions& options) {
    KillRun run;
    auto count = kill_and_count(context, options, run);
    if (!count) return report(count.error());
    if (context.json) {
        print_out(fmt::format(
            "{{\"accepted\":{},\"found\":{},\"lost\":{},\"doubled\":{},\"accepted_at_kill\":{},"
            "\"in_doubt\":{},\"data_dir\":\"{}\"}}\n",
            count->accepted, count->found, count->lost, count->doubled, run.accepted_at_kill,
            run.outcome.in_doubt, context.directory.root));
    } else {
        print_out(fmt::format("accepted {}, found {}, lost {}, doubled {}\n",
                              with_thousands(count->accepted), with_thousands(count->found),
                              count->lost, count->doubled));
    }
    return count->lost == 0 && count->doubled == 0 ? Exit::ok : Exit::check_failed;
}

}  // namespace pinflow::app
