// SPDX-License-Identifier: Apache-2.0
// Messages for the operator, on stderr. Data never goes through here, and no secret or body does.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace pinflow {

enum class LogLevel { debug, info, warn, error };

void set_log_level(LogLevel level);
void write_log(LogLevel level, std::string_view component, std::string_view message);

// log_info("sink", "wrote {}", key)
template <class... Args>
void log_info(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    write_log(LogLevel::info, component, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_warn(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    write_log(LogLevel::warn, component, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_error(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    write_log(LogLevel::error, component, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace pinflow
