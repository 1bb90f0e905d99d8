// SPDX-License-Identifier: Apache-2.0
// The stream job over a foreign Kinesis, at the address that PINFLOW_TEST_KINESIS holds: resharding
// in mid-read, and a server that is killed (which PINFLOW_TEST_KINESIS_COMMAND starts). Without
// these, none of the tests is there.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <numeric>

#include "base/hash.h"
#include "base/reactor.h"
#include "base/text.h"
#include "codec/json/writer.h"
#include "engine/duckdb_engine.h"
#include "lake/delta_lake.h"
#include "memory/memory_meter.h"
#include "memory/memory_work_book.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "remote/kinesis/kinesis_streams.h"
#include "store/folder_store.h"
#include "stream/stream_fixture.h"
#include "stream/stream_job.h"

namespace pinflow::kinesis {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStream = "streaming-u-pin";
constexpr const char* kTable = "u_pin_table";
constexpr int kKeys = 20;

std::vector<std::string> from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::vector<std::string>{} : std::vector<std::string>{value};
}

class JobOverKinesis : public testing::TestWithParam<std::string> {
protected:
    JobOverKinesis() {
        settings_.endpoint = from_environment("PINFLOW_TEST_KINESIS").at(0);
        settings_.region = "us-east-1";
        settings_.idle_read_interval = std::chrono::milliseconds(100);
        settings_.credentials = [] { return sigv4::Credentials{"key", "secret", ""}; };
        streams_ = KinesisStreams::open(settings_, clock_).value();
    }
    ~JobOverKinesis() override {
        if (job_) reactor_.run(job_->stop());
        job_.reset();
        (void)run_here(streams_->remove_stream(kStream));
        fs::remove_all(folder_);
    }

    void create_stream(std::int32_t shards) {
        (void)run_here(streams_->remove_stream(kStream));
        auto created = run_here(streams_->create_stream(kStream, shards));
        ASSERT_TRUE(created) << created.error().text;
    }

    // A new life of the job: it has the work book and the tables, and nothing else.
    void start() {
        if (job_) reactor_.run(job_->stop());
        job_.reset();
        streams_ = KinesisStreams::open(settings_, clock_).value();
        lake_ = lake::DeltaLake::open(*store_, clock_, engine_, folder_ / "staging").value();
        job_ = stream::StreamJob::open(*streams_, no_topics_, *lake_, engine_, book_, clock_,
                                       meter_, {stream::pin_kind()},
                                       {.commit_interval_ms = 50, .discovery_interval_ms = 300})
                   .value();
        reactor_.start(job_->run());
    }

    // One record of each key, each one put.
    void put_round() {
        for (int key = 0; key < kKeys; ++key) {
            auto outcomes =
                run_here(streams_->put(kStream,
                                       {{fmt::format("key {}", key), std::nullopt,
                                         fmt::format(R"({{"ind":{},"name":"n"}})", sent_++)}},
                                       {}));
            ASSERT_TRUE(outcomes) << outcomes.error().text;
            ASSERT_TRUE(outcomes->at(0)) << outcomes->at(0).error().text;
        }
    }

