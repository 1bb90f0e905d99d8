// SPDX-License-Identifier: Apache-2.0
#include "app/spark_on_s3.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/aws_access.h"
#include "app/object_places.h"
#include "remote/s3/url.h"

namespace pinflow::app {
namespace {

constexpr const char* kFromEnvironment =
    "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider";

// Hadoop's own bounds are minutes for each request of a store that is down, and days where it says
// "slow down". Source: core-default.xml of Hadoop 3.5; waits double from one try to the next.
constexpr const char* kBounds[] = {
    "attempts.maximum=2",                // by the SDK, within each of s3a's
    "retry.limit=4",                     // by s3a: 0.5 to 8 s between them
    "retry.interval=500ms",              //
    "retry.throttle.limit=8",            // 0.1 to 26 s between them
    "retry.throttle.interval=100ms",     //
    "connection.establish.timeout=15s",  // s3a takes no less
    "connection.timeout=60s",            // for the next byte
};

bool is_on_s3(const std::string& place) { return place.starts_with("s3a://"); }

bool signs_in_its_own_way(const Settings& settings) {
    const std::string& said = settings.text("spark.conf");
    return said.contains("fs.s3a.aws.credentials.provider=") || said.contains("fs.s3a.access.key=");
}

Status add_service(const Settings& settings, const std::vector<std::string>& places,
                   SparkOnS3& found) {
    auto add = [&](std::string_view name, std::string_view value) {
        found.properties.push_back(fmt::format("spark.hadoop.fs.s3a.{}={}", name, value));
    };
    bool has_bucket_in_path = false;
    S3Service service;
    for (const std::string& place : places) {
        if (!is_on_s3(place)) continue;
        TRY(service, s3_service(settings, place));
        has_bucket_in_path |= service.has_bucket_in_path;
    }
    if (!service.endpoint.empty()) add("endpoint", service.endpoint);
    add("endpoint.region", service.region);
    add("path.style.access", has_bucket_in_path ? "true" : "false");
    return {};
}

Status add_keys(const Settings& settings, SparkOnS3& found) {
    bool is_here = settings.text("spark.master").starts_with("local");
    auto keys = aws_credentials(settings)();
    if (!keys && keys.error().code == Errc::permission && !is_here) return {};
    if (!keys) return std::unexpected(std::move(keys).error());
    found.environment = {{"AWS_ACCESS_KEY_ID", keys->access_key_id},
                         {"AWS_SECRET_ACCESS_KEY", keys->secret_access_key},
                         {"AWS_SESSION_TOKEN", keys->session_token}};
    if (is_here)
        found.properties.push_back(
            fmt::format("spark.hadoop.fs.s3a.aws.credentials.provider={}", kFromEnvironment));
    return {};
}

}  // namespace

std::string as_spark_names_it(const std::string& place) {
    if (!is_remote_place(place)) return std::filesystem::absolute(place);
    auto url = s3::parse_s3_url(place);
    if (!url) return place;
    return "s3a://" + url->bucket + (url->prefix.empty() ? "" : "/" + url->prefix);
}

Result<SparkOnS3> spark_on_s3(const Settings& settings, const std::vector<std::string>& places) {
    SparkOnS3 found;
    if (std::ranges::none_of(places, is_on_s3)) return found;
    TRY_STATUS(add_service(settings, places, found));
    for (const char* bound : kBounds)
        found.properties.push_back(fmt::format("spark.hadoop.fs.s3a.{}", bound));
    if (!signs_in_its_own_way(settings)) {
        TRY_STATUS(add_keys(settings, found));
    }
    return found;
}

}  // namespace pinflow::app
