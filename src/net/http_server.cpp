// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <mutex>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "net/http_connection.h"

namespace pinflow::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         asio::io_context::executor_type>;

constexpr auto kAwait = asio::as_tuple_t<asio::use_awaitable_t<asio::io_context::executor_type>>{
    asio::use_awaitable_t<asio::io_context::executor_type>{}};
constexpr int kBacklog = 4096;
constexpr std::size_t kTurnedAwayMax = 256;  // told so and waited for at once; more are cut
constexpr std::chrono::milliseconds kAcceptPause{50};  // when there are no descriptors left
constexpr std::chrono::milliseconds kCutGrace{1'000};  // for cut connections to notice it

Result<tcp::endpoint> parse_address(const std::string& text) {
    auto bad = [&] {
        return fail(Errc::invalid_argument,
                    fmt::format("\"{}\" is no address to listen on: give a numeric address and a "
                                "port, as 127.0.0.1:8082 or [::1]:8082",
                                text));
    };
    std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return bad();
    std::string host = text.substr(0, colon);
    if (host == "localhost") host = "127.0.0.1";
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    auto port = parse_int(text.substr(colon + 1));
    boost::system::error_code error;
    auto address = asio::ip::make_address(host, error);
    if (error || !port || *port < 0 || *port > 65'535) return bad();
    return tcp::endpoint(address, static_cast<std::uint16_t>(*port));
}

Errc code_of(const boost::system::error_code& error) {
    if (error == asio::error::address_in_use) return Errc::busy;
    if (error == asio::error::access_denied) return Errc::permission;
    if (error.value() == EADDRNOTAVAIL) return Errc::invalid_argument;
    return Errc::io;
}

Status listen_on(Acceptor& acceptor, const tcp::endpoint& endpoint, const std::string& address) {
    boost::system::error_code error;
    acceptor.open(endpoint.protocol(), error);
    // Not SO_REUSEPORT: it would let a second program share the port in silence.
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(kBacklog, error);
    if (!error) return {};
    return fail(code_of(error), fmt::format("cannot listen on {}: {}; choose another address, or "
                                            "port 0 for any free one",
                                            address, error.message()));
}

}  // namespace

// Kept by the server and by each coroutine of it: a coroutine that is stuck in a handler when
// close() gives up must not find its lane gone.
struct HttpServer::Shared : std::enable_shared_from_this<HttpServer::Shared> {
    Shared(const std::vector<Reactor*>& reactors, const HttpServerSettings& settings,
           HttpHandler& handler)
        : own_budget(kOwnBudgetBytes),
          context{settings, handler, settings.budget != nullptr ? *settings.budget : own_budget},
          acceptor(reactors.front()->context()) {
        for (Reactor* reactor : reactors) {
            lanes.push_back(std::make_unique<HttpLane>(HttpLane{.reactor = *reactor}));
        }
    }

    std::string bound_address() const;
    Task<void> accept(std::shared_ptr<Shared> self);
    void admit(Socket socket, HttpLane& lane);
    std::size_t connections_max() const;
    Task<void> serve(std::shared_ptr<Shared> self, HttpLane& lane, Socket socket, ByteLease lease);
    Task<void> watch(std::shared_ptr<Shared> self, HttpLane& lane);
    std::chrono::milliseconds watch_interval() const;

    void began();
    void ended(bool was_admitted);
    bool wait_until_ended(std::chrono::milliseconds limit);
    void each_connection(void (HttpConnection::*act)(), bool is_closing);

    ByteBudget own_budget;  // of nothing but this server, if it was given none
    HttpContext context;
    std::vector<std::unique_ptr<HttpLane>> lanes;
    Acceptor acceptor;  // on the first lane's reactor
    tcp::endpoint endpoint;

    std::mutex mutex;
    std::condition_variable nothing_runs;
    std::size_t running = 0;      // the accepting coroutine, and one a connection
    std::size_t turned_away = 0;  // connections that are only told so, of these
};

namespace {

// Counts one of the server's coroutines, however it ends.
template <class Shared>
struct Running {
    explicit Running(std::shared_ptr<Shared> of, bool admitted = true)
        : shared(std::move(of)), is_admitted(admitted) {}
    ~Running() { shared->ended(is_admitted); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    std::shared_ptr<Shared> shared;
    bool is_admitted;
};

}  // namespace

void HttpServer::Shared::began() {
    std::lock_guard lock(mutex);
    ++running;
}

void HttpServer::Shared::ended(bool was_admitted) {
    std::lock_guard lock(mutex);
    if (!was_admitted) --turned_away;
    if (--running == 0) nothing_runs.notify_all();
}

bool HttpServer::Shared::wait_until_ended(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex);
    return nothing_runs.wait_for(lock, limit, [this] { return running == 0; });
}

std::string HttpServer::Shared::bound_address() const {
    std::string host = endpoint.address().to_string();
    if (endpoint.address().is_v6()) host = "[" + host + "]";
    return fmt::format("{}:{}", host, endpoint.port());
}

Task<void> HttpServer::Shared::accept(std::shared_ptr<Shared> self) {
    Running guard(std::move(self));
    Timer pause(lanes.front()->reactor.context());
    bool is_troubled = false;
    for (std::size_t next = 0; acceptor.is_open(); ++next) {
        HttpLane& lane = *lanes[next % lanes.size()];
        auto [error, socket] = co_await acceptor.async_accept(lane.reactor.context(), kAwait);
        if (!error) {
            is_troubled = false;
            admit(std::move(socket), lane);
            continue;
        }
        if (!acceptor.is_open()) break;
        // No descriptors, no memory, or a client that went away: none is a reason to stop
        // listening.
        if (error == asio::error::connection_aborted) continue;
        if (!std::exchange(is_troubled, true)) {
            log_warn("http", "cannot accept on {}: {}; trying on", bound_address(),
                     error.message());
        }
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(kAwait);
    }
}

std::size_t HttpServer::Shared::connections_max() const {
    std::uint64_t by_budget = context.budget.limit_bytes() / 4 / kConnectionBytes;
    return std::min<std::uint64_t>(context.settings.connections_max, by_budget);
}

// A connection that is not admitted has no lease.
void HttpServer::Shared::admit(Socket socket, HttpLane& lane) {
    ByteLease lease;
    {
        std::lock_guard lock(mutex);
        bool is_full = running - 1 - turned_away >= connections_max();  // one of them accepts
        std::size_t bytes = std::max(kConnectionBytes, context.settings.header_bytes_max);
        auto granted = is_full ? std::nullopt : context.budget.try_lease(bytes);
        if (granted) lease = *std::move(granted);
        if (!granted && turned_away == kTurnedAwayMax) return;  // the socket closes
        if (!granted) ++turned_away;
        ++running;
    }
    lane.reactor.start(serve(shared_from_this(), lane, std::move(socket), std::move(lease)));
}

Task<void> HttpServer::Shared::serve(std::shared_ptr<Shared> self, HttpLane& lane, Socket socket,
                                     ByteLease lease) {
    bool is_admitted = lease.bytes() > 0;
    Running guard(self, is_admitted);
    HttpConnection connection(std::move(socket), lane, context, std::move(lease));
    if (!lane.is_watched) {
        lane.is_watched = true;
        lane.reactor.start(watch(self, lane));
    }
    if (is_admitted) {
        co_await connection.serve();
    } else {
        co_await connection.turn_away("too many connections: try again");
    }
}

// A timer for each connection and phase would cost more than looking at all of them now and then.
std::chrono::milliseconds HttpServer::Shared::watch_interval() const {
    using std::chrono::milliseconds;
    const HttpServerSettings& s = context.settings;
    auto shortest =
        std::min({s.idle_timeout, s.header_deadline, s.body_deadline, s.write_deadline});
    return std::clamp(shortest / 4, milliseconds(5), milliseconds(500));
}

Task<void> HttpServer::Shared::watch(std::shared_ptr<Shared> self, HttpLane& lane) {
    Timer timer(lane.reactor.context());
    while (!lane.connections.empty()) {
        timer.expires_after(watch_interval());
        co_await timer.async_wait(kAwait);
        auto now = std::chrono::steady_clock::now();
        for (HttpConnection* connection : lane.connections) connection->check_deadline(now);
    }
    lane.is_watched = false;
    (void)self;
}

void HttpServer::Shared::each_connection(void (HttpConnection::*act)(), bool is_closing) {
    for (auto& lane : lanes) {
        asio::post(lane->reactor.context(),
                   [self = shared_from_this(), &lane = *lane, act, is_closing] {
                       lane.is_closing = is_closing;
                       for (HttpConnection* connection : lane.connections) (connection->*act)();
                   });
    }
}

HttpServer::HttpServer(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::open(std::vector<Reactor*> reactors,
                                                     HttpServerSettings settings,
                                                     HttpHandler& handler) {
    CHECK(!reactors.empty());
    TRY(tcp::endpoint endpoint, parse_address(settings.address));
    std::string address = settings.address;
    auto shared = std::make_shared<Shared>(reactors, settings, handler);
    TRY_STATUS(listen_on(shared->acceptor, endpoint, address));
    shared->endpoint = shared->acceptor.local_endpoint();
    shared->began();
    reactors.front()->start(shared->accept(shared));
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(shared)));
}

HttpServer::~HttpServer() { close(); }

std::string HttpServer::address() const { return shared_->bound_address(); }

std::uint16_t HttpServer::port() const { return shared_->endpoint.port(); }

bool HttpServer::close() {
    asio::post(shared_->lanes.front()->reactor.context(), [shared = shared_] {
        boost::system::error_code ignored;
        shared->acceptor.close(ignored);
    });
    shared_->each_connection(&HttpConnection::begin_close, true);
    if (shared_->wait_until_ended(shared_->context.settings.close_grace)) return true;
    shared_->each_connection(&HttpConnection::cut, true);
    return shared_->wait_until_ended(kCutGrace);
}

Status check_can_listen(const std::string& address) {
    TRY(tcp::endpoint endpoint, parse_address(address));
    asio::io_context context;
    Acceptor acceptor(context);
    return listen_on(acceptor, endpoint, address);
}

}  // namespace pinflow::net
