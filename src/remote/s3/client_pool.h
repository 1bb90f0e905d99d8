// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "net/http_client.h"

namespace pinflow::s3 {

// HTTP clients, each with its connection, lent to one request at a time. Any thread.
class ClientPool final {
public:
    ClientPool(net::HttpClientSettings settings, std::size_t clients_max)
        : settings_(std::move(settings)), clients_max_(clients_max) {}

    class Lease {
    public:
        Lease(ClientPool& pool, std::unique_ptr<net::HttpClient> client)
            : pool_(&pool), client_(std::move(client)) {}
        ~Lease() {
            if (client_) pool_->give_back(std::move(client_));
        }
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;

        net::HttpClient* operator->() const { return client_.get(); }

    private:
        ClientPool* pool_;
        std::unique_ptr<net::HttpClient> client_;
    };

    // Waits until one is free. cancelled on a stop; internal where the library does not start.
    Result<Lease> lend(const std::stop_token& stop);

private:
    void give_back(std::unique_ptr<net::HttpClient> client);

    const net::HttpClientSettings settings_;
    const std::size_t clients_max_;
    std::mutex mutex_;
    std::condition_variable_any returned_;
    std::vector<std::unique_ptr<net::HttpClient>> idle_;
    std::size_t made_ = 0;
};

}  // namespace pinflow::s3
