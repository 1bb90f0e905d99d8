// SPDX-License-Identifier: Apache-2.0
#include "emulator/run.h"

#include <algorithm>

namespace pinflow::emulator {
namespace {

constexpr double kMicrosPerSecond = 1e6;
// After a stall the rate is caught up with, but never by a burst longer than this.
constexpr double kCatchUpMaxUs = 1e6;

bool wait_for_real(std::chrono::microseconds time, std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

}  // namespace

Run::Run(EmulatorSettings the_settings, EmulatorPorts the_ports)
    : settings(std::move(the_settings)), ports(std::move(the_ports)) {
    if (!ports.wait) ports.wait = wait_for_real;
}

void Run::begin() { next_due_us = static_cast<double>(ports.clock->steady_us()); }

std::optional<TimedDraw> Run::next_draw() {
    std::lock_guard lock(mutex);
    if (halt.stop_requested() || draws_taken >= settings.draws.value_or(INT64_MAX))
        return std::nullopt;
    std::optional<Draw> draw = ports.walk();
    if (!draw) return std::nullopt;
    ++draws_taken;
    return TimedDraw{*draw, turn(*draw)};
}

std::chrono::microseconds Run::turn(const Draw& draw) {
    double wait_us = 0;
    if (std::holds_alternative<WalkPace>(settings.pace)) wait_us = draw.sleep_s * kMicrosPerSecond;
    if (auto* rate = std::get_if<RatePace>(&settings.pace)) {
        auto now_us = static_cast<double>(ports.clock->steady_us());
        next_due_us = std::max(next_due_us, now_us - kCatchUpMaxUs);
        wait_us = next_due_us - now_us;
        next_due_us += kMicrosPerSecond / rate->draws_per_second;
    }
    return std::chrono::microseconds(static_cast<std::int64_t>(std::max(wait_us, 0.0)));
}

void Run::fail_with(Error problem) {
    {
        std::lock_guard lock(mutex);
        if (!error) error = std::move(problem);
    }
    halt.request_stop();
}

}  // namespace pinflow::emulator
