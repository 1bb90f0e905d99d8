// SPDX-License-Identifier: Apache-2.0
#include "base/crash_point.h"

#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <string>

#include "base/text.h"

namespace pinflow {
namespace {

// The one global state of the program: a switch of the tests, which must reach every thread.
std::mutex mutex;
std::string armed_name;
std::int64_t passings_left = 0;

}  // namespace

namespace detail {

std::atomic<bool> crash_is_armed = false;

void pass_crash_point(std::string_view name) {
    std::scoped_lock lock(mutex);
    if (name != armed_name || --passings_left > 0) return;
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();  // the signal ends every thread, this one at some moment
}

}  // namespace detail

void arm_crash_point(std::string_view name, std::int64_t count) {
    std::scoped_lock lock(mutex);
    armed_name = name;
    passings_left = count;
    detail::crash_is_armed = !name.empty();
}

bool arm_crash_point_from(std::string_view text) {
    auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        arm_crash_point(text);
        return true;
    }
    auto count = parse_int(text.substr(colon + 1));
    if (!count || *count < 1 || colon == 0) return false;
    arm_crash_point(text.substr(0, colon), *count);
    return true;
}

}  // namespace pinflow
