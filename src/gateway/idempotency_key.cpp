// SPDX-License-Identifier: Apache-2.0
#include "gateway/idempotency_key.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/text.h"

namespace pinflow::gateway {
namespace {

constexpr std::string_view kKeyHeader = "Idempotency-Key";

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// A key that came twice is not the same for all who look at the request on its way.
bool is_said_once(const HttpRequest& request) {
    auto is_key = [](const HttpHeader& header) {
        return to_lower(header.name) == to_lower(kKeyHeader);
    };
    return std::ranges::count_if(request.headers, is_key) == 1;
}

std::string sha256_text(std::string_view bytes) {
    auto hash = sha256(bytes);
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// The body, which may be large, is not copied.
std::uint64_t fingerprint_of(const HttpRequest& request) {
    std::string hashed =
        sha256_text(request.body).append(request.header("Content-Type").value_or(""));
    return get_at<std::uint64_t>(sha256_text(hashed), 0);
}

}  // namespace

// The draft wants the key in quotes, as a structured field; most clients send it bare. Its bytes
// are taken as they are: a client that tries again sends the same ones.
Result<IdempotencyKey> read_idempotency_key(const HttpRequest& request, std::string_view name,
                                            std::string_view part) {
    auto key = request.header(kKeyHeader);
    if (!key) return IdempotencyKey{};
    bool has_length = !key->empty() && key->size() <= kIdempotencyKeyBytesMax;
    if (!has_length || !is_printable(*key) || !is_said_once(request)) {
        return fail(Errc::invalid_argument,
                    fmt::format("{} must be one header of 1 to {} printable ASCII characters",
                                kKeyHeader, kIdempotencyKeyBytesMax));
    }
    return IdempotencyKey{.text = fmt::format("{}/{}\n{}", name, part, *key),
                          .fingerprint = fingerprint_of(request)};
}

void mark_replayed(HttpResponse& response) {
    response.headers.push_back({"Idempotent-Replayed", "true"});
}

}  // namespace pinflow::gateway
