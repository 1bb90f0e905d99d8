// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

namespace pinflow::eventlog {

using WaitTimer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>;

// A reader asleep at the end of a partition. Shared by its coroutine and the partition's list, for
// either may be done with it first. `timer` is the coroutine's; only its reactor's thread looks at
// it, and it is null once the coroutine has gone.
struct FetchWaiter {
    boost::asio::io_context* context = nullptr;
    WaitTimer* timer = nullptr;
};
using FetchWaiters = std::vector<std::shared_ptr<FetchWaiter>>;

// Ends their waiting, each on its own reactor, by one post a reactor. From any thread.
void wake_all(FetchWaiters waiters);

}  // namespace pinflow::eventlog
