// SPDX-License-Identifier: Apache-2.0
#include "app/emulating.h"

#include <fmt/format.h>

#include <future>

#include "base/text.h"

namespace pinflow::app {

Result<emulator::EmulatorOutcome> run_emulator(
    emulator::EmulatorSettings settings, emulator::EmulatorPorts ports, Stage& stage,
    const std::function<void(const emulator::EmulatorCounts&)>& while_running) {
    constexpr std::chrono::milliseconds kLook{5};
    std::int64_t posts =
        settings.draws.value_or(0) * static_cast<std::int64_t>(settings.forms.size());
    TRY(auto emulator, emulator::Emulator::open(std::move(settings), std::move(ports)));
    std::stop_source stop;
    auto outcome = std::async(std::launch::async, [&] { return emulator->run(stop.get_token()); });
    while (outcome.wait_for(kLook) != std::future_status::ready) {
        if (stop_requested()) stop.request_stop();
        emulator::EmulatorCounts counts = emulator->progress();
        stage.progress(counts.accepted_batch + counts.accepted_stream, posts);
        if (while_running) while_running(counts);
    }
    return outcome.get();
}

std::string outcome_line(const emulator::EmulatorOutcome& outcome) {
    std::string line = fmt::format(
        "{} draws; accepted {} on topics, {} on streams", with_thousands(outcome.draws),
        with_thousands(outcome.accepted_batch), with_thousands(outcome.accepted_stream));
    if (outcome.retries > 0) line += fmt::format("; {} retries", outcome.retries);
    if (outcome.rejected > 0) line += fmt::format("; {} REJECTED", outcome.rejected);
    if (outcome.in_doubt > 0) line += fmt::format("; {} in doubt", outcome.in_doubt);
    return line;
}

}  // namespace pinflow::app
