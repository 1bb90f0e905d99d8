// SPDX-License-Identifier: Apache-2.0
// An SQL engine whose sessions can all be told to stop from another thread: for steps that run out
// of time or are cancelled, wherever in their work they are.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "ports/sql_engine.h"

namespace pinflow::app {

class InterruptibleEngine final : public SqlEngine {
public:
    // `engine` must outlive the sessions.
    explicit InterruptibleEngine(SqlEngine& engine) : engine_(engine) {}

    Result<std::unique_ptr<SqlSession>> open_session(const SqlSettings& settings) override;

    // Any thread: the running calls of its sessions fail with `cancelled`, and so do all later
    // ones. Call it again while the work goes on: a call that was just about to begin is missed by
    // one.
    void interrupt();

private:
    class Session;

    SqlEngine& engine_;
    std::atomic<bool> is_interrupted_ = false;
    std::mutex mutex_;
    std::vector<Session*> sessions_;  // guarded; those that are open
};

}  // namespace pinflow::app
