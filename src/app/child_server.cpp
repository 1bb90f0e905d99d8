// SPDX-License-Identifier: Apache-2.0
#include "app/child_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <utility>
#include <vector>

#include "app/running_address.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

constexpr int kReadyPollMs = 2;
constexpr int kReadyPollsMax = 15'000;  // half a minute: recovery reads the whole log

std::vector<std::string> arguments_of(const Context& context, const std::string& gateway) {
    std::vector<std::string> arguments{"pinflow", "up", "--data-dir", context.directory.root};
    Settings settings = context.settings;
    (void)settings.set("listen.gateway", gateway);
    for (const std::string& change : settings.changed()) {
        // A server reads no source, and a password is not for the list of processes.
        if (change.starts_with("source.")) continue;
        arguments.emplace_back("--set");
        arguments.push_back(change);
    }
    return arguments;
}

Result<pid_t> spawn(const std::vector<std::string>& arguments, const std::string& log_path) {
    std::vector<char*> pointers;
    for (const std::string& argument : arguments)
        pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_path.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    pid_t process = 0;
    int code = posix_spawn(&process, "/proc/self/exe", &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0)
        return fail(Errc::io, fmt::format("the server cannot be started: {}", std::strerror(code)));
    return process;
}

}  // namespace

ChildServer::ChildServer(ChildServer&& other) noexcept
    : process_(std::exchange(other.process_, 0)), gateway_(std::move(other.gateway_)) {}

ChildServer& ChildServer::operator=(ChildServer&& other) noexcept {
    std::swap(process_, other.process_);
    std::swap(gateway_, other.gateway_);
    return *this;
}

ChildServer::~ChildServer() { kill_now(); }

Result<ChildServer> ChildServer::start(const Context& context, const std::string& gateway) {
    posix::PosixFiles files;
    (void)files.remove(
        context.directory.addresses_file());  // a killed server leaves its own behind
    std::string log_path = context.directory.root + "/server.log";
    ChildServer server;
    TRY(server.process_, spawn(arguments_of(context, gateway), log_path));
    for (int polls = 0; polls < kReadyPollsMax; ++polls) {
        if (auto address = running_address(context.directory, "gateway")) {
            server.gateway_ = *address;
            return server;
        }
        if (waitpid(server.process_, nullptr, WNOHANG) == server.process_) {
            server.process_ = 0;
            return fail(Errc::unavailable, "the server ended before it served; see " + log_path);
        }
        poll(nullptr, 0, kReadyPollMs);
    }
    return fail(Errc::timed_out, "the server did not begin to serve; see " + log_path);
}

void ChildServer::kill_now() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = 0;
}

Status ChildServer::stop_cleanly() {
    int status = 0;
    ::kill(process_, SIGTERM);
    waitpid(process_, &status, 0);
    process_ = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return fail(Errc::internal, "the server did not stop cleanly");
}

}  // namespace pinflow::app
