// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/settings.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace pinflow::kafka {
namespace {

template <class Value>
using Names = std::array<std::pair<std::string_view, Value>, 4>;

constexpr Names<Security> kSecurities = {{{"PLAINTEXT", Security::plaintext},
                                          {"SSL", Security::ssl},
                                          {"SASL_PLAINTEXT", Security::sasl_plaintext},
                                          {"SASL_SSL", Security::sasl_ssl}}};
constexpr Names<Mechanism> kMechanisms = {{{"PLAIN", Mechanism::plain},
                                           {"SCRAM-SHA-256", Mechanism::scram_sha_256},
                                           {"SCRAM-SHA-512", Mechanism::scram_sha_512},
                                           {"AWS_MSK_IAM", Mechanism::aws_msk_iam}}};

template <class Value>
Result<Value> value_of(const Names<Value>& names, std::string_view text, std::string_view setting) {
    std::string choices;
    for (const auto& [name, value] : names) {
        if (name == text) return value;
        choices += choices.empty() ? "" : ", ";
        choices += name;
    }
    return fail(Errc::invalid_argument, fmt::format("{}={} is none of {}", setting, text, choices));
}

template <class Value>
std::string_view name_in(const Names<Value>& names, Value wanted) {
    for (const auto& [name, value] : names) {
        if (value == wanted) return name;
    }
    return "";
}

Status check_sasl(const KafkaSettings& settings) {
    if (settings.mechanism == Mechanism::aws_msk_iam) {
        if (settings.security != Security::sasl_ssl) {
            return fail(Errc::invalid_argument,
                        "AWS_MSK_IAM travels over TLS only: kafka.security_protocol=SASL_SSL");
        }
        if (settings.region.empty()) {
            return fail(Errc::invalid_argument, "AWS_MSK_IAM needs the cluster's region");
        }
        if (!settings.credentials) {
            return fail(Errc::invalid_argument, "AWS_MSK_IAM needs AWS credentials");
        }
        return {};
    }
    if (!settings.user.empty()) return {};
    return fail(Errc::invalid_argument,
                fmt::format("kafka.security_protocol={} needs kafka.user and kafka.password_file",
                            name_of(settings.security)));
}

}  // namespace

std::string KafkaSettings::shown() const {
    return fmt::format("{}://{}", name_of(security), bootstrap_servers);
}

Result<Security> parse_security(std::string_view text) {
    return value_of(kSecurities, text, "kafka.security_protocol");
}
Result<Mechanism> parse_mechanism(std::string_view text) {
    return value_of(kMechanisms, text, "kafka.sasl_mechanism");
}
std::string_view name_of(Security security) { return name_in(kSecurities, security); }
std::string_view name_of(Mechanism mechanism) { return name_in(kMechanisms, mechanism); }

Status check_settings(const KafkaSettings& settings) {
    if (settings.bootstrap_servers.empty()) {
        return fail(Errc::invalid_argument,
                    "kafka.bootstrap_servers is empty: host:port, more of them by commas");
    }
    if (settings.has_sasl()) TRY_STATUS(check_sasl(settings));
    if (!settings.ca_file.empty() && !settings.has_tls()) {
        return fail(Errc::invalid_argument,
                    "kafka.ca_file is of no use without TLS: kafka.security_protocol=SSL or "
                    "SASL_SSL");
    }
    if (settings.delivery_timeout_ms < 1'000 || settings.request_timeout_ms < 1'000) {
        return fail(Errc::invalid_argument, "a timeout of Kafka's is at least 1 s");
    }
    if (settings.record_bytes_max < 1'000 ||
        settings.append_bytes_max < settings.record_bytes_max) {
        return fail(Errc::invalid_argument,
                    "the bytes of appends under way must hold a largest record");
    }
    return {};
}

}  // namespace pinflow::kafka
