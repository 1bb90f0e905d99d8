// SPDX-License-Identifier: Apache-2.0
// A server for tests that does exactly what its script says, faults included: the script gets each
// request and gives the bytes to send, or has the connection ended or held.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pinflow::net {

struct SeenRequest {
    int connection = 0;  // 1 is the first accepted
    std::string head;    // request line and headers, with the empty line
    std::string body;

    std::string line() const { return head.substr(0, head.find("\r\n")); }
};

struct Reply {
    std::string bytes;                                        // as they go out
    enum class Then { keep, close, hold } then = Then::keep;  // hold: silence until the client goes
};

inline Reply answer(int status, std::string_view body) {
    return {"HTTP/1.1 " + std::to_string(status) +
            " X\r\nContent-Type: application/json\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + std::string(body)};
}

class ScriptedServer {
public:
    using Script = std::function<Reply(const SeenRequest&)>;  // one call at a time

    explicit ScriptedServer(Script script) : script_(std::move(script)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        ::listen(listener_, 300);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~ScriptedServer() {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        ::close(listener_);
        {
            std::lock_guard lock(mutex_);
            for (int connection : connections_) ::shutdown(connection, SHUT_RDWR);
        }
        for (std::thread& thread : threads_) thread.join();
        for (int connection : connections_) ::close(connection);
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    std::vector<SeenRequest> seen() const {
        std::lock_guard lock(mutex_);
        return seen_;
    }
    int connection_count() const {
        std::lock_guard lock(mutex_);
        return static_cast<int>(connections_.size());
    }
    void wait_for_requests(std::size_t count) {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [&] { return seen_.size() >= count; });
    }

private:
    void accept_all() {
        for (int socket = 0;
             (socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
            std::lock_guard lock(mutex_);
            connections_.push_back(socket);
            int number = static_cast<int>(connections_.size());
            threads_.emplace_back([this, socket, number] { serve(socket, number); });
        }
    }

    void serve(int socket, int number) {
        std::string received;
        SeenRequest request{.connection = number};
        while (read_request(socket, received, request)) {
            Reply reply;
            {
                std::lock_guard lock(mutex_);
                seen_.push_back(request);
                reply = script_(request);
            }
            arrived_.notify_all();
            if (!send_all(socket, reply.bytes) || reply.then == Reply::Then::close) break;
            if (reply.then == Reply::Then::hold) read_some(socket, received);
        }
        ::shutdown(socket, SHUT_RDWR);
    }

    static bool read_some(int socket, std::string& received) {
        char buffer[16 << 10];
        ssize_t count = ::recv(socket, buffer, sizeof buffer, 0);
        if (count > 0) received.append(buffer, static_cast<std::size_t>(count));
        return count > 0;
    }

    static bool read_request(int socket, std::string& received, SeenRequest& request) {
        std::size_t head = 0;
        while ((head = received.find("\r\n\r\n")) == std::string::npos) {
            if (!read_some(socket, received)) return false;
        }
        request.head = received.substr(0, head + 4);
        std::size_t at = request.head.find("Content-Length: ");
        std::size_t bytes = at == std::string::npos ? 0 : std::stoul(request.head.substr(at + 16));
        while (received.size() < head + 4 + bytes) {
            if (!read_some(socket, received)) return false;
        }
        request.body = received.substr(head + 4, bytes);
        received.erase(0, head + 4 + bytes);
        return true;
    }

    static bool send_all(int socket, std::string_view bytes) {
        while (!bytes.empty()) {
            ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    Script script_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread acceptor_;
    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<int> connections_;
    std::vector<std::thread> threads_;
    std::vector<SeenRequest> seen_;
};

// An address at which nobody listens, for as long as it lives.
class DeafPort {
public:
    DeafPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    ~DeafPort() { ::close(socket_); }
    DeafPort(const DeafPort&) = delete;
    DeafPort& operator=(const DeafPort&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
    int socket_;
    std::uint16_t port_ = 0;
};

}  // namespace pinflow::net
