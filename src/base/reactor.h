// SPDX-License-Identifier: Apache-2.0
// A Reactor is one thread with one io_context: the only place where Tasks run. Request reactors
// must never be blocked; a background station's own reactor may be (DuckDB, files, curl).
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "base/task.h"

namespace pinflow {

class Reactor final {
public:
    explicit Reactor(std::string name);  // at most 15 characters, seen in `top -H`
    ~Reactor();                          // stops and joins
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    boost::asio::io_context& context() { return context_; }

    // Starts a Task on this reactor and lets it go. An exception of a library that escapes it
    // ends the process: state after it is unknown.
    void start(Task<void> task);

    // Runs a Task on this reactor and waits for its value. Never call it from this reactor.
    template <class T>
    T run(Task<T> task) {
        return boost::asio::co_spawn(context_, std::move(task), boost::asio::use_future_t<>{})
            .get();
    }

    void stop();  // drops what has not finished; idempotent

private:
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

// Runs a Task to its end on the calling thread, on an io_context of its own: for commands and tests
// whose ports complete inline or on other threads.
template <class T>
T run_here(Task<T> task) {
    boost::asio::io_context context{1};
    auto result = boost::asio::co_spawn(context, std::move(task), boost::asio::use_future_t<>{});
    context.run();
    return result.get();
}

}  // namespace pinflow
