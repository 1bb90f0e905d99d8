// SPDX-License-Identifier: Apache-2.0
#include "codec/sigv4/canonical.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace pinflow::sigv4 {
namespace {

bool is_unreserved(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

// Without spaces at both ends, and with one where several stood.
std::string trimmed(std::string_view value) {
    std::string kept;
    for (char byte : value) {
        bool is_space = byte == ' ' || byte == '\t';
        if (!is_space) kept.push_back(byte);
        if (is_space && !kept.empty() && kept.back() != ' ') kept.push_back(' ');
    }
    if (!kept.empty() && kept.back() == ' ') kept.pop_back();
    return kept;
}

std::map<std::string, std::string> canonical_headers(const std::vector<HttpHeader>& headers) {
    std::map<std::string, std::string> joined;
    for (const HttpHeader& header : headers) {
        auto [place, is_new] = joined.try_emplace(to_lower(header.name));
        if (!is_new) place->second += ',';
        place->second += trimmed(header.value);
    }
    return joined;
}

}  // namespace

std::string uri_encode(std::string_view text, bool keep_slash) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (char byte : text) {
        if (is_unreserved(byte) || (keep_slash && byte == '/')) {
            encoded.push_back(byte);
            continue;
        }
        auto value = static_cast<unsigned char>(byte);
        encoded += {'%', kDigits[value >> 4], kDigits[value & 15]};
    }
    return encoded;
}

std::string canonical_query(const QueryParameters& parameters) {
    QueryParameters encoded;
    for (const auto& [name, value] : parameters)
        encoded.emplace_back(uri_encode(name), uri_encode(value));
    std::ranges::sort(encoded);
    std::string query;
    for (const auto& [name, value] : encoded) {
        if (!query.empty()) query += '&';
        query += name + "=" + value;
    }
    return query;
}

CanonicalRequest canonical_request(std::string_view method, std::string_view path,
                                   std::string_view query, const std::vector<HttpHeader>& headers,
                                   std::string_view payload_hash, bool is_s3) {
    CanonicalRequest request;
    std::string lines;
    for (const auto& [name, value] : canonical_headers(headers)) {
        lines += name + ":" + value + "\n";
        if (!request.signed_headers.empty()) request.signed_headers += ';';
        request.signed_headers += name;
    }
    request.text = std::string(method) + "\n";
    request.text += is_s3 ? std::string(path) : uri_encode(path, true);
    request.text += "\n" + std::string(query) + "\n" + lines + "\n" + request.signed_headers + "\n";
    request.text += payload_hash;
    return request;
}

}  // namespace pinflow::sigv4
