// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/handle.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/secret_text.h"
#include "codec/sigv4/presign.h"

namespace pinflow::kafka {
namespace {

constexpr std::size_t kTextBytesMax = 512;      // what librdkafka wants for its own texts
constexpr std::int64_t kReasonUs = 60'000'000;  // for so long it explains what fails
constexpr std::int64_t kUnansweredUs = 1'000'000;
constexpr int kFirstPartMs = 1'000;

using ConfPtr = std::unique_ptr<rd_kafka_conf_t, Freeing<rd_kafka_conf_destroy>>;

Status set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    char text[kTextBytesMax];
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof text) ==
        RD_KAFKA_CONF_OK) {
        return {};
    }
    return fail(Errc::invalid_argument, fmt::format("librdkafka: {}", text));
}

std::string protocol_name(Security security) {
    std::string name(name_of(security));
    std::ranges::transform(name, name.begin(), [](char c) { return std::tolower(c); });
    return name;
}

// What every client of ours says, whatever it does.
ConfEntries common_entries(const KafkaSettings& settings) {
    // MSK throttles new connections that sign in by IAM ("Too many connects"; aws-msk-iam-auth's
    // README asks for 1000).
    const bool is_iam = settings.has_sasl() && settings.mechanism == Mechanism::aws_msk_iam;
    ConfEntries entries = {
        {"bootstrap.servers", settings.bootstrap_servers},
        {"client.id", settings.client_id},
        {"security.protocol", protocol_name(settings.security)},
        {"log.connection.close", "false"},
        {"log_level", "6"},
        {"socket.keepalive.enable", "true"},
        {"socket.nagle.disable", "true"},
        {"reconnect.backoff.ms", is_iam ? "1000" : "100"},
        {"reconnect.backoff.max.ms", "2000"},
        {"socket.connection.setup.timeout.ms", std::to_string(settings.request_timeout_ms)},
        {"topic.metadata.propagation.max.ms", "2000"},
    };
    if (settings.has_tls() && !settings.ca_file.empty()) {
        entries.emplace_back("ssl.ca.location", settings.ca_file);
    }
    if (!settings.has_sasl()) return entries;
    if (is_iam) {
        entries.emplace_back("sasl.mechanism", "OAUTHBEARER");
    } else {
        entries.emplace_back("sasl.mechanism", std::string(name_of(settings.mechanism)));
        entries.emplace_back("sasl.username", settings.user);
        entries.emplace_back("sasl.password", settings.password);
    }
    return entries;
}

bool is_about_reaching(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__WAIT_CACHE:
        case RD_KAFKA_RESP_ERR__WAIT_COORD: return true;
        default: return false;
    }
}

}  // namespace

Result<std::unique_ptr<Handle>> Handle::open(const KafkaSettings& settings, Clock& clock, Kind kind,
                                             const ConfEntries& more, Callbacks callbacks) {
    std::unique_ptr<Handle> handle(new Handle(settings, clock, kind, std::move(callbacks)));
    TRY_STATUS(handle->start(more));
    return handle;
}

Status Handle::start(const ConfEntries& more) {
    ConfPtr conf(rd_kafka_conf_new());
    for (const auto& [name, value] : common_entries(settings_)) {
        TRY_STATUS(set(conf.get(), name, value));
    }
    for (const auto& [name, value] : more) TRY_STATUS(set(conf.get(), name, value));
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_error_cb(conf.get(), on_error);
    rd_kafka_conf_set_log_cb(conf.get(), on_log);
    if (callbacks_.delivered) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
    const bool is_iam = settings_.has_sasl() && settings_.mechanism == Mechanism::aws_msk_iam;
    if (is_iam) {
        rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf.get(), on_token);
        rd_kafka_conf_enable_sasl_queue(conf.get(), 1);
    }
    char text[kTextBytesMax];
    auto type = kind_ == Kind::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
    rk_ = rd_kafka_new(type, conf.get(), text, sizeof text);
    if (rk_ == nullptr) {
        return fail(Errc::invalid_argument, fmt::format("{}: {}", settings_.shown(), text));
    }
    (void)conf.release();  // the handle's now
    // The token is fetched on a thread of librdkafka's own: it may take a network call.
    if (is_iam) ErrorPtr(rd_kafka_sasl_background_callbacks_enable(rk_));
    main_queue_.reset(rd_kafka_queue_get_main(rk_));
    if (callbacks_.has_events) {
        rd_kafka_queue_cb_event_enable(main_queue_.get(), on_events, this);
    }
    return {};
}

