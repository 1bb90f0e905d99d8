// SPDX-License-Identifier: Apache-2.0
// What the commands show while they work: messages on stderr, data on stdout.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow::app {

bool stdout_is_terminal();
bool stderr_is_terminal();
bool wants_colour(bool is_terminal);  // NO_COLOR and TERM=dumb are obeyed
int terminal_columns();               // 80 when unknown

void print_out(std::string_view text);      // stdout, no newline added
void print_message(std::string_view text);  // stderr, newline added

// Ends as the shell expects: 0 ok, 1 failed, 2 usage, 3 a check did not hold, 69 a service is not
// there, 78 bad configuration, 130 stopped by a signal before it was done.
enum class Exit : int {
    ok = 0,
    failed = 1,
    usage = 2,
    check_failed = 3,
    unavailable = 69,
    bad_configuration = 78,
    interrupted = 130
};

Exit exit_for(const Error& error);
Exit report(const Error& error);  // prints "pinflow: …" and gives the code

// One line a stage: its name at once, its outcome and time when it ends. Quiet when told so.
class Stage {
public:
    Stage(std::string_view name, bool is_quiet);
    void progress(std::int64_t done, std::int64_t total);  // a bar on a terminal, else nothing
    double finish(std::string_view outcome);               // seconds since the start
private:
    std::string name_;
    bool is_quiet_;
    std::int64_t started_us_;
    std::int64_t shown_us_ = 0;
};

// Set by SIGINT and SIGTERM after install_stop_signals(). A second SIGINT ends the process at once.
void install_stop_signals();
bool stop_requested();
// For commands that only read: the first signal ends the process, as if nothing had been installed.
void end_at_first_signal();

}  // namespace pinflow::app
