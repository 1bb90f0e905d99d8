// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/check.h"
#include "base/log.h"

namespace pinflow::mysql {
namespace {

bool wait_for_real(std::chrono::milliseconds time, std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

// After the attempt of that number, from 1.
std::chrono::milliseconds wait_after(int attempt) {
    constexpr int kDoublingsMax = 16;  // past kWaitMax long since
    return std::min(kWaitMax, kWaitFirst * (1 << std::min(attempt - 1, kDoublingsMax)));
}

}  // namespace

Session::Session(MysqlSettings settings, MysqlPorts ports)
    : settings_(std::move(settings)), ports_(std::move(ports)) {
    CHECK(ports_.clock != nullptr, "a session needs a clock");
    if (!ports_.wait) ports_.wait = wait_for_real;
}

Result<Session> Session::open(MysqlSettings settings, MysqlPorts ports) {
    Session session(std::move(settings), std::move(ports));
    if (auto ready = session.connected(); !ready)
        return std::unexpected(std::move(ready).error().error);
    return session;
}

Reply<void> Session::connected() {
    if (connection_) return {};
    TRY(auto connection, Connection::open(settings_, *ports_.clock, ports_.stop));
    connection_ = std::move(connection);
    ++reconnects_;
    return {};
}

Reply<Connection*> Session::connection() {
    TRY_STATUS(connected());
    return &*connection_;
}

Status Session::prepare_another(Attempts& attempts, Failure failure) {
    if (failure.cure == Cure::none) return std::unexpected(std::move(failure).error);
    connection_.reset();
    ++attempts.made;
    if (failure.error.code == Errc::timed_out) ++attempts.silent;
    if (attempts.made >= kAttemptsMax || attempts.silent >= kSilencesMax) {
        failure.error.text += fmt::format("; asked {} times", attempts.made);
        return std::unexpected(std::move(failure).error);
    }
    log_info("source", "{}; trying again ({} of {})", failure.error.text, attempts.made,
             kAttemptsMax - 1);
    if (!ports_.wait(wait_after(attempts.made), ports_.stop))
        return fail(Errc::cancelled, settings_.shown() + ": stopped");
    return {};
}

}  // namespace pinflow::mysql
