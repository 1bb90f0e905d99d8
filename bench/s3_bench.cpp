// SPDX-License-Identifier: Apache-2.0
// Puts and gets through remote/s3, several threads at once.
// s3_bench ENDPOINT BUCKET BYTES COUNT THREADS: one JSON line for each direction. The keys are
// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <thread>

#include "base/hash.h"
#include "base/reactor.h"
#include "base/text.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "remote/s3/s3_store.h"

namespace pinflow::bench {
namespace {

std::string from_environment(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? "" : text;
}

struct Load {
    std::size_t bytes = 0;
    int count = 0;
    int threads = 1;
};

double processor_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    auto seconds = [](const timeval& of) {
        return static_cast<double>(of.tv_sec) + static_cast<double>(of.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

Status measure(const char* what, const Load& load, const std::function<Status(int)>& work) {
    posix::SystemClock clock;
    std::atomic<int> next = 0;
    std::atomic<int> failures = 0;
    std::int64_t began_us = clock.steady_us();
    double used_before = processor_seconds();
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < load.threads; ++i) {
            workers.emplace_back([&] {
                for (int at = next++; at < load.count; at = next++)
                    if (!work(at)) ++failures;
            });
        }
    }
    double seconds = static_cast<double>(clock.steady_us() - began_us) / 1e6;
    fmt::print(
        "{{\"what\":\"{}\",\"bytes\":{},\"threads\":{},\"objects_per_s\":{:.1f},\"cpu_s\":"
        "{:.3f}}}\n",
        what, load.bytes, load.threads, load.count / seconds, processor_seconds() - used_before);
    if (failures > 0)
        return fail(Errc::failed_check, fmt::format("{} requests failed", failures.load()));
    return {};
}

Status run(const std::string& endpoint, const std::string& bucket, const Load& load) {
    posix::PosixFiles files;
    posix::SystemClock clock;
    sigv4::Credentials credentials{from_environment("AWS_ACCESS_KEY_ID"),
                                   from_environment("AWS_SECRET_ACCESS_KEY"),
                                   from_environment("AWS_SESSION_TOKEN")};
    s3::S3Settings settings{
        .endpoint = endpoint, .bucket = bucket, .prefix = "bench-" + random_uuid()};
    settings.connections_max = static_cast<std::size_t>(load.threads);
    settings.credentials = [credentials] { return credentials; };
    TRY(auto store, s3::S3Store::open(std::move(settings), files, clock));
    const std::string body(load.bytes, 'x');
    auto key = [](int at) { return fmt::format("{:06}", at); };
    TRY_STATUS(measure("put", load,
                       [&](int at) { return run_here(store->put(key(at), body, PutIf::absent)); }));
    TRY_STATUS(measure("get", load, [&](int at) -> Status {
        TRY(std::string bytes, run_here(store->get(key(at), {})));
        return bytes.size() == body.size() ? Status{} : fail(Errc::failed_check, "cut short");
    }));
    return measure("remove", load, [&](int at) { return run_here(store->remove(key(at))); });
}

}  // namespace
}  // namespace pinflow::bench

int main(int argc, char** argv) {
    using namespace pinflow;  // tidy: allowed
    if (argc != 6) return 2;
    auto number = [&](int at) { return parse_int(argv[at]).value_or(1); };
    bench::Load load{static_cast<std::size_t>(number(3)), static_cast<int>(number(4)),
                     static_cast<int>(number(5))};
    Status done = bench::run(argv[1], argv[2], load);
    if (!done) fmt::print(stderr, "{}\n", done.error().text);
    return done ? 0 : 1;
}
