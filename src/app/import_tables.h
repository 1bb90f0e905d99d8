// SPDX-License-Identifier: Apache-2.0
// Which key of whose file is which setting of ours, or why it is none.
#pragma once

#include <span>
#include <string_view>

namespace pinflow::app {

struct ImportRule {
    std::string_view key;
    std::string_view setting;      // empty: none
    std::string_view reason = "";  // then
};

std::span<const ImportRule> client_rules();     // of client.properties and kafka-rest.properties
std::span<const ImportRule> connector_rules();  // of the S3 sink connector

struct EnvironmentRule {
    std::string_view name;  // in lower case
    std::string_view setting = "";
    std::string_view database_part = "";  // host, user, password, database, port
    std::string_view reason = "";
};

// In any case; null when nothing is known of it.
const EnvironmentRule* find_environment_rule(std::string_view name);

}  // namespace pinflow::app
