// SPDX-License-Identifier: Apache-2.0
#include "app/terminal.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace pinflow::app {
namespace {

std::atomic<int> stop_signals{0};

void on_stop_signal(int) {
    if (stop_signals.fetch_add(1) > 0) _exit(130);
    constexpr std::string_view kNote = "\nstopping cleanly (once more to force)\n";
    [[maybe_unused]] auto written = write(STDERR_FILENO, kNote.data(), kNote.size());
}

std::int64_t steady_us() {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

bool stdout_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool stderr_is_terminal() { return isatty(STDERR_FILENO) == 1; }

bool wants_colour(bool is_terminal) {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    bool is_dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
    return is_terminal && !is_dumb && (no_colour == nullptr || *no_colour == '\0');
}

int terminal_columns() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

void print_out(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void print_message(std::string_view text) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

Exit exit_for(const Error& error) {
    switch (error.code) {
        case Errc::unavailable:
        case Errc::timed_out: return Exit::unavailable;
        case Errc::failed_check: return Exit::check_failed;
        case Errc::cancelled: return Exit::interrupted;
        default: return Exit::failed;
    }
}

Exit report(const Error& error) {
    print_message("pinflow: " + error.text);
    return exit_for(error);
}

Stage::Stage(std::string_view name, bool is_quiet)
    : name_(name), is_quiet_(is_quiet), started_us_(steady_us()) {
    if (!is_quiet_ && stderr_is_terminal()) std::fprintf(stderr, "  %-10s …", name_.c_str());
}

void Stage::progress(std::int64_t done, std::int64_t total) {
    constexpr std::int64_t kRedrawInterval_us = 100'000;
    if (is_quiet_ || !stderr_is_terminal() || total <= 0) return;
    if (steady_us() - shown_us_ < kRedrawInterval_us) return;
    shown_us_ = steady_us();
    constexpr int kWidth = 30;
    int filled = static_cast<int>(done * kWidth / total);
    std::string bar;
    for (int i = 0; i < kWidth; ++i) bar += i < filled ? "█" : "░";
    std::fprintf(stderr, "\r\033[K  %-10s %s %s/%s", name_.c_str(), bar.c_str(),
                 with_thousands(done).c_str(), with_thousands(total).c_str());
}

double Stage::finish(std::string_view outcome) {
    double seconds = static_cast<double>(steady_us() - started_us_) / 1e6;
    if (!is_quiet_) {
        std::fprintf(stderr, "%s  %-10s %-74.*s %6.2f s\n", stderr_is_terminal() ? "\r\033[K" : "",
                     name_.c_str(), static_cast<int>(outcome.size()), outcome.data(), seconds);
    }
    return seconds;
}

void install_stop_signals() {
    struct sigaction action{};
    action.sa_handler = on_stop_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
}

void end_at_first_signal() {
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

bool stop_requested() { return stop_signals.load() > 0; }

}  // namespace pinflow::app
