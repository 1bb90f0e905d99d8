// SPDX-License-Identifier: Apache-2.0
// How a coroutine waits for a thread that serves many: it leaves a Resumption and sleeps; that
// thread resumes a whole group by one post per reactor, since each post wakes a thread.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <vector>

#include "base/task.h"

namespace pinflow {

constexpr boost::asio::use_awaitable_t<boost::asio::io_context::executor_type> kUseTask;

struct Resumption {
    boost::asio::io_context* context = nullptr;  // null: at once, on whatever thread resumes it
    // Runs on the context's own thread only. (Not asio's any_completion_handler: in Boost 1.81 its
    // move assignment calls itself without end.)
    std::move_only_function<void()> handler;
};

// Suspends the calling Task and hands submit(Resumption) what resumes it. The reactor must outlive
// whoever holds the Resumption.
template <class Submit>
auto suspend(boost::asio::io_context& context, Submit submit) {
    return boost::asio::async_initiate<decltype(kUseTask), void()>(
        [&context, submit = std::move(submit)](auto handler) mutable {
            submit(Resumption{&context, std::move(handler)});
        },
        kUseTask);
}

// From any thread.
void resume_all(std::vector<Resumption> waiting);

}  // namespace pinflow
