// SPDX-License-Identifier: Apache-2.0
// kill -9 on a real process over real files: what it had acknowledged is there, once.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <random>

#include "base/hash.h"
#include "eventlog/log_fixture.h"
#include "posix/posix_files.h"

namespace pinflow::eventlog {
namespace {

constexpr int kProducers = 8;

// An acknowledgement, written to the pipe by one write, which is atomic below PIPE_BUF.
struct Ack {
    std::int32_t round = 0;
    std::int32_t producer = 0;
    std::int32_t number = 0;
    std::int32_t reserved = 0;
    std::int64_t offset = 0;
};

std::string value_of(int round, int producer, int number) {
    return std::to_string(round) + "/" + std::to_string(producer) + "/" + std::to_string(number) +
           std::string(static_cast<std::size_t>(number * 37 % 900), 'x');
}

Task<void> produce(EventLog& log, int round, int producer, int pipe) {
    for (int number = 0;; ++number) {
        std::vector<PartitionBatch> one(1);
        one[0] = {{"t", producer % 2}, batch_of({value_of(round, producer, number)}), 1};
        auto outcomes = co_await log.append(one);
        if (!outcomes[0]) ::_exit(3);
        Ack ack{round, producer, number, 0, outcomes[0]->base_offset};
        if (::write(pipe, &ack, sizeof ack) != sizeof ack) ::_exit(4);
    }
}

// The child: writes until it is killed. Nothing of the parent's threads exists here.
[[noreturn]] void write_until_killed(const std::string& directory, int round, int pipe) {
    posix::PosixFiles files;
    NativeLogSettings settings = small_settings(directory);
    settings.segment_bytes_max = 64 << 10;
    LogFixture log(files, settings);
    if (!log.start()) ::_exit(2);
    if (round == 0 && !log.create("t", 2)) ::_exit(2);
    for (int producer = 0; producer < kProducers; ++producer) {
        log.reactor().start(produce(log.log().topics(), round, producer, pipe));
    }
    for (;;) ::pause();
}

// Reads acknowledgements until `count` are there, kills the child, and reads what is left.
std::vector<Ack> reap(pid_t child, int pipe, std::size_t count) {
    std::vector<Ack> acks;
    Ack ack;
    while (::read(pipe, &ack, sizeof ack) == sizeof ack) {
        acks.push_back(ack);
        if (acks.size() == count) ::kill(child, SIGKILL);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself, with " << WEXITSTATUS(status);
    return acks;
}

TEST(Kill, every_acknowledged_record_is_there_once_after_kill_9) {
    auto directory = std::filesystem::temp_directory_path() / ("pinflow-" + random_uuid());
    std::mt19937_64 dice(std::random_device{}());
    std::map<std::pair<std::int32_t, Offset>, std::string> acknowledged;
    for (int round = 0; round < 10; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(ends[0]);
            write_until_killed(directory.string(), round, ends[1]);
        }
        ::close(ends[1]);
        for (const Ack& ack : reap(child, ends[0], 20 + dice() % 400)) {
            acknowledged[{ack.producer % 2, ack.offset}] =
                value_of(ack.round, ack.producer, ack.number);
        }
        ::close(ends[0]);

        posix::PosixFiles files;
        NativeLogSettings settings = small_settings(directory.string());
        LogFixture log(files, settings);
        auto opened = log.start();
        ASSERT_TRUE(opened.has_value()) << opened.error().text;
        std::set<std::string> seen;
        for (int partition : {0, 1}) {
            auto values = log.values({"t", partition}).value();
            for (const auto& value : values) ASSERT_TRUE(seen.insert(value).second) << "doubled";
            for (const auto& [place, value] : acknowledged) {
                if (place.first != partition) continue;
                ASSERT_LT(place.second, static_cast<Offset>(values.size())) << "lost " << value;
                ASSERT_EQ(values[static_cast<std::size_t>(place.second)], value);
            }
        }
        // Half of the rounds end with one copy of the checkpoint lost.
        log.stop();
        if (round % 2 == 0) std::filesystem::remove(directory / "checkpoint.0");
    }
    EXPECT_GT(acknowledged.size(), 200u);
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace pinflow::eventlog
