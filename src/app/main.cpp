// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>
#include <unistd.h>

#include <exception>

#include "app/command_line.h"
#include "base/check.h"
#include "base/crash_point.h"

namespace {

// Each partition keeps its last segment open, so a thousand partitions need a thousand descriptors;
// the customary soft limit of 1,024 is for programs that use select().
void allow_many_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int count, char** arguments) {
    try {
        allow_many_files();
        const char* crash_point = ::getenv("PINFLOW_CRASH_POINT");
        CHECK(pinflow::arm_crash_point_from(crash_point == nullptr ? "" : crash_point),
              "PINFLOW_CRASH_POINT is <name> or <name>:<count>");
        pinflow::app::install_stop_signals();
        return pinflow::app::run_command_line(count, arguments, environ);
    } catch (const std::exception& error) {
        CHECK(false, error.what());  // a library threw where none may
    }
}
