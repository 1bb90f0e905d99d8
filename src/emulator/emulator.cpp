// SPDX-License-Identifier: Apache-2.0
#include "emulator/emulator.h"

#include <fmt/format.h>

#include <system_error>
#include <thread>
#include <utility>

#include "base/check.h"
#include "emulator/run.h"
#include "emulator/worker.h"

namespace pinflow::emulator {
namespace {

constexpr int kConcurrencyMax = 256;
constexpr double kRateMax = 1e6;

Status refuse(std::string text) {
    return fail(Errc::invalid_argument, "emulator: " + std::move(text));
}

Status check_url(const std::string& url) {
    bool has_scheme = url.starts_with("http://") || url.starts_with("https://");
    bool has_host = has_scheme && url.size() > url.find("//") + 2;
    if (!has_host || url.find_first_of("?# ") != std::string::npos) {
        return refuse(fmt::format("base URL \"{}\": wanted http(s)://host[:port][/stage]", url));
    }
    return {};
}

Status check_form(const PostForm& form) {
    if (form.table.empty() || form.method.empty())
        return refuse("a form without a table or method");
    if (!form.path.starts_with('/')) {
        return refuse(fmt::format("form {}: path \"{}\" must begin with /", form.name, form.path));
    }
    return {};
}

Status check(const EmulatorSettings& settings) {
    TRY_STATUS(check_url(settings.base_url));
    if (settings.forms.empty()) return refuse("no form to post");
    for (const PostForm& form : settings.forms) TRY_STATUS(check_form(form));
    if (settings.concurrency < 1 || settings.concurrency > kConcurrencyMax) {
        return refuse(
            fmt::format("concurrency {}: wanted 1-{}", settings.concurrency, kConcurrencyMax));
    }
    auto* rate = std::get_if<RatePace>(&settings.pace);
    if (rate && !(rate->draws_per_second > 0 && rate->draws_per_second <= kRateMax)) {
        return refuse(fmt::format("rate {}: wanted above 0, up to {} draws a second",
                                  rate->draws_per_second, kRateMax));
    }
    if (settings.draws && *settings.draws < 0) return refuse("draws below 0");
    const RetryPolicy& retry = settings.retry;
    if (retry.attempts_max < 1 || retry.wait_first.count() < 0 ||
        retry.wait_max < retry.wait_first) {
        return refuse("retries: wanted at least one attempt, and 0 <= wait_first <= wait_max");
    }
    return {};
}

void work(Run& run) {
    auto worker = Worker::open(run);
    Status end = worker ? (*worker)->work() : std::unexpected(std::move(worker).error());
    if (!end) run.fail_with(std::move(end).error());
    std::lock_guard lock(run.mutex);
    --run.workers_active;
    run.worker_left.notify_all();
}

std::vector<std::jthread> start_workers(Run& run) {
    std::vector<std::jthread> threads;
    run.workers_active = run.settings.concurrency;
    for (int i = 0; i < run.settings.concurrency; ++i) {
        try {
            threads.emplace_back([&run] { work(run); });
        } catch (const std::system_error& problem) {
            run.fail_with({Errc::unavailable,
                           fmt::format("emulator: worker {} of {} cannot start: {}; try less "
                                       "concurrency",
                                       i + 1, run.settings.concurrency, problem.what())});
            std::lock_guard lock(run.mutex);
            run.workers_active -= run.settings.concurrency - i;
            break;
        }
    }
    return threads;
}

// Until the last worker has left, or the grace after the halt is over: then what is left is cut.
void wait_for_workers(Run& run) {
    auto all_left = [&run] { return run.workers_active == 0; };
    std::unique_lock lock(run.mutex);
    if (run.worker_left.wait(lock, run.halt.get_token(), all_left)) return;
    if (run.worker_left.wait_for(lock, run.settings.stop_grace, all_left)) return;
    lock.unlock();
    run.cut.request_stop();
}

}  // namespace

Emulator::Emulator(std::unique_ptr<Run> run) : run_(std::move(run)) {}
Emulator::~Emulator() = default;

Result<std::unique_ptr<Emulator>> Emulator::open(EmulatorSettings settings, EmulatorPorts ports) {
    CHECK(ports.open_source && ports.walk && ports.clock,
          "the emulator needs a source, a walk and a clock");
    while (settings.base_url.ends_with('/')) settings.base_url.pop_back();
    TRY_STATUS(check(settings));
    auto run = std::make_unique<Run>(std::move(settings), std::move(ports));
    return std::unique_ptr<Emulator>(new Emulator(std::move(run)));
}

Result<EmulatorOutcome> Emulator::run(std::stop_token stop) {
    Run& run = *run_;
    CHECK(!std::exchange(run.has_begun, true), "an emulator runs once");
    std::int64_t begin_us = run.ports.clock->steady_us();
    run.begin();
    {
        std::stop_callback halt_on_stop(stop, [&run] { run.halt.request_stop(); });
        std::vector<std::jthread> workers = start_workers(run);
        wait_for_workers(run);
    }  // joined
    if (run.error) return std::unexpected(*run.error);
    EmulatorOutcome outcome;
    static_cast<EmulatorCounts&>(outcome) = run.tally.counts();
    outcome.seconds = static_cast<double>(run.ports.clock->steady_us() - begin_us) / 1e6;
    outcome.reasons = run.tally.reasons();
    return outcome;
}

EmulatorCounts Emulator::progress() const { return run_->tally.counts(); }

}  // namespace pinflow::emulator
