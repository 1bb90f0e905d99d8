// SPDX-License-Identifier: Apache-2.0
// The files in the forms in which the course's users have them (names and values made up).
#include "app/import_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/import_tables.h"
#include "app/setting_table.h"
#include "app/yaml_reader.h"

namespace pinflow::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kCanary = "canary-secret";

// Everything that is shown of an import, secrets' values aside.
std::string shown(const Import& import) {
    std::string text = import_yaml(import, "") + import_yaml(import, "aws");
    for (const std::string& read : import.read) text += read + "\n";
    for (const NotImported& left : import.left)
        text += fmt::format("{}|{}|{}\n", left.place, left.key, left.reason);
    for (const ImportedSecret& secret : import.secrets) text += secret.name + secret.place;
    return text;
}

Import imported(std::string_view text, const std::string& name = "/keys/ana/file") {
    Import import;
    auto done = import_file(name, text, import);
    EXPECT_TRUE(done) << done.error().text;
    EXPECT_THAT(shown(import), Not(HasSubstr(kCanary)));
    return import;
}

std::string value_of(const Import& import, std::string_view name) {
    for (const ImportedSetting& setting : import.settings)
        if (setting.name == name) return setting.value;
    return "(none)";
}

std::string reason_of(const Import& import, std::string_view key) {
    for (const NotImported& left : import.left)
        if (left.key == key) return left.reason;
    return "(none)";
}

TEST(ImportFiles, the_courses_credentials_are_named_and_not_copied) {
    auto import = imported(
        "HOST: db.example\nUSER: ana\nPASSWORD: canary-secret\n"
        "DATABASE: pinterest_data\nPORT: 3306\n",
        "/keys/ana/db_creds.yaml");
    EXPECT_EQ(value_of(import, "source.credentials_file"), "/keys/ana/db_creds.yaml");
    EXPECT_EQ(import_yaml(import, "aws"),
              "profiles:\n  aws:\n    source:\n"
              "      credentials_file: /keys/ana/db_creds.yaml  # db_creds.yaml:1\n");
}

TEST(ImportFiles, credentials_with_more_in_them_become_a_url_without_the_password) {
    auto import = imported(
        "host: db.example\nuser: ana\npassword: canary-secret\n"
        "database: posts\nschema: mine\n");
    EXPECT_EQ(value_of(import, "source.url"), "mysql://ana@db.example/posts");
    EXPECT_EQ(reason_of(import, "schema"), "no setting of the database");
    ASSERT_EQ(import.secrets.size(), 1u);
    EXPECT_EQ(import.secrets[0].name, "source.password");
    EXPECT_EQ(import.secrets[0].value, kCanary);
}

TEST(ImportFiles, a_client_of_msk_signs_in_by_iam) {
    auto import = imported(
        "# Sets up TLS\nsecurity.protocol = SASL_SSL\nsasl.mechanism=AWS_MSK_IAM\n"
        "sasl.jaas.config = software.amazon.msk.auth.iam.IAMLoginModule required "
        "awsRoleArn=\"arn:aws:iam::1:role/canary-secret\" awsProfileName=\"pins\";\n"
        "sasl.client.callback.handler.class = "
        "software.amazon.msk.auth.iam.IAMClientCallbackHandler\n");
    EXPECT_EQ(value_of(import, "kafka.security_protocol"), "SASL_SSL");
    EXPECT_EQ(value_of(import, "kafka.sasl_mechanism"), "AWS_MSK_IAM");
    EXPECT_EQ(value_of(import, "aws.profile"), "pins");
    EXPECT_THAT(reason_of(import, "sasl.jaas.config"), HasSubstr("role_arn"));
}

