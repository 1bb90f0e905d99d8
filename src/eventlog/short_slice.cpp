// SPDX-License-Identifier: Apache-2.0
#include "eventlog/short_slice.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace pinflow::eventlog {
namespace {

constexpr std::uint64_t kSliceNs = 100'000;

// The kernel's struct sched_attr, first version; glibc 2.36 does not declare it.
struct SchedAttributes {
    std::uint32_t size = sizeof(SchedAttributes);
    std::uint32_t policy = 0;  // SCHED_OTHER
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = kSliceNs;
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};
static_assert(sizeof(SchedAttributes) == 48);

}  // namespace

void ask_for_short_slice() {
    SchedAttributes attributes;
    attributes.nice = ::getpriority(PRIO_PROCESS, 0);  // as it is
    ::syscall(SYS_sched_setattr, 0, &attributes, 0u);
}

}  // namespace pinflow::eventlog
