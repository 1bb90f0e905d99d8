// SPDX-License-Identifier: Apache-2.0
// For tests only: a client that sends exactly the bytes it is told to.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace pinflow::net {

class RawClient {
public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        timeval limit{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    ~RawClient() { ::close(socket_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void finish_sending() { ::shutdown(socket_, SHUT_WR); }

    // Bytes as they come until they hold `text`, or the end.
    std::string read_until(std::string_view text) {
        while (received_.find(text) == std::string::npos && read_some()) {
        }
        return received_;
    }

    // One answer with its body, by Content-Length; empty at the end of the connection.
    std::string read_answer(bool has_body = true) {
        std::size_t head = 0;
        while ((head = received_.find("\r\n\r\n")) == std::string::npos) {
            if (!read_some()) return std::exchange(received_, "");
        }
        std::size_t bytes = head + 4;
        std::string lower = to_lower(received_.substr(0, head));
        if (std::size_t at = lower.find("content-length: "); has_body && at != std::string::npos) {
            bytes += std::stoul(lower.substr(at + 16));
        }
        while (received_.size() < bytes && read_some()) {
        }
        std::string answer = received_.substr(0, bytes);
        received_.erase(0, bytes);
        return answer;
    }

    std::string read_to_end() {
        while (read_some()) {
        }
        return std::exchange(received_, "");
    }

    // Waits for anything to read, or the end of the connection.
    bool has_news(int limit_ms) {
        pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
        return ::poll(&waiting, 1, limit_ms) > 0;
    }

    bool is_ended() { return received_.empty() && !read_some(); }

private:
    bool read_some() {
        char bytes[65536];
        ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
        if (count <= 0) return false;
        received_.append(bytes, static_cast<std::size_t>(count));
        return true;
    }

    int socket_;
    std::string received_;
};

inline std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace pinflow::net
