// SPDX-License-Identifier: Apache-2.0
#include "bench/options.h"

#include <fmt/format.h>

#include "base/text.h"

namespace pinflow::bench {
namespace {

constexpr std::string_view kUsage =
    "log_bench --directory D [--writers 1] [--partitions 1] [--records 1] [--record-bytes 700]\n"
    "          [--durability fsync|os] [--barrier-us 0] [--seconds 2] [--warm-up-seconds 0.3]\n"
    "log_bench --directory D --fill BYTES ...   a log of that size, left by kill -9\n"
    "log_bench --directory D --floor yes        the disk alone";

std::chrono::milliseconds seconds_of(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1'000));
}

bool set_number(Options& options, std::string_view name, double value) {
    auto whole = static_cast<std::int32_t>(value);
    if (name == "--writers") options.load.writers = whole;
    else if (name == "--partitions") options.load.partitions = whole;
    else if (name == "--records") options.load.records_per_batch = whole;
    else if (name == "--record-bytes") options.load.record_bytes = static_cast<std::size_t>(value);
    else if (name == "--barrier-us") options.barrier_min = std::chrono::microseconds(whole);
    else if (name == "--seconds") options.duration = seconds_of(value);
    else if (name == "--warm-up-seconds") options.warm_up = seconds_of(value);
    else if (name == "--fill") options.fill_bytes = static_cast<std::int64_t>(value);
    else return false;
    return true;
}

bool set_option(Options& options, std::string_view name, const std::string& value) {
    if (name == "--directory") options.directory = value;
    else if (name == "--floor") options.floor_only = value == "yes";
    else if (name == "--durability" && value == "fsync") return true;
    else if (name == "--durability" && value == "os") options.durability = eventlog::Durability::os;
    else {
        char* end = nullptr;
        double number = std::strtod(value.c_str(), &end);
        bool is_number = end != value.c_str() && *end == '\0' && number >= 0 && number < 1e15;
        return is_number && set_number(options, name, number);
    }
    return true;
}

}  // namespace

Result<Options> read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc || !set_option(options, argv[i], argv[i + 1])) {
            return fail(Errc::invalid_argument, fmt::format("{}?\n{}", argv[i], kUsage));
        }
    }
    bool is_whole = options.load.writers > 0 && options.load.partitions > 0 &&
                    options.load.records_per_batch > 0 && options.load.record_bytes > 0;
    if (options.directory.empty() || !is_whole) {
        return fail(Errc::invalid_argument, std::string(kUsage));
    }
    return options;
}

}  // namespace pinflow::bench
