// SPDX-License-Identifier: Apache-2.0
// One measurement of the event log, beside the floor of the same disk taken just before and just
// after; prints one line of JSON. matrix.py runs it for each row of a table.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/barrier_files.h"
#include "bench/disk_floor.h"
#include "bench/options.h"
#include "eventlog/native_log.h"
#include "posix/system_clock.h"

namespace pinflow::bench {
namespace {

constexpr std::chrono::milliseconds kFloorDuration{250};  // before, and again after
constexpr std::chrono::milliseconds kLook{5};

// A benchmark's main thread has nothing to wait for but the clock.
void wait(std::chrono::milliseconds duration) {
    timespec time{.tv_sec = duration.count() / 1'000,
                  .tv_nsec = duration.count() % 1'000 * 1'000'000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &time) == EINTR) {
    }
}

double cpu_us() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    auto micros = [](timeval time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return micros(usage.ru_utime) + micros(usage.ru_stime);
}

// All that only grows, at one moment.
struct Moment {
    std::chrono::steady_clock::time_point time = std::chrono::steady_clock::now();
    double cpu = cpu_us();
    std::int64_t appends = 0;
    BarrierCounts disk;
    eventlog::LogCounts log;
};

struct Run {
    Moment begin, end;
    Samples latency;
};

Moment moment(const LogLoad& load, const BarrierFiles& files, const eventlog::NativeLog& log) {
    return {.appends = load.acknowledged(), .disk = files.counts(), .log = log.counts()};
}

// Until each partition has its first batch as well: a file is made only once.
void warm_up(const Options& options, const LogLoad& load) {
    wait(options.warm_up);
    while (load.acknowledged() < options.load.partitions && !load.has_failed()) wait(kLook);
}

Result<Run> run_load(const Options& options, BarrierFiles& files, eventlog::NativeLog& log) {
    TRY(auto load, LogLoad::open(log.topics(), options.load));
    load->start();
    warm_up(options, *load);
    load->begin_measuring();
    Run run;
    run.begin = moment(*load, files, log);
    wait(options.duration);
    run.end = moment(*load, files, log);
    TRY(run.latency, load->stop());
    return run;
}

Result<std::unique_ptr<eventlog::NativeLog>> open_log(const Options& options, Files& files,
                                                      Clock& clock) {
    eventlog::NativeLogSettings settings;
    settings.directory = options.directory + "/log";
    settings.durability = options.durability;
    return eventlog::NativeLog::open(files, clock, std::move(settings));
}

std::string_view class_of(eventlog::Durability durability) {
    return durability == eventlog::Durability::fsync ? "fsync" : "os (page cache)";
}

void print_floor(Samples& floor) {
    fmt::print("\"floor_per_s\":{:.0f},\"floor_p50_us\":{:.1f},\"floor_p99_us\":{:.1f}",
               static_cast<double>(floor.count()) / floor.sum_us() * 1e6, floor.quantile_us(0.5),
               floor.quantile_us(0.99));
}

void print_run(const Options& options, Run& run) {
    double seconds = std::chrono::duration<double>(run.end.time - run.begin.time).count();
    auto appends = static_cast<double>(run.end.appends - run.begin.appends);
    auto groups = static_cast<double>(run.end.log.groups - run.begin.log.groups);
    auto barriers = static_cast<double>(run.end.disk.barriers - run.begin.disk.barriers);
    auto written = static_cast<double>(run.end.disk.bytes_written - run.begin.disk.bytes_written);
    double records = appends * options.load.records_per_batch;
    double accepted = records * static_cast<double>(options.load.record_bytes);
    auto ratio = [](double a, double b) { return b > 0 ? a / b : 0.0; };
    fmt::print(
        "\"appends_per_s\":{:.0f},\"records_per_s\":{:.0f},\"groups_per_s\":{:.0f},"
        "\"barriers_per_s\":{:.0f},\"records_per_group\":{:.2f},"
        "\"records_per_barrier\":{:.2f},\"p50_us\":{:.1f},\"p99_us\":{:.1f},"
        "\"cpu_us_per_append\":{:.2f},\"written_per_accepted_byte\":{:.2f},",
        appends / seconds, records / seconds, groups / seconds, barriers / seconds,
        ratio(records, groups), ratio(records, barriers), run.latency.quantile_us(0.5),
        run.latency.quantile_us(0.99), ratio(run.end.cpu - run.begin.cpu, appends),
        ratio(written, accepted));
}

void print_shape(const Options& options) {
    fmt::print(
        "{{\"durability\":\"{}\",\"barrier_min_us\":{},\"writers\":{},\"partitions\":{},"
        "\"records_per_batch\":{},\"record_bytes\":{},",
        class_of(options.durability), options.barrier_min.count(), options.load.writers,
        options.load.partitions, options.load.records_per_batch, options.load.record_bytes);
}

Status measure(const Options& options) {
    BarrierFiles files(options.barrier_min);
    posix::SystemClock clock;
    TRY(auto disk, DiskFloor::open(files, options.directory + "/floor"));
    Samples floor;
    TRY_STATUS(disk.measure(kFloorDuration, floor));
    if (options.floor_only) {
        fmt::print("{{");
    } else {
        TRY(auto log, open_log(options, files, clock));
        TRY(Run run, run_load(options, files, *log));
        TRY_STATUS(log->close());
        print_shape(options);
        print_run(options, run);
    }
    TRY_STATUS(disk.measure(kFloorDuration, floor));
    print_floor(floor);
    fmt::print("}}\n");
    return {};
}

// Ends by SIGKILL with appends under way, as a log's worst day would have it.
Status fill(const Options& options) {
    BarrierFiles files(options.barrier_min);
    posix::SystemClock clock;
    TRY(auto log, open_log(options, files, clock));
    TRY(auto load, LogLoad::open(log->topics(), options.load));
    auto batch_bytes =
        static_cast<std::int64_t>(options.load.record_bytes) * options.load.records_per_batch;
    load->start();
    while (load->acknowledged() * batch_bytes < options.fill_bytes) {
        if (load->has_failed()) return std::unexpected(load->stop().error());
        wait(kLook);
    }
    fmt::print("{{\"acknowledged_records\":{}}}\n",
               load->acknowledged() * options.load.records_per_batch);
    std::fflush(stdout);
    raise(SIGKILL);
    return {};
}

}  // namespace
}  // namespace pinflow::bench

int main(int argc, char** argv) {
    auto options = pinflow::bench::read_options(argc, argv);
    pinflow::Status done = options ? pinflow::Status{} : std::unexpected(options.error());
    if (done) {
        done = options->fill_bytes > 0 ? pinflow::bench::fill(*options)
                                       : pinflow::bench::measure(*options);
    }
    if (done) return 0;
    fmt::print(stderr, "log_bench: {}\n", done.error().text);
    return options ? 1 : 2;
}
