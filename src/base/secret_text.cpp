// SPDX-License-Identifier: Apache-2.0
#include "base/secret_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace pinflow {
namespace {

constexpr std::string_view kMask = "***";
// So much of a secret gives it away, where a text was cut (by others, or by us with kCut).
constexpr std::size_t kTellingBytes = 8;
// Shorter ones are in many a word: masked everywhere, they would be told by it.
constexpr std::size_t kShortest = 4;
constexpr std::string_view kCut = " ...";
// In lower case: names in signed URLs and headers, and RFC 9110's schemes.
constexpr std::string_view kMarks[] = {"signature=", "security-token=", "bearer ", "basic "};
constexpr std::string_view kEnds = " \t\r\n,;&'\"<>()";

// RFC 3986, as signed URLs have it.
std::string as_urls_write(std::string_view secret) {
    std::string out;
    for (char c : secret) {
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || std::string_view("-._~").contains(c);
        if (is_plain) out += c;
        else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

bool is_cut_at(std::string_view text, std::size_t at) {
    return at == text.size() || text.substr(at) == kCut;
}

void mask(std::string& text, std::string_view secret) {
    if (secret.size() < kShortest) return;
    std::string_view beginning = secret.substr(0, std::min(kTellingBytes, secret.size()));
    for (std::size_t at = 0; (at = text.find(beginning, at)) != std::string::npos;) {
        std::size_t size = beginning.size();
        while (size < secret.size() && at + size < text.size() && text[at + size] == secret[size])
            ++size;
        bool is_told = size == secret.size() || is_cut_at(text, at + size);
        if (is_told) text.replace(at, size, kMask);
        at += is_told ? kMask.size() : 1;
    }
}

void mask_behind(std::string& text, std::string_view mark) {
    std::string lower = to_lower(text);
    std::size_t at = 0;
    while ((at = lower.find(mark, at)) != std::string::npos) {
        at += mark.size();
        std::size_t end = std::min(text.find_first_of(kEnds, at), text.size());
        if (end - at < kTellingBytes) continue;  // a word of prose
        text.replace(at, end - at, kMask);
        lower.replace(at, end - at, kMask);
    }
}

}  // namespace

std::string without_secrets(std::string_view text,
                            std::initializer_list<std::string_view> secrets) {
    std::string shown(text);
    for (std::string_view secret : secrets) {
        mask(shown, secret);
        if (std::string written = as_urls_write(secret); written != secret) mask(shown, written);
    }
    for (std::string_view mark : kMarks) mask_behind(shown, mark);
    for (char& c : shown) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
    }
    return shown;
}

}  // namespace pinflow