Handle::~Handle() {
    if (rk_ == nullptr) return;
    rd_kafka_queue_cb_event_enable(main_queue_.get(), nullptr, nullptr);
    main_queue_.reset();
    rd_kafka_destroy_flags(rk_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void Handle::poll() {
    constexpr int kRoundsMax = 1'000;  // each serves all that wait
    for (int round = 0; round < kRoundsMax && rd_kafka_poll(rk_, 0) > 0; ++round) {
    }
}

Error Handle::failure(rd_kafka_resp_err_t code, std::string_view text) {
    if (kind_ == Kind::consumer) poll();  // the reason may have come a moment ago
    std::string place = settings_.shown();
    std::scoped_lock lock(mutex_);
    bool is_recent = !last_text_.empty() && clock_.steady_us() - last_us_ < kReasonUs;
    bool is_reason_known = is_about_reaching(code) && is_recent;
    Error error =
        is_reason_known ? failure_of(last_code_, last_text_, place) : failure_of(code, text, place);
    // What a line brought that is no Kafka's says nothing of the records.
    if (is_reason_known && error.code == Errc::corrupt) error.code = Errc::unavailable;
    return error;
}

std::string Handle::cluster(int timeout_ms) const {
    std::unique_ptr<char, decltype([](char* text) { rd_kafka_mem_free(nullptr, text); })> id(
        rd_kafka_clusterid(rk_, timeout_ms));
    return id ? id.get() : "";
}

Status Handle::ask(const std::function<rd_kafka_resp_err_t(int)>& call) {
    {
        std::scoped_lock lock(mutex_);
        bool is_recent = clock_.steady_us() - unanswered_us_ < kUnansweredUs;
        if (unanswered_ && is_recent) return std::unexpected(*unanswered_);
    }
    // Refusals come at once, and librdkafka would go on trying: so they are looked for after the
    // first part of the time.
    auto timeout_ms = static_cast<int>(settings_.request_timeout_ms);
    rd_kafka_resp_err_t code = call(std::min(timeout_ms, kFirstPartMs));
    if (is_about_reaching(code) && timeout_ms > kFirstPartMs && !is_refused()) {
        code = call(timeout_ms - kFirstPartMs);
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        std::scoped_lock lock(mutex_);
        unanswered_.reset();
        last_text_.clear();
        return {};
    }
    Error error = failure(code);
    if (is_about_reaching(code)) {
        std::scoped_lock lock(mutex_);
        unanswered_ = error;
        unanswered_us_ = clock_.steady_us();
    }
    return std::unexpected(std::move(error));
}

bool Handle::is_refused() {
    poll();
    std::scoped_lock lock(mutex_);
    return !last_text_.empty() && (last_code_ == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
                                   last_code_ == RD_KAFKA_RESP_ERR__SSL);
}

// "All brokers are down" says less than the error of the last of them, which came before it.
void Handle::note(rd_kafka_resp_err_t code, const char* text) {
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
    std::scoped_lock lock(mutex_);
    last_code_ = code;
    last_text_ = without_secrets(text, {settings_.password});  // a broker might repeat it
    last_us_ = clock_.steady_us();
}

void Handle::on_error(rd_kafka_t*, int code, const char* text, void* self) {
    static_cast<Handle*>(self)->note(static_cast<rd_kafka_resp_err_t>(code), text);
}

void Handle::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    static_cast<Handle*>(self)->callbacks_.delivered(*message);
}

void Handle::on_events(rd_kafka_t*, void* self) {
    auto& handle = *static_cast<Handle*>(self);
    handle.callbacks_.has_events(handle);
}

// syslog's levels. A lost connection is told by whoever could not do his work for it.
void Handle::on_log(const rd_kafka_t* rk, int level, const char* facility, const char* text) {
    constexpr int kSyslogCritical = 2;
    const auto* handle = static_cast<const Handle*>(rd_kafka_opaque(rk));
    std::string shown = without_secrets(text, {handle->settings_.password});
    if (level <= kSyslogCritical) {
        log_error("kafka", "{}: {}", facility, shown);
    } else {
        write_log(LogLevel::debug, "kafka", fmt::format("{}: {}", facility, shown));
    }
}

void Handle::on_token(rd_kafka_t*, const char*, void* self) {
    static_cast<Handle*>(self)->refresh_token();
}

void Handle::refresh_token() {
    auto credentials = settings_.credentials();
    if (!credentials) {
        note(RD_KAFKA_RESP_ERR__AUTHENTICATION, credentials.error().text.c_str());
        rd_kafka_oauthbearer_set_token_failure(rk_, credentials.error().text.c_str());
        return;
    }
    sigv4::MskToken token = sigv4::msk_token(settings_.region, *credentials, clock_.now_ms());
    char text[kTextBytesMax];
    auto code =
        rd_kafka_oauthbearer_set_token(rk_, token.text.c_str(), token.expires_ms,
                                       settings_.client_id.c_str(), nullptr, 0, text, sizeof text);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    note(RD_KAFKA_RESP_ERR__AUTHENTICATION, text);
    rd_kafka_oauthbearer_set_token_failure(rk_, text);
}

}  // namespace pinflow::kafka
