// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/client_pool.h"

namespace pinflow::s3 {

Result<ClientPool::Lease> ClientPool::lend(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, stop, [&] { return !idle_.empty() || made_ < clients_max_; });
    if (!idle_.empty()) {
        // The last one returned: its connection is the least likely to have been closed.
        auto client = std::move(idle_.back());
        idle_.pop_back();
        return Lease(*this, std::move(client));
    }
    if (made_ >= clients_max_) return fail(Errc::cancelled, "stopped before a request was sent");
    TRY(auto client, net::HttpClient::open(settings_));
    ++made_;
    return Lease(*this, std::move(client));
}

void ClientPool::give_back(std::unique_ptr<net::HttpClient> client) {
    {
        std::scoped_lock lock(mutex_);
        idle_.push_back(std::move(client));
    }
    returned_.notify_one();
}

}  // namespace pinflow::s3