TEST(ImportFiles, the_rest_proxys_file_gives_brokers_and_region) {
    auto import = imported(
        "bootstrap.servers=b-1.pins.abc.c2.kafka.us-east-1.amazonaws.com:9098,\\\n"
        "    b-2.pins.abc.c2.kafka.us-east-1.amazonaws.com:9098\n"
        "zookeeper.connect=z-1:2181\nclient.security.protocol=SASL_SSL\n"
        "security.protocol=PLAINTEXT\nid=kafka-rest-test-server\n");
    EXPECT_EQ(value_of(import, "kafka.bootstrap_servers"),
              "b-1.pins.abc.c2.kafka.us-east-1.amazonaws.com:9098,"
              "b-2.pins.abc.c2.kafka.us-east-1.amazonaws.com:9098");
    EXPECT_EQ(value_of(import, "aws.region"), "us-east-1");
    EXPECT_EQ(value_of(import, "kafka.security_protocol"), "SASL_SSL");
    EXPECT_THAT(reason_of(import, "zookeeper.connect"), HasSubstr("ZooKeeper"));
}

TEST(ImportFiles, an_account_in_the_sign_in_is_split_from_its_password) {
    auto import = imported(
        "bootstrap.servers: h:9094\nsasl.mechanism SCRAM-SHA-512\nsasl.jaas.config="
        "org.apache.kafka.common.security.scram.ScramLoginModule required \\\n"
        "  username=\"ana\" \\\n  password=\"canary-secret \\\\\"quoted\\\\\"\";\n"
        "ssl.truststore.password=canary-secret\nssl.truststore.location=/k.jks\n");
    EXPECT_EQ(value_of(import, "kafka.user"), "ana");
    ASSERT_EQ(import.secrets.size(), 1u);
    EXPECT_EQ(import.secrets[0].name, "kafka.password");
    EXPECT_EQ(import.secrets[0].value, "canary-secret \"quoted\"");
    EXPECT_THAT(reason_of(import, "ssl.truststore.location"), HasSubstr("kafka.ca_file"));
}

TEST(ImportFiles, the_sink_connectors_keys_keep_their_meaning) {
    auto import = imported(
        "connector.class=io.confluent.connect.s3.S3SinkConnector\ns3.region=us-east-1\n"
        "topics.regex=0a1b.*\nflush.size=1\ns3.bucket.name=user-0a1b-bucket\ntasks.max=3\n"
        "format.class=io.confluent.connect.s3.format.json.JsonFormat\n"
        "aws.secret.access.key=canary-secret\nmy.own.key=canary-secret\n"
        "store.url=https://ana:canary-secret@minio:9000\n");
    EXPECT_THAT(reason_of(import, "s3.endpoint"), HasSubstr("holds a password"));
    EXPECT_EQ(value_of(import, "objects.url"), "s3://user-0a1b-bucket");
    EXPECT_EQ(value_of(import, "sink.flush.size"), "1");
    EXPECT_EQ(value_of(import, "sink.topics.regex"), "0a1b.*");
    EXPECT_EQ(value_of(import, "s3.region"), "us-east-1");
    EXPECT_THAT(reason_of(import, "my.own.key"), HasSubstr("no setting"));
    EXPECT_THAT(reason_of(import, "aws.secret.access.key"), HasSubstr("secret"));
}

TEST(ImportFiles, an_access_keys_csv_is_known_by_its_first_line) {
    for (std::string_view text : {"Access key ID,Secret access key\nAKIA1,canary-secret\n",
                                  "\xEF\xBB\xBFUser name,Access key ID,Secret access key\r\n"
                                  "ana,AKIA1,canary-secret\r\n"}) {
        auto import = imported(text, "/keys/ana/authentication_credentials.csv");
        EXPECT_EQ(value_of(import, "aws.credentials_csv"),
                  "/keys/ana/authentication_credentials.csv");
        EXPECT_THAT(shown(import), Not(HasSubstr("AKIA1")));
    }
}

