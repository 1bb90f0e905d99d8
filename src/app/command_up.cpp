// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <thread>

#include "app/commands.h"
#include "app/daily_schedule.h"
#include "app/pipeline.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

constexpr int kHealthPollMs = 200;
constexpr int kEndAfterFailureMs = 700;  // with the poll: within a second

void wait_for_end(RunningPipeline& running) {
    while (!stop_requested() && running.health().has_value()) poll(nullptr, 0, kHealthPollMs);
}

// After a failed write nothing is saved by a slow end: whatever hangs on the bad disk is cut off.
void end_soon() {
    std::thread([] {
        poll(nullptr, 0, kEndAfterFailureMs);
        ::_exit(static_cast<int>(Exit::failed));
    }).detach();
}

void greet(const Context& context, const Addresses& addresses) {
    if (context.quiet) return;
    print_message(
        fmt::format("pinflow serves. Ctrl-C stops cleanly.\n"
                    "  gateway  http://{}/           (REST Proxy; with a stage: API Gateway)\n"
                    "  page     http://{}/\n"
                    "  data     {}\n"
                    "Try: curl -H 'Content-Type: application/vnd.kafka.json.v2+json' -d "
                    "'{{\"records\":[{{\"value\":{{\"ind\":1}}}}]}}' "
                    "http://{}/topics/{}.geo",
                    addresses.gateway, addresses.admin, context.directory.root, addresses.gateway,
                    context.settings.text("user")));
}

}  // namespace

Exit command_up(const Context& context, const UpOptions& options) {
    Settings settings = context.settings;
    for (auto [is_said, setting] : {std::pair(options.accept_data_loss, "log.accept_data_loss"),
                                    std::pair(options.moved, "places.moved")}) {
        if (!is_said) continue;
        if (auto set = settings.set(setting, "true"); !set) return report(set.error());
    }
    if (auto planned = planned_by(settings, context.pipeline.schedule); !planned) {
        report(planned.error());
        return Exit::bad_configuration;
    }
    if (auto sound = check_runner(settings); !sound) {
        (void)report(sound.error());
        return Exit::bad_configuration;
    }
    auto running = RunningPipeline::open(settings, context.pipeline, context.directory);
    if (!running) return report(running.error());
    Addresses addresses = (*running)->addresses();
    posix::PosixFiles files;
    std::string text = addresses_json(addresses) + "\n";
    for (const std::string& path : {context.directory.addresses_file(), options.ready_file}) {
        if (path.empty()) continue;
        if (auto written = write_small_file(files, path, text); !written)
            return report(written.error());
    }
    if (context.json) print_out(text);
    greet(context, addresses);
    wait_for_end(**running);
    Status healthy = (*running)->health();
    if (!healthy) end_soon();
    Status closed = (*running)->close();
    (void)files.remove(context.directory.addresses_file());
    if (!healthy) return report(healthy.error());
    if (!closed) return report(closed.error());
    if ((*running)->has_stuck_step()) {
        print_message("stopped; a step of a run never ended and is cut off");
        ::_exit(static_cast<int>(Exit::failed));
    }
    if (!context.quiet) print_message("stopped; everything accepted is on disk");
    return Exit::ok;
}

}  // namespace pinflow::app
