// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/address.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "codec/sigv4/canonical.h"
#include "record/object_key.h"

namespace pinflow::s3 {
namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";

std::unexpected<Error> wrong(std::string_view setting, std::string_view why) {
    return fail(Errc::invalid_argument, fmt::format("{}: {}", setting, why));
}

struct Endpoint {
    std::string scheme;
    std::string host;  // IPv6 with its brackets
    std::string port;  // ":8080"; empty where it is the scheme's own
};

Result<Endpoint> parse_endpoint(std::string_view text) {
    auto bad = [&](std::string_view why) {
        return wrong("s3.endpoint", fmt::format("'{}' {}; write https://host:port", text, why));
    };
    std::size_t end = text.find("://");
    if (end == std::string_view::npos) return bad("has no http:// or https://");
    Endpoint endpoint{.scheme = to_lower(text.substr(0, end)), .host = {}, .port = {}};
    if (endpoint.scheme != "http" && endpoint.scheme != "https") return bad("is not http or https");
    std::string_view rest = text.substr(end + 3);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.contains('@'))
        return wrong("s3.endpoint",
                     "it must not carry keys: they come from the environment or "
                     "AWS's shared files");
    if (rest.find_first_of("/?# ") != std::string_view::npos) return bad("has a path");
    std::size_t host_end = rest.starts_with('[') ? rest.find(']') : 0;
    if (host_end == std::string_view::npos) return bad("has a [ without its ]");
    std::size_t colon = std::min(rest.find(':', host_end), rest.size());
    endpoint.host = to_lower(rest.substr(0, colon));
    if (endpoint.host.empty()) return bad("names no host");
    if (colon == rest.size()) return endpoint;
    auto port = parse_int(rest.substr(colon + 1));
    if (!port || *port < 1 || *port > 65'535) return bad("has a port that is no number of 1-65535");
    bool is_usual = *port == (endpoint.scheme == "https" ? 443 : 80);
    if (!is_usual) endpoint.port = fmt::format(":{}", *port);
    return endpoint;
}

// Source: "Amazon Simple Storage Service endpoints and quotas", AWS General Reference.
Endpoint aws_endpoint(std::string_view region) {
    std::string_view domain = region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    return {.scheme = "https", .host = fmt::format("s3.{}.{}", region, domain), .port = {}};
}

// "bucket.host" must be a host name, and under https one that the certificate "*.host" covers.
bool is_host_label(std::string_view bucket) {
    auto is_letter_or_digit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return bucket.size() >= 3 && is_letter_or_digit(bucket.front()) &&
           is_letter_or_digit(bucket.back()) &&
           std::ranges::all_of(bucket, [&](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool has_names_below(std::string_view host) {
    bool is_address =
        host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos;
    return !is_address && host.contains('.') && !host.ends_with(".localhost");
}

bool is_path_style(const S3Settings& settings, const Endpoint& endpoint) {
    if (settings.style != AddressStyle::automatic) return settings.style == AddressStyle::path;
    return !has_names_below(endpoint.host) || !is_host_label(settings.bucket);
}

}  // namespace

std::string BucketAddress::path_of(const std::string& key) const {
    std::string path = base_path;
    if (!key.empty() || path.empty()) path += '/';
    return path + sigv4::uri_encode(key, true);
}

Result<BucketAddress> address_of(const S3Settings& settings) {
    if (auto bucket = check_bucket(settings.bucket); !bucket)
        return with_context(std::move(bucket).error(), "objects.url or tables.url");
    if (settings.endpoint.empty() && settings.region.empty())
        return wrong("s3.region",
                     "not set: the bucket's region, such as eu-west-1 (or give "
                     "s3.endpoint for a store that is not AWS's)");
    if (settings.region.find_first_of(" /\r\n") != std::string::npos)
        return wrong("s3.region", fmt::format("'{}' is no region", settings.region));
    BucketAddress address;
    address.region = settings.region.empty() ? kDefaultRegion : settings.region;
    Endpoint endpoint = aws_endpoint(address.region);
    if (!settings.endpoint.empty()) {
        TRY(endpoint, parse_endpoint(settings.endpoint));
    }
    std::string place = endpoint.host + endpoint.port;
    address.shown = fmt::format("bucket {} at {}://{}", settings.bucket, endpoint.scheme, place);
    bool in_path = is_path_style(settings, endpoint);
    address.host = in_path ? place : settings.bucket + "." + place;
    address.base_path = in_path ? "/" + settings.bucket : "";
    address.origin = endpoint.scheme + "://" + address.host;
    return address;
}

}  // namespace pinflow::s3
