// SPDX-License-Identifier: Apache-2.0
// Over the real server that PINFLOW_TEST_S3 names (s3_test_server.h); tests/scenario/s3_store.py
// starts one and runs this, also through a proxy that breaks things.
#include "remote/s3/s3_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "base/hash.h"
#include "base/reactor.h"
#include "contract/object_store_contract.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "remote/s3/s3_test_server.h"

namespace pinflow::s3 {
namespace {

namespace fs = std::filesystem;

struct Ports {
    Ports() { fs::create_directories(folder); }
    ~Ports() { fs::remove_all(folder); }
    fs::path folder = fs::temp_directory_path() / ("s3_test." + random_uuid());
    posix::PosixFiles files;
    posix::SystemClock clock;
};

contract::ObjectStoreUnderTest make_s3() {
    if (!test_server()) return {.why_not = kNoServer};
    auto ports = std::make_shared<Ports>();
    return {.owner = ports,
            .store = open_test_store(ports->files, ports->clock),
            .files = &ports->files,
            .directory = ports->folder.string(),
            .refuses_folders = false};
}

using contract::ObjectStoreContract;
INSTANTIATE_TEST_SUITE_P(S3, ObjectStoreContract, testing::Values(make_s3));

class S3StoreTest : public testing::Test {
protected:
    void SetUp() override {
        if (!test_server()) GTEST_SKIP() << kNoServer;
        store = open_test_store(ports.files, ports.clock);
    }
    std::string write_file(const std::string& bytes) {
        std::string path = (ports.folder / random_uuid()).string();
        std::string_view view = bytes;
        auto file = ports.files.open(path, OpenMode::create_new).value();
        EXPECT_TRUE(file->write_at(0, {&view, 1}));
        return path;
    }
    static std::string many_bytes(std::size_t count) {
        std::string bytes(count, '\0');
        std::uint64_t state = count;
        for (char& byte : bytes)
            byte = static_cast<char>((state = state * 6364136223846793005ULL + 1) >> 56);
        return bytes;
    }
    Ports ports;
    std::shared_ptr<S3Store> store;
};

TEST_F(S3StoreTest, a_real_store_keeps_the_promises_that_commits_rely_on) {
    Status checked = store->check();
    EXPECT_TRUE(checked) << checked.error().text;
    EXPECT_EQ(run_here(store->list("")).value().size(), 0u);
}

TEST_F(S3StoreTest, large_files_go_in_parts_and_come_back_in_pieces) {
    const std::string bytes = many_bytes((40 << 20) + 17);
    const std::string path = write_file(bytes);
    Status put = run_here(store->put_file("large", path, PutIf::absent));
    ASSERT_TRUE(put) << put.error().text;
    EXPECT_EQ(run_here(store->head("large")).value().bytes, bytes.size());
    EXPECT_TRUE(run_here(store->get("large", {})).value() == bytes);
    EXPECT_TRUE(run_here(store->get("large", {(7 << 20) + 3, 20 << 20})).value() ==
                bytes.substr((7 << 20) + 3, 20 << 20));
    EXPECT_EQ(run_here(store->put_file("large", path, PutIf::absent)).error().code,
              Errc::already_exists);
    EXPECT_TRUE(run_here(store->put("large", many_bytes(17 << 20), PutIf::always)));
    EXPECT_TRUE(run_here(store->get("large", {})).value() == many_bytes(17 << 20));
}

TEST_F(S3StoreTest, uploads_in_parts_have_one_winner) {
    constexpr int kRivals = 4;
    std::atomic<int> wins = 0;
    std::atomic<int> winner = -1;
    {
        std::vector<std::jthread> rivals;
        for (int i = 0; i < kRivals; ++i) {
            rivals.emplace_back([&, i] {
                std::string bytes = many_bytes((17 << 20) + static_cast<std::size_t>(i));
                if (!run_here(store->put("prize", bytes, PutIf::absent))) return;
                winner = i;
                ++wins;
            });
        }
    }
    EXPECT_EQ(wins, 1);
    EXPECT_EQ(run_here(store->head("prize")).value().bytes,
              (17u << 20) + static_cast<unsigned>(winner));
}

// As the lake's commits: each of eight writers puts its entries under the next free number. At the
// end every entry stands there once, and the numbers have no hole.
TEST_F(S3StoreTest, rivals_build_a_log_without_losing_or_doubling_an_entry) {
    constexpr int kWriters = 8;
    constexpr int kEntries = 12;
    const std::string prefix = "log-" + random_uuid();
    std::mutex mutex;
    std::vector<std::string> problems;
    auto write = [&](int writer) {
        auto own = open_test_store(ports.files, ports.clock, prefix);
        for (int entry = 0, number = 0; entry < kEntries; ++number) {
            Status put = run_here(own->put(fmt::format("log/{:05}", number),
                                           fmt::format("{} of {}", entry, writer), PutIf::absent));
            if (put) ++entry;
            if (put || put.error().code == Errc::already_exists) continue;
            std::scoped_lock lock(mutex);
            problems.push_back(put.error().text);
            return;
        }
    };
    {
        std::vector<std::jthread> writers;
        for (int writer = 0; writer < kWriters; ++writer) writers.emplace_back(write, writer);
    }
    EXPECT_TRUE(problems.empty()) << problems[0];
    auto log = open_test_store(ports.files, ports.clock, prefix);
    std::map<std::string, int> entries;
    int number = 0;
    for (const ObjectInfo& object : run_here(log->list("log/")).value()) {
        EXPECT_EQ(object.key, fmt::format("log/{:05}", number++));
        ++entries[run_here(log->get(object.key, {})).value()];
    }
    EXPECT_EQ(number, kWriters * kEntries);
    EXPECT_EQ(entries.size(), static_cast<std::size_t>(kWriters * kEntries));
}

// tests/scenario/s3_store.py puts objects by another client, whose bytes are their names, and looks
// at ours.
TEST_F(S3StoreTest, reads_what_another_program_put) {
    auto foreign = open_test_store(ports.files, ports.clock, "foreign");
    auto objects = run_here(foreign->list("")).value();
    if (objects.empty()) GTEST_SKIP() << "no other program has put anything";
    for (const ObjectInfo& object : objects)
        EXPECT_EQ(run_here(foreign->get(object.key, {})).value(), object.key);
    Status put = run_here(foreign->put("from pinflow", "written by pinflow", PutIf::absent));
    EXPECT_TRUE(put) << put.error().text;
}

TEST_F(S3StoreTest, a_server_is_trusted_by_the_ca_file_alone) {
    const char* authority = std::getenv("PINFLOW_TEST_S3_CA");
    if (authority == nullptr)
        GTEST_SKIP() << "PINFLOW_TEST_S3_CA names no file: the server has no TLS";
    S3Settings settings = *test_server();
    settings.wait = [](std::chrono::milliseconds) { return true; };
    for (std::string ca : {std::string(authority), std::string(), std::string("/none.pem")}) {
        settings.ca_file = ca;
        auto opened = S3Store::open(settings, ports.files, ports.clock).value();
        Status put = run_here(opened->put("k", "bytes", PutIf::always));
        EXPECT_EQ(put.has_value(), ca == authority) << ca;
        if (!put) EXPECT_EQ(put.error().code, Errc::permission) << put.error().text;
    }
}

}  // namespace
}  // namespace pinflow::s3
