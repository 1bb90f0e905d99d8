// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include "remote/mysql/connection.h"

namespace pinflow::mysql {

struct MysqlPorts {
    Clock* clock = nullptr;  // outlives the source
    std::stop_token stop;    // give up what is waited for
    // Waits, or returns false as soon as the stop is asked for. Empty: for real.
    std::function<bool(std::chrono::milliseconds, std::stop_token)> wait;
};

// How long a question is asked anew: enough for a server that restarts, or fails over to another.
inline constexpr int kAttemptsMax = 30;
inline constexpr int kSilencesMax = 2;                       // attempts that ran into the timeout
inline constexpr std::chrono::milliseconds kWaitFirst{100};  // then doubled each time, up to
inline constexpr std::chrono::milliseconds kWaitMax{5'000};

// A connection that is made anew when it is lost. For questions that may be asked twice: they
// change nothing.
class Session final {
public:
    // Connects, in one attempt: a wrong address should be told at once.
    static Result<Session> open(MysqlSettings settings, MysqlPorts ports);

    // Asks until there is an answer, or another attempt would be no use, or there were too many.
    // `question` takes a Connection& and gives a Reply<Answer>.
    template <class Answer, class Question>
    Result<Answer> ask(const Question& question) {
        for (Attempts attempts;;) {
            Reply<void> ready = connected();
            Reply<Answer> answer = ready ? question(*connection_)
                                         : Reply<Answer>(std::unexpected(std::move(ready).error()));
            if (answer) return *std::move(answer);
            TRY_STATUS(prepare_another(attempts, std::move(answer).error()));
        }
    }

    // For what must not be done twice: a connection that stands, or one attempt to make it.
    Reply<Connection*> connection();

    // How often it was connected anew: whoever remembers something of the server looks here.
    int reconnects() const { return reconnects_; }

private:
    struct Attempts {
        int made = 0;
        int silent = 0;
    };

    Session(MysqlSettings settings, MysqlPorts ports);

    Reply<void> connected();
    Status prepare_another(Attempts& attempts, Failure failure);

    MysqlSettings settings_;
    MysqlPorts ports_;
    std::optional<Connection> connection_;  // empty: lost
    int reconnects_ = -1;
};

}  // namespace pinflow::mysql
