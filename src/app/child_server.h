// SPDX-License-Identifier: Apache-2.0
// `pinflow up` as a process of its own, so that it can be killed.
#pragma once

#include <sys/types.h>

#include <string>

#include "app/commands.h"

namespace pinflow::app {

class ChildServer {
public:
    // Starts it and waits until it serves. Its messages go to <data dir>/server.log. `gateway`: the
    // address to take, or "127.0.0.1:0" for any.
    static Result<ChildServer> start(const Context& context, const std::string& gateway);
    ChildServer(ChildServer&& other) noexcept;
    ChildServer& operator=(ChildServer&& other) noexcept;
    ~ChildServer();  // kills

    const std::string& gateway() const { return gateway_; }

    void kill_now();        // SIGKILL: no handler, no flush, no goodbye
    Status stop_cleanly();  // SIGTERM, and its exit code

private:
    ChildServer() = default;

    pid_t process_ = 0;
    std::string gateway_;
};

}  // namespace pinflow::app