    std::vector<ShardInfo> open_shards() {
        auto shards = run_here(streams_->describe_stream(kStream)).value().shards;
        std::erase_if(shards, [](const ShardInfo& shard) { return shard.is_closed(); });
        return shards;
    }
    void call(std::string_view operation, std::map<std::string, std::string> members) {
        Api api(settings_, endpoint_of(settings_).value(), clock_);
        json::JsonWriter writer;
        writer.begin_object().member("StreamName", kStream);
        for (auto& [name, value] : members) writer.member(name, value);
        writer.end_object();
        auto done = run_here(api.call({.operation = operation,
                                       .stream = kStream,
                                       .body = [&] { return writer.text(); },
                                       .read = {},
                                       .is_repeatable = false}));
        ASSERT_TRUE(done) << done.error().error.text;
    }
    void split(const ShardInfo& shard) {
        std::size_t open = open_shards().size();
        call("SplitShard", {{"ShardToSplit", shard.id}, {"NewStartingHashKey", middle_of(shard)}});
        while (open_shards().size() != open + 1) std::this_thread::yield();
    }
    void merge(const ShardInfo& left, const ShardInfo& right) {
        std::size_t open = open_shards().size();
        call("MergeShards", {{"ShardToMerge", left.id}, {"AdjacentShardToMerge", right.id}});
        while (open_shards().size() != open - 1) std::this_thread::yield();
    }
    static std::string middle_of(const ShardInfo& shard) {
        __extension__ using Wide = unsigned __int128;
        auto number = [](const std::string& text) {
            Wide value = 0;
            for (char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
            return value;
        };
        Wide first = number(shard.hash_key_first);
        std::string text;
        for (Wide middle = first + (number(shard.hash_key_last) - first) / 2; middle > 0;
             middle /= 10) {
            text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(middle % 10)));
        }
        return text;
    }

    std::vector<std::int64_t> committed() {
        auto found = run_here(lake_->table(kTable).value()->read(std::nullopt)).value();
        std::map<std::int64_t, std::string> files;
        for (const DataFile& file : found.files) {
            files[parse_int(file.tags.at("batch")).value()] = file.local_path;
        }
        std::vector<std::int64_t> inds;
        for (auto& [batch, path] : files) {
            auto session = engine_.open_session({.threads = 1}).value();
            EXPECT_TRUE(session->create_view("t", found.schema, {path}));
            std::ranges::copy(session->query("SELECT ind FROM t").value().columns[0].integers,
                              std::back_inserter(inds));
        }
        return inds;
    }
    // Each record is one row, and those of a key stand in the order in which they were put.
    void expect_all_once_and_in_order() {
        Status drained = reactor_.run(job_->drain());
        ASSERT_TRUE(drained) << drained.error().text;
        std::vector<std::int64_t> inds = committed();
        std::map<std::int64_t, std::int64_t> last;
        for (std::int64_t ind : inds) {
            auto [known, is_new] = last.try_emplace(ind % kKeys, ind);
            EXPECT_TRUE(is_new || known->second < ind) << known->second << " before " << ind;
            known->second = ind;
        }
        std::ranges::sort(inds);
        std::vector<std::int64_t> expected(static_cast<std::size_t>(sent_));
        std::iota(expected.begin(), expected.end(), 0);
        EXPECT_EQ(inds, expected);
        EXPECT_EQ(job_->ledger(), (Ledger{.read = sent_, .written = sent_}));
    }

    fs::path folder_ = fs::temp_directory_path() / ("job_over_kinesis." + random_uuid());
    posix::PosixFiles files_;
    posix::SystemClock clock_;
    memory::MemoryMeter meter_;
    memory::MemoryWorkBook book_;
    stream::OneTopic no_topics_;
    engine::DuckDbEngine engine_;
    std::unique_ptr<store::FolderStore> store_ =
        store::FolderStore::open(files_, clock_, folder_, "tables").value();
    std::unique_ptr<lake::DeltaLake> lake_;
    KinesisSettings settings_;
    std::unique_ptr<KinesisStreams> streams_;
    Reactor reactor_{"job"};
    std::unique_ptr<stream::StreamJob> job_;
    std::int64_t sent_ = 0;
};

class JobOverReshards : public JobOverKinesis {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(JobOverReshards);
INSTANTIATE_TEST_SUITE_P(Kinesis, JobOverReshards,
                         testing::ValuesIn(from_environment("PINFLOW_TEST_KINESIS")));

TEST_P(JobOverReshards, splits_and_merges_in_mid_read_lose_and_double_nothing) {
    create_stream(2);
    start();
    put_round();
    for (int change = 0; change < 8; ++change) {
        auto open = open_shards();
        if (change % 3 == 2) {
            std::ranges::sort(open, {}, [](const ShardInfo& shard) {
                return std::pair(shard.hash_key_first.size(), shard.hash_key_first);
            });
            merge(open[0], open[1]);
        } else {
            split(open[static_cast<std::size_t>(change) % open.size()]);
        }
        put_round();
        if (change == 3 || change == 5) start();  // a restart with parents half read
    }
    expect_all_once_and_in_order();
}

// A server of its own, which can be killed. It must keep its streams on disk.
class JobOverDyingServer : public JobOverKinesis {
protected:
    JobOverDyingServer() { start_server(); }
    ~JobOverDyingServer() override {
        (void)run_here(streams_->remove_stream(kStream));
        kill_server();
    }
    void start_server() {
        server_ = ::fork();
        if (server_ == 0) {
            ::execl("/bin/sh", "sh", "-c", ("exec " + GetParam()).c_str(), nullptr);
            ::_exit(127);
        }
        while (!run_here(streams_->list_streams())) std::this_thread::yield();
    }
    void kill_server() {
        ::kill(server_, SIGKILL);
        ::waitpid(server_, nullptr, 0);
    }
    pid_t server_ = 0;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(JobOverDyingServer);
INSTANTIATE_TEST_SUITE_P(Kinesis, JobOverDyingServer,
                         testing::ValuesIn(from_environment("PINFLOW_TEST_KINESIS_COMMAND")));

TEST_P(JobOverDyingServer, a_server_that_was_killed_and_started_is_gone_on_with) {
    create_stream(2);
    start();
    put_round();
    for (int life = 0; life < 3; ++life) {
        kill_server();
        auto put = std::async(std::launch::async, [this] { put_round(); });  // waits for it
        start_server();
        put.get();
        put_round();
    }
    expect_all_once_and_in_order();
}

}  // namespace
}  // namespace pinflow::kinesis
