// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <nmmintrin.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include <cstring>

#include "base/check.h"

namespace pinflow {
namespace {

std::uint32_t crc32c_bytewise(std::uint32_t crc, std::string_view bytes) {
    static const auto table = [] {
        std::array<std::uint32_t, 256> entries{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0x82F63B78u : 0);
            entries[i] = value;
        }
        return entries;
    }();
    for (char byte : bytes)
        crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xff];
    return crc;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::uint32_t crc,
                                                             std::string_view bytes) {
    std::uint64_t wide = crc;
    while (bytes.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        wide = _mm_crc32_u64(wide, word);
        bytes.remove_prefix(8);
    }
    auto narrow = static_cast<std::uint32_t>(wide);
    for (char byte : bytes) narrow = _mm_crc32_u8(narrow, static_cast<std::uint8_t>(byte));
    return narrow;
}

template <std::size_t Size>
std::array<std::uint8_t, Size> digest(const EVP_MD* kind, std::string_view bytes) {
    std::array<std::uint8_t, Size> out{};
    CHECK(EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, kind, nullptr) == 1);
    return out;
}

int base64_value(char letter) {
    if (letter >= 'A' && letter <= 'Z') return letter - 'A';
    if (letter >= 'a' && letter <= 'z') return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9') return letter - '0' + 52;
    if (letter == '+') return 62;
    if (letter == '/') return 63;
    return -1;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
    static const bool has_sse42 = __builtin_cpu_supports("sse4.2");
    std::uint32_t crc = ~seed;
    return ~(has_sse42 ? crc32c_sse42(crc, bytes) : crc32c_bytewise(crc, bytes));
}

std::array<std::uint8_t, 16> md5(std::string_view bytes) { return digest<16>(EVP_md5(), bytes); }
std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
    return digest<32>(EVP_sha256(), bytes);
}

std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view bytes) {
    std::array<std::uint8_t, 32> out{};
    CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(),
               nullptr) != nullptr);
    return out;
}

std::string hex(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (char byte : bytes) {
        text.push_back(kDigits[static_cast<std::uint8_t>(byte) >> 4]);
        text.push_back(kDigits[static_cast<std::uint8_t>(byte) & 15]);
    }
    return text;
}

std::string base64_encode(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                 reinterpret_cast<const unsigned char*>(bytes.data()),
                                 static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

Result<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0)
        return fail(Errc::invalid_argument, "base64 length is no multiple of 4");
    std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool is_padding = i >= text.size() - padding;
        int value = is_padding ? 0 : base64_value(text[i]);
        if (value < 0) return fail(Errc::invalid_argument, "not a base64 character");
        group = group << 6 | static_cast<std::uint32_t>(value);
        if (i % 4 == 3) {
            for (int shift : {16, 8, 0}) bytes.push_back(static_cast<char>(group >> shift));
            group = 0;
        }
    }
    bytes.resize(bytes.size() - padding);
    return bytes;
}

std::uint64_t random_u64() {
    std::uint64_t value = 0;
    CHECK(getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value));
    return value;
}

std::string random_uuid() {
    std::uint64_t high = (random_u64() & ~0xf000ull) | 0x4000ull;
    std::uint64_t low = (random_u64() & ~(3ull << 62)) | 2ull << 62;
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(high >> shift));
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(low >> shift));
    std::string text = hex(bytes);
    for (std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
    return text;
}

}  // namespace pinflow
