// SPDX-License-Identifier: Apache-2.0
#include "app/import_tables.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::app {
namespace {

constexpr std::string_view kStore =
    "a Java key store: export its certificates as PEM, and name the file in kafka.ca_file";
constexpr std::string_view kAlways = "pinflow does that always";
constexpr std::string_view kWorker = "of Kafka Connect's worker, which is not needed";

constexpr ImportRule kClient[] = {
    {"bootstrap.servers", "kafka.bootstrap_servers"},
    {"security.protocol", "kafka.security_protocol"},
    {"sasl.mechanism", "kafka.sasl_mechanism"},
    {"sasl.client.callback.handler.class", "", "the sign-in follows from kafka.sasl_mechanism"},
    {"zookeeper.connect", "", "clients have no business with ZooKeeper any longer"},
    {"ssl.truststore.location", "", kStore},
    {"ssl.truststore.password", "", kStore},
    {"ssl.truststore.type", "", kStore},
    {"ssl.keystore.location", "", kStore},
    {"ssl.keystore.password", "", kStore},
    {"ssl.key.password", "", kStore},
    {"listeners", "", "pinflow's own door is listen.gateway"},
    {"id", "", "pinflow needs none"},
    {"schema.registry.url", "", "there is no Schema Registry in this pipeline"},
};

constexpr ImportRule kConnector[] = {
    {"flush.size", "sink.flush.size"},
    {"rotate.schedule.interval.ms", "sink.rotate.schedule.interval.ms"},
    {"topics.regex", "sink.topics.regex"},
    {"topics.dir", "sink.topics.dir"},
    {"s3.region", "s3.region"},
    {"store.url", "s3.endpoint"},
    {"connector.class", "", kAlways},
    {"storage.class", "", kAlways},
    {"format.class", "", "pinflow writes JSON lines always"},
    {"partitioner.class", "", "pinflow has the default partitioner: by topic and partition"},
    {"schema.compatibility", "", "records have no schema here"},
    {"key.converter", "", "pinflow takes JSON without a schema"},
    {"value.converter", "", "pinflow takes JSON without a schema"},
    {"key.converter.schemas.enable", "", "pinflow takes JSON without a schema"},
    {"value.converter.schemas.enable", "", "pinflow takes JSON without a schema"},
    {"tasks.max", "", "one sink writes all"},
    {"name", "", "pinflow's sink has no name"},
    {"topics", "", "say which by sink.topics.regex"},
    {"rotate.interval.ms", "", "objects are closed by size and by the schedule's interval"},
    {"s3.part.size", "", kWorker},
    {"errors.tolerance", "", "what cannot be read is quarantined by the batch"},
    {"aws.access.key.id", "", "a secret: name the key's CSV in aws.credentials_csv"},
    {"aws.secret.access.key", "", "a secret: name the key's CSV in aws.credentials_csv"},
};

constexpr std::string_view kAwsReason =
    "the program takes it from its environment by itself, as AWS's own tools do";

constexpr EnvironmentRule kEnvironment[] = {
    {.name = "host", .database_part = "host"},
    {.name = "db_host", .database_part = "host"},
    {.name = "rds_host", .database_part = "host"},
    {.name = "mysql_host", .database_part = "host"},
    {.name = "database_host", .database_part = "host"},
    {.name = "user", .database_part = "user"},
    {.name = "db_user", .database_part = "user"},
    {.name = "rds_user", .database_part = "user"},
    {.name = "mysql_user", .database_part = "user"},
    {.name = "database_user", .database_part = "user"},
    {.name = "password", .database_part = "password"},
    {.name = "db_password", .database_part = "password"},
    {.name = "db_pass", .database_part = "password"},
    {.name = "rds_password", .database_part = "password"},
    {.name = "mysql_password", .database_part = "password"},
    {.name = "database_password", .database_part = "password"},
    {.name = "database", .database_part = "database"},
    {.name = "db_name", .database_part = "database"},
    {.name = "db_database", .database_part = "database"},
    {.name = "rds_database", .database_part = "database"},
    {.name = "mysql_database", .database_part = "database"},
    {.name = "database_name", .database_part = "database"},
    {.name = "port", .database_part = "port"},
    {.name = "db_port", .database_part = "port"},
    {.name = "rds_port", .database_part = "port"},
    {.name = "mysql_port", .database_part = "port"},
    {.name = "database_port", .database_part = "port"},
    {.name = "user_id", .setting = "user"},
    {.name = "userid", .setting = "user"},
    {.name = "aws_region", .setting = "aws.region"},
    {.name = "aws_default_region", .setting = "aws.region"},
    {.name = "aws_profile", .setting = "aws.profile"},
    {.name = "bootstrap_servers", .setting = "kafka.bootstrap_servers"},
    {.name = "aws_access_key_id", .reason = kAwsReason},
    {.name = "aws_secret_access_key", .reason = kAwsReason},
    {.name = "aws_session_token", .reason = kAwsReason},
};

}  // namespace

std::span<const ImportRule> client_rules() { return kClient; }
std::span<const ImportRule> connector_rules() { return kConnector; }

const EnvironmentRule* find_environment_rule(std::string_view name) {
    std::string lower = to_lower(name);
    const auto* found = std::ranges::find(kEnvironment, lower, &EnvironmentRule::name);
    return found == std::end(kEnvironment) ? nullptr : found;
}

}  // namespace pinflow::app
