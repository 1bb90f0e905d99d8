// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace pinflow::kinesis {
namespace {

constexpr const char* kUsualRegion = "us-east-1";  // of a server that is not AWS's

bool is_region(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

// China has a domain of its own; the other partitions' regions stand under amazonaws.com.
std::string regional_url(const std::string& region) {
    return fmt::format("https://kinesis.{}.amazonaws.com{}", region,
                       region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace

Result<Endpoint> endpoint_of(const KinesisSettings& settings) {
    bool is_elsewhere = !settings.endpoint.empty();
    std::string region = settings.region.empty() && is_elsewhere ? kUsualRegion : settings.region;
    if (!is_region(region)) {
        return fail(Errc::invalid_argument,
                    fmt::format("kinesis.region: '{}' is no region (as eu-west-1)", region));
    }
    std::string url = is_elsewhere ? settings.endpoint : regional_url(region);
    std::size_t scheme = url.find("://");
    std::string_view rest =
        std::string_view(url).substr(scheme == std::string::npos ? 0 : scheme + 3);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    bool is_tls = to_lower(url).starts_with("https://");
    bool is_good = (is_tls || to_lower(url).starts_with("http://")) && !rest.empty() &&
                   rest.find_first_of("/?#@ ") == std::string_view::npos;
    if (!is_good) {
        // A password in it is not repeated.
        return fail(Errc::invalid_argument,
                    "kinesis.endpoint must be http://host:port or https://host:port, and no more");
    }
    std::string host = to_lower(rest);
    std::string_view own_port = is_tls ? ":443" : ":80";
    if (host.ends_with(own_port)) host.resize(host.size() - own_port.size());
    return Endpoint{fmt::format("{}://{}/", is_tls ? "https" : "http", host), region, host};
}

}  // namespace pinflow::kinesis
