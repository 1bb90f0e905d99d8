// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace pinflow {

// Every record read has exactly one of four outcomes, and every run says how many had which.
struct Ledger {
    std::int64_t read = 0;     // records after unrolling; an empty array or a refused line is one
    std::int64_t written = 0;  // rows in the table
    std::int64_t quarantined = 0;  // kept with the reason and the raw bytes
    std::int64_t duplicates = 0;   // batch: a later record had the key; stream: committed before
    std::int64_t late = 0;         // refused for their time; no station of today refuses any

    bool adds_up() const { return read == written + quarantined + duplicates + late; }
    Ledger& operator+=(const Ledger& other) {
        read += other.read;
        written += other.written;
        quarantined += other.quarantined;
        duplicates += other.duplicates;
        late += other.late;
        return *this;
    }
    bool operator==(const Ledger&) const = default;
};

}  // namespace pinflow
