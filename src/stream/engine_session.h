// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ports/sql_engine.h"
#include "stream/settings.h"

namespace pinflow::stream {

// The one session of the job, opened at its first batch: a server without streams loads no engine.
class EngineSession final {
public:
    explicit EngineSession(SqlEngine& engine) : engine_(engine) {}

    Result<SqlSession*> get() {
        if (!session_) {
            TRY(session_, engine_.open_session({.threads = kEngineThreads, .spill_directory = {}}));
        }
        return session_.get();
    }

    // After a failure: what it left behind goes with it.
    void close() { session_.reset(); }

private:
    SqlEngine& engine_;
    std::unique_ptr<SqlSession> session_;
};

}  // namespace pinflow::stream