TEST(ImportFiles, an_environment_is_told_by_its_variables) {
    auto import = imported(
        "# mine\nexport RDS_HOST='db.example'\nRDS_USER=ana # the owner\nRDS_PASSWORD=\"canary-"
        "secret\"\nRDS_DATABASE=posts\nRDS_PORT=3307\nUSER_ID=0a1b\n"
        "BASE_URL=https://x.execute-api.us-east-1.amazonaws.com/test\n"
        "AWS_SECRET_ACCESS_KEY=canary-secret\nAWS_REGION=eu-west-1\nTOKEN=canary-secret\n");
    EXPECT_EQ(value_of(import, "source.url"), "mysql://ana@db.example:3307/posts");
    EXPECT_EQ(value_of(import, "user"), "0a1b");
    EXPECT_EQ(value_of(import, "aws.region"), "eu-west-1");
    EXPECT_THAT(reason_of(import, "BASE_URL"), HasSubstr("pinflow emulate --url"));
    EXPECT_THAT(reason_of(import, "AWS_SECRET_ACCESS_KEY"), HasSubstr("environment"));
    ASSERT_EQ(import.secrets.size(), 1u);
    EXPECT_EQ(import.secrets[0].name, "source.password");
}

TEST(ImportFiles, what_two_files_say_differently_is_the_firsts_and_is_told) {
    Import import;
    ASSERT_TRUE(import_file("/a", "bootstrap.servers=one:9092\n", import));
    ASSERT_TRUE(import_file("/b", "bootstrap.servers=two:9092\n", import));
    EXPECT_EQ(value_of(import, "kafka.bootstrap_servers"), "one:9092");
    EXPECT_THAT(reason_of(import, "kafka.bootstrap_servers"), HasSubstr("a:1 says otherwise"));
}

TEST(ImportFiles, a_file_of_no_known_kind_is_refused_without_a_word_of_it) {
    std::string nul("HOST: canary-secret\0", 20);
    for (std::string text :
         {std::string(""), std::string("canary-secret\n"), std::string("{canary-secret: [1]}"),
          std::string("a: canary-secret\n"), nul, std::string("bootstrap.servers=\\ucanary-secret"),
          std::string("-----BEGIN RSA PRIVATE KEY-----\ncanary-secret\n"),
          std::string("<canary-secret/>"), std::string(2 << 20, 'x')}) {
        Import import;
        auto refused = import_file("/keys/ana/file", text, import);
        ASSERT_FALSE(refused) << text.substr(0, 60);
        EXPECT_THAT(refused.error().text,
                    AllOf(HasSubstr("/keys/ana/file"), Not(HasSubstr(kCanary))));
        EXPECT_TRUE(import.settings.empty());
    }
}

TEST(ImportFiles, hostile_values_neither_leak_nor_leave_their_place_in_the_yaml) {
    auto import = imported(
        "security.protocol=SASL_SSL\\n  injected: 1\nsasl.mechanism=${HOME}\n"
        "bootstrap.servers=\"a: b\" # c\ncanary-secret\nstore canary-secret\n",
        "/keys/ana/x\n  evil: 1\n.properties");
    auto root = parse_yaml("", import_yaml(import, "p: [\"1\"]"));
    ASSERT_TRUE(root) << root.error().text;
    auto profile = root->node["profiles"]["p: [\"1\"]"];
    EXPECT_EQ(profile["kafka"]["bootstrap_servers"].as<std::string>(), "\"a: b\" # c");
    EXPECT_EQ(profile["kafka"].size(), 1u);
    EXPECT_EQ(profile.size(), 1u);
}

TEST(ImportFiles, every_setting_that_a_file_becomes_is_one_of_ours) {
    for (auto rules : {client_rules(), connector_rules()}) {
        for (const ImportRule& rule : rules) {
            EXPECT_TRUE(rule.setting.empty() || find_setting(rule.setting) != nullptr)
                << rule.setting;
        }
    }
    for (const char* name : {"aws.region", "aws.profile", "aws.credentials_csv", "objects.url",
                             "kafka.user", "kafka.password", "kafka.sasl_mechanism"}) {
        EXPECT_NE(find_setting(name), nullptr) << name;
    }
}

}  // namespace
}  // namespace pinflow::app
