// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace pinflow {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warn: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

// The one process-wide object of the program: a log line must be possible from anywhere.
spdlog::logger& logger() {
    static auto instance = [] {
        auto made = spdlog::stderr_color_mt("pinflow");
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %v", spdlog::pattern_time_type::utc);
        made->set_level(spdlog::level::info);
        return made;
    }();
    return *instance;
}

// Control characters of foreign text must not forge lines or colour a terminal.
std::string escape_controls(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) out += fmt::format("\\x{:02x}", byte);
        else out.push_back(c);
    }
    return out;
}

}  // namespace

void set_log_level(LogLevel level) { logger().set_level(to_spdlog(level)); }

void write_log(LogLevel level, std::string_view component, std::string_view message) {
    if (!logger().should_log(to_spdlog(level))) return;
    std::string escaped = escape_controls(message);
    logger().log(to_spdlog(level), "{}: {}", component, escaped);
}

}  // namespace pinflow
