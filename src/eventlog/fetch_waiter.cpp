// SPDX-License-Identifier: Apache-2.0
#include "eventlog/fetch_waiter.h"

#include "base/post_by_reactor.h"

namespace pinflow::eventlog {

void wake_all(FetchWaiters waiters) {
    post_by_reactor(
        std::move(waiters), [](const auto& waiter) { return waiter->context; },
        [](const auto& waiter) {
            if (waiter->timer != nullptr) waiter->timer->cancel();
        });
}

}  // namespace pinflow::eventlog
