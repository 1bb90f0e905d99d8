// SPDX-License-Identifier: Apache-2.0
#include "app/setting_table.h"

namespace pinflow::app {
namespace {

using enum SettingKind;

constexpr SettingSpec kSpecs[] = {
    {"user", "", text, "demo", "",
     "The user id in topic, stream, bucket and table names (course: twelve hex digits)."},
    {"pipeline.directory", "", path, "", "",
     "Where pipeline.yaml, clean/, questions/ and tests/ are read; empty: the built-in copy."},
    {"source.url", "source", url, "", "",
     "The post database: mysql://user@host:3306/database, or an SQLite file; empty: the data "
     "directory's source.sqlite."},
    {"source.user", "", text, "", "", "The user of the database, where the URL names none."},
    {"source.password", "", secret, "", "", "The database's password."},
    {"source.password_file", "", path, "", "", "A file that holds the database's password."},
    {"source.credentials_file", "", path, "", "",
     "The course's db_creds.yaml: HOST, USER, PASSWORD, DATABASE, PORT."},
    {"source.tls", "", choice, "prefer", "off|prefer|require|verify",
     "To the database: prefer and require check nobody, verify checks the certificate and the "
     "host's name."},
    {"source.tls_ca", "", path, "", "",
     "PEM file of the CA that verify trusts; empty: the system's, and for a host of Amazon RDS "
     "those of RDS."},
    {"source.iam", "", boolean, "false", "",
     "Signs in at Amazon RDS with a token made of the AWS account (aws.*), instead of a password; "
     "TLS is verified."},
    {"source.timeout", "", duration, "10s", "",
     "How long the database may take to connect, and for each answer.", "1ms"},
    {"aws.region", "", text, "", "",
     "Where the AWS services are; empty: AWS_REGION, or the profile's."},
    {"aws.profile", "", text, "", "",
     "Profile of ~/.aws/credentials and ~/.aws/config; empty: AWS_PROFILE, else the keys in the "
     "environment, else default."},
    {"aws.credentials_csv", "", path, "", "",
     "The two keys in the CSV file that AWS's console downloads; goes before profile and "
     "environment."},
    {"listen.gateway", "", address, "127.0.0.1:8082", "",
     "REST Proxy and API Gateway address; port 0 takes a free one."},
    {"listen.admin", "", address, "127.0.0.1:8080", "", "Health, metrics and the page."},
    {"listen.aws", "", address, "127.0.0.1:4566", "",
     "The Kinesis API (not built yet: not served)."},
    {"listen.kafka", "", address, "127.0.0.1:9092", "",
     "The Kafka protocol (not built yet: not served)."},
    {"threads.reactors", "", count, "0", "", "Request threads; 0: one a core."},
    {"memory.budget", "", size, "auto", "auto",
     "All buffers together: the sink and the stream job have an eighth each, above the rest "
     "requests are answered 503; auto: a quarter of memory.",
     "16MiB"},
    {"log.durability", "", choice, "fsync", "fsync|os|memory",
     "What an answer means: on stable storage, in the system's cache, or in memory (tests)."},
    {"log.segment.bytes", "", size, "128MiB", "",
     "Size at which a partition begins a new segment file."},
    {"log.journal.file.bytes", "", size, "64MiB", "",
     "Size of the journal's files, of which there are one to six; bounds a single request too."},
    {"log.checkpoint.bytes", "", size, "256MiB", "",
     "So much journal is read again by a start after a crash, at most."},
    {"log.retention.time", "", duration, "7d", "never",
     "Segments go so long after their last append, once sink and stream have read them."},
    {"log.retention.bytes", "", size, "never", "never",
     "Oldest segments go when a partition is larger, under the same condition."},
    {"log.retention.check.interval", "", duration, "5m", "",
     "How often the log looks for segments to drop.", "1ms"},
    {"log.scrub.rate", "", size, "4MiB", "",
     "Bytes a second that are read over in the background, once a day; 0B: none."},
    {"log.accept_data_loss", "", boolean, "false", "",
     "Open a damaged log without what is lost; said by pinflow up --accept-data-loss."},
    {"log.free_space_floor", "", size, "auto", "auto",
     "Below this much free disk, writes are refused with a retriable error; auto: 1 GiB or 5 %."},
    {"places.moved", "", boolean, "false", "",
     "What this data directory kept elsewhere has been brought to where the settings now say; said "
     "by pinflow up --moved."},
    {"gateway.auto_create_topics", "", boolean, "true", "",
     "A post to an unknown topic creates it with one partition; else 404/40401."},
    {"gateway.auto_create_streams", "", boolean, "true", "",
     "A put to an unknown stream through the API Gateway road creates it with four shards."},
    {"gateway.default_response_200", "", boolean, "false", "",
     "Kinesis errors come back with HTTP 200, as the course's gateway export has it."},
    {"sink.flush.size", "flush.size", count, "1000", "",
     "Records of a partition that fill an object.", "1"},
    {"sink.rotate.schedule.interval.ms", "rotate.schedule.interval.ms", count, "5000", "",
     "Milliseconds of wall clock after which waiting records become an object all the same."},
    {"sink.topics.regex", "topics.regex", pattern, ".*", "",
     "Which topics are sunk (the whole name)."},
    {"sink.topics.dir", "topics.dir", text, "topics", "", "First component of every object's key."},
    {"sink.s3.bucket.name", "s3.bucket.name", text, "user-{user}-bucket", "",
     "The bucket: a folder under objects/."},
    {"kafka.bootstrap_servers", "", text, "", "",
     "Topics are in this Kafka instead of our own log: host:port, several by commas; empty: our "
     "own."},
    {"kafka.security_protocol", "", choice, "PLAINTEXT", "PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL",
     "As Kafka's clients name it."},
    {"kafka.sasl_mechanism", "", choice, "SCRAM-SHA-512",
     "PLAIN|SCRAM-SHA-256|SCRAM-SHA-512|AWS_MSK_IAM",
     "How to sign in where the protocol is SASL; AWS_MSK_IAM signs with the AWS account (aws.*)."},
    {"kafka.user", "", text, "", "", "The user that signs in."},
    {"kafka.password", "", secret, "", "", "The user's password."},
    {"kafka.password_file", "", path, "", "", "A file that holds it."},
    {"kafka.ca_file", "", path, "", "",
     "PEM file of the CA that signed the brokers' certificates; empty: the system's."},
    {"kafka.replication_factor", "", count, "0", "",
     "Copies of the topics that we create; 0: as the brokers have it."},
    {"kafka.delivery_timeout", "", duration, "30s", "",
     "After so long a post that the brokers did not acknowledge is answered with an error.", "1s"},
    {"kafka.compression", "", choice, "lz4", "none|gzip|snappy|lz4|zstd",
     "Of the batches sent to Kafka."},
    {"kinesis.region", "", text, "", "",
     "Streams are in Amazon Kinesis of this region instead of our own log; empty: our own, unless "
     "kinesis.endpoint is said."},
    {"kinesis.endpoint", "", url, "", "",
     "A service that speaks Kinesis' API: https://host:port; empty: AWS's for the region."},
    {"kinesis.ca_file", "", path, "", "",
     "PEM file of the CA that signed its certificate; empty: the system's."},
    {"kinesis.new_streams", "", choice, "provisioned", "provisioned|on_demand",
     "Whether streams that we create have as many shards as asked for, or as many as AWS thinks."},
    {"objects.url", "", text, "", "",
     "Where the sink's objects go: s3://bucket/prefix, or a folder; empty: the bucket under "
     "objects/ of the data directory. {user} is replaced."},
    {"tables.url", "", text, "", "",
     "Where the Delta tables are: s3://bucket/prefix, or a folder; empty: tables/ of the data "
     "directory. {user} is replaced."},
    {"s3.endpoint", "", url, "", "",
     "The S3 service: https://host:port; empty: AWS's for the region."},
    {"s3.region", "", text, "", "", "Region of the buckets; empty: aws.region."},
    {"s3.address_style", "", choice, "auto", "auto|host|path",
     "Where the bucket stands: in the host's name (AWS), or before the key (most others)."},
    {"s3.ca_file", "", path, "", "",
     "PEM file of the CA that signed the S3 service's certificate; empty: the system's."},
    {"stream.source", "", choice, "streams", "streams|topics", "What the stream job follows."},
    {"stream.commit.interval", "", duration, "1s", "",
     "How often the stream job commits to its tables while records keep coming.", "1ms"},
    {"engine.threads", "", count, "0", "", "DuckDB's workers in the batch job; 0: one a core."},
    {"engine.memory", "", size, "0B", "",
     "DuckDB's memory limit in the batch job; past it, it spills to <data dir>/staging/spill. 0B: "
     "half of the machine's memory, or of the container's."},
    {"schedule.cron", "", cron, "pipeline", "pipeline|off",
     "When pinflow up runs the daily graph: pipeline (as pipeline.yaml has it), off, or a cron "
     "line."},
    {"schedule.time_zone", "", time_zone, "", "",
     "The cron line's time zone, such as Europe/Berlin; empty: the pipeline's."},
    {"log_level", "", choice, "info", "debug|info|warn|error",
     "Messages on stderr from this level up."},
};

}  // namespace

std::span<const SettingSpec> setting_specs() { return kSpecs; }

}  // namespace pinflow::app
