// SPDX-License-Identifier: Apache-2.0
// Numbers to and from bytes. The reader checks every length against what remains, so no decoder
// built on it can read past its input or allocate for a length that is not there.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow {

// Big-endian (the byte order of the Kafka protocol and of our own formats).
class ByteWriter {
public:
    explicit ByteWriter(std::string& out) : out_(out) {}

    template <std::integral T>
    void put(T value) {
        if constexpr (sizeof(T) > 1) value = std::byteswap(value);
        out_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void put_bytes(std::string_view bytes) { out_.append(bytes); }
    void put_varint(std::int64_t value);  // zig-zag, as in Kafka's records

private:
    std::string& out_;
};

// Overwrites sizeof(T) bytes at `at`; the caller guarantees that they exist.
template <std::integral T>
void put_at(std::string& bytes, std::size_t at, T value) {
    if constexpr (sizeof(T) > 1) value = std::byteswap(value);
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <std::integral T>
T get_at(std::string_view bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    if constexpr (sizeof(T) > 1) value = std::byteswap(value);
    return value;
}

class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    std::size_t remaining() const { return rest_.size(); }
    std::string_view rest() const { return rest_; }

    template <std::integral T>
    Result<T> get() {
        if (rest_.size() < sizeof(T)) return fail(Errc::corrupt, "bytes end inside a number");
        T value = get_at<T>(rest_, 0);
        rest_.remove_prefix(sizeof(T));
        return value;
    }
    // A view into the input: valid as long as the input is.
    Result<std::string_view> get_bytes(std::size_t count);
    Result<std::int64_t> get_varint();  // zig-zag; at most ten bytes

private:
    std::string_view rest_;
};

}  // namespace pinflow
