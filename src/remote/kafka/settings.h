// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "codec/sigv4/signer.h"

namespace pinflow::kafka {

enum class Security : std::uint8_t { plaintext, ssl, sasl_plaintext, sasl_ssl };
enum class Mechanism : std::uint8_t { plain, scram_sha_256, scram_sha_512, aws_msk_iam };

struct KafkaSettings {
    std::string bootstrap_servers = "127.0.0.1:9092";  // host:port, by commas
    Security security = Security::plaintext;
    Mechanism mechanism = Mechanism::scram_sha_512;  // with sasl_plaintext and sasl_ssl only
    std::string user;
    std::string password;  // never printed
    std::string ca_file;   // PEM; empty: the system's
    std::string client_id = "pinflow";

    // For aws_msk_iam: whose account signs, and where. Asked again before each token ends, on a
    // thread of librdkafka's that it may block.
    std::string region;
    std::function<Result<sigv4::Credentials>()> credentials;

    std::int16_t replication_factor = -1;       // of created topics; -1: as the brokers have it
    std::int64_t delivery_timeout_ms = 30'000;  // an append has succeeded or failed by then
    std::int64_t request_timeout_ms = 10'000;   // of every other question, and of a fetch's answer
    std::size_t append_bytes_max = 64 << 20;   // of all appends under way; more are refused for now
    std::size_t record_bytes_max = 1'000'000;  // librdkafka's message.max.bytes, less its own
    double linger_ms = 0;  // how long a record may wait for company; measured: docs/decisions/0011
    std::string compression = "lz4";  // or none, gzip, snappy, zstd

    // "SASL_SSL://b-1.example:9098,b-2.example:9098", for messages: without user and password.
    std::string shown() const;

    bool has_tls() const { return security == Security::ssl || security == Security::sasl_ssl; }
    bool has_sasl() const {
        return security == Security::sasl_plaintext || security == Security::sasl_ssl;
    }
};

// "SASL_SSL" and "SCRAM-SHA-512", as Kafka's own settings have them. invalid_argument names the
// choices.
Result<Security> parse_security(std::string_view text);
Result<Mechanism> parse_mechanism(std::string_view text);
std::string_view name_of(Security security);
std::string_view name_of(Mechanism mechanism);

// invalid_argument for what cannot be meant, naming the setting.
Status check_settings(const KafkaSettings& settings);

}  // namespace pinflow::kafka
