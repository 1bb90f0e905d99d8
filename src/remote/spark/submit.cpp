// SPDX-License-Identifier: Apache-2.0
#include "remote/spark/submit.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/text.h"
#include "remote/spark/application.h"

namespace pinflow::spark {
namespace {

namespace fs = std::filesystem;

constexpr int kLookEveryMs = 50;
constexpr std::streamoff kLogTailBytes = 64 << 10;
constexpr std::size_t kLogLinesShown = 5;

// Without these Spark does not know Delta's statements; snapshots of few files need few partitions.
constexpr const char* kDeltaProperties[] = {
    "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions=2",
};

// "a.jar,b.jar"; of a folder, the jars in it.
std::string jar_list(const std::string& jars) {
    std::error_code error;
    if (!fs::is_directory(jars, error)) return jars;
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(jars, error))
        if (entry.path().extension() == ".jar") found.push_back(entry.path().string());
    std::ranges::sort(found);
    return join(found, ",");
}

// A spark-submit of pip's does not find its own Spark with another Python than its own.
std::string python_of(const SubmitSettings& settings) {
    if (!settings.python.empty()) return settings.python;
    fs::path beside = fs::path(settings.program).parent_path() / "python3";
    std::error_code error;
    bool is_there = beside.has_parent_path() && fs::exists(beside, error);
    return is_there ? beside.string() : "";
}

std::vector<std::string> environment_of(const SubmitSettings& settings) {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        std::string_view text = *variable;
        bool is_replaced =
            settings.environment.contains(std::string(text.substr(0, text.find('='))));
        if (!is_replaced && !text.starts_with("PINFLOW_")) variables.emplace_back(text);
    }
    for (const auto& [name, value] : settings.environment)
        if (!value.empty()) variables.push_back(name + '=' + value);
    if (std::string python = python_of(settings); !python.empty())
        variables.push_back("PYSPARK_PYTHON=" + python);
    return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

// In a process group of its own, so that all it starts can be ended at once.
Result<pid_t> start(const SubmitSettings& settings, const Submission& submission) {
    std::vector<std::string> arguments = submit_arguments(settings, submission);
    std::vector<std::string> variables = environment_of(settings);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, submission.log.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t process = 0;
    int code = posix_spawnp(&process, settings.program.c_str(), &actions, &attributes,
                            pointers_to(arguments).data(), pointers_to(variables).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (code == 0) return process;
    if (code == ENOENT || code == EACCES) {
        return fail(Errc::not_found,
                    fmt::format("{} cannot be run ({}): install Spark (pip install pyspark=={}) "
                                "or say where it is with spark.submit",
                                settings.program, std::strerror(code), kSparkVersion));
    }
    return fail(Errc::io,
                fmt::format("{} cannot be started: {}", settings.program, std::strerror(code)));
}

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// The exit status once it has ended; nothing when it has not by then.
std::optional<int> wait_until(pid_t process, std::int64_t deadline_ms, std::stop_token stop) {
    while (true) {
        int status = 0;
        if (waitpid(process, &status, WNOHANG) == process) return status;
        if (stop.stop_requested() || now_ms() >= deadline_ms) return std::nullopt;
        poll(nullptr, 0, kLookEveryMs);
    }
}

void end_group(pid_t process) {
    ::kill(-process, SIGTERM);
    if (!wait_until(process, now_ms() + kGraceMs, {})) {
        ::kill(-process, SIGKILL);
        waitpid(process, nullptr, 0);
    }
    ::kill(-process, SIGKILL);  // what its parent left behind
}

std::string log_tail(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    file.seekg(0, std::ios::end);
    std::streamoff size = file.tellg();
    std::string tail(static_cast<std::size_t>(std::clamp<std::streamoff>(size, 0, kLogTailBytes)),
                     '\0');
    file.seekg(size - static_cast<std::streamoff>(tail.size()));
    file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
    return tail;
}

// What a log says when something is missing, and what to do about it.
struct Known {
    const char* sign;
    const char* advice;
};
constexpr Known kKnown[] = {
    {"JAVA_HOME is not set", "Java was not found: install a JRE of version 17 or set JAVA_HOME"},
    {"/bin/java: No such file", "JAVA_HOME names no Java: install a JRE of version 17"},
    {"java: not found", "Java was not found: install a JRE of version 17 or set JAVA_HOME"},
    {"UnsupportedClassVersionError", "this Java is too old for this Spark: it needs version 17"},
    {"unresolved dependency",
     "a package could not be fetched: check spark.packages and the network, or name jars that are "
     "here with spark.jars"},
    {"org.apache.spark.sql.delta.catalog.DeltaCatalog",
     "Spark has no Delta Lake: set spark.packages or spark.jars"},
    {"io.delta.sql.DeltaSparkSessionExtension",
     "Spark has no Delta Lake: set spark.packages or spark.jars"},
    {"Failed to find the data source: delta",
     "Spark has no Delta Lake: set spark.packages or spark.jars"},
    {"No module named 'pandas'", "Spark's Python lacks pandas: pip install pandas pyarrow"},
    {"No module named 'pyarrow'", "Spark's Python lacks pyarrow: pip install pandas pyarrow"},
    {"it was not found.", "Spark's Python lacks pandas or pyarrow: pip install pandas pyarrow"},
};

Status failure_of(int status, const std::string& log) {
    std::string tail = log_tail(log);
    for (const Known& known : kKnown) {
        if (tail.find(known.sign) != std::string::npos)
            return fail(Errc::not_found, fmt::format("{} (the log: {})", known.advice, log));
    }
    std::vector<std::string> lines;
    for (std::string_view line : split(tail, '\n'))
        if (!trim(line).empty()) lines.emplace_back(line);
    if (lines.size() > kLogLinesShown)
        lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kLogLinesShown));
    std::string how = WIFSIGNALED(status) ? fmt::format("by signal {}", WTERMSIG(status))
                                          : fmt::format("with {}", WEXITSTATUS(status));
    return fail(Errc::unavailable, fmt::format("spark-submit ended {}; its log, {}, ends:\n  {}",
                                               how, log, join(lines, "\n  ")));
}

}  // namespace

std::vector<std::string> submit_arguments(const SubmitSettings& settings,
                                          const Submission& submission) {
    std::vector<std::string> arguments{settings.program, "--master", settings.master};
    auto add = [&](const char* flag, const std::string& value) {
        if (value.empty()) return;
        arguments.emplace_back(flag);
        arguments.push_back(value);
    };
    add("--packages", settings.packages);
    if (!settings.packages.empty()) add("--exclude-packages", settings.packages_left_out);
    add("--jars", jar_list(settings.jars));
    for (const char* property : kDeltaProperties) add("--conf", property);
    for (const std::string& property : settings.properties) add("--conf", property);
    arguments.push_back(submission.script);
    arguments.insert(arguments.end(), submission.arguments.begin(), submission.arguments.end());
    return arguments;
}

Status run_submit(const SubmitSettings& settings, const Submission& submission,
                  std::stop_token stop) {
    TRY(pid_t process, start(settings, submission));
    std::optional<int> status = wait_until(process, now_ms() + settings.timeout_ms, stop);
    if (!status) {
        end_group(process);
        if (stop.stop_requested()) return fail(Errc::cancelled, "stopped while Spark was at work");
        return fail(Errc::timed_out,
                    fmt::format("Spark did not end within {} s (spark.timeout); its log: {}",
                                settings.timeout_ms / 1'000, submission.log));
    }
    if (*status == 0) return {};
    return failure_of(*status, submission.log);
}

}  // namespace pinflow::spark
