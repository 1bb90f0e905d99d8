// SPDX-License-Identifier: Apache-2.0
#include "base/reactor.h"

#include <pthread.h>

#include <exception>

#include "base/check.h"

namespace pinflow {

Reactor::Reactor(std::string name) : work_(context_.get_executor()) {
    thread_ = std::thread([this, name = std::move(name)] {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        context_.run();
    });
}

Reactor::~Reactor() { stop(); }

void Reactor::start(Task<void> task) {
    boost::asio::co_spawn(context_, std::move(task), [](std::exception_ptr error) {
        if (!error) return;
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& what) {
            CHECK(false, what.what());
        }
    });
}

void Reactor::stop() {
    work_.reset();
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

}  // namespace pinflow
