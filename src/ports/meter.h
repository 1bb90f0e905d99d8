// SPDX-License-Identifier: Apache-2.0
// Counts that the stations keep while they work, and the page and /metrics show. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pinflow {

using Labels = std::vector<std::pair<std::string, std::string>>;

// A number that any thread may move without a lock.
class Counter final {
public:
    void add(std::int64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

enum class MeterKind { counter, gauge };

struct MeterReading {
    std::string name;  // Prometheus grammar: "pinflow_records_in_total"
    MeterKind kind = MeterKind::counter;
    std::string text;  // one line of help
    Labels labels;
    std::int64_t value = 0;
};

class Meter {
public:
    virtual ~Meter() = default;

    // The counter of that name and labels, made at the first call. It lives as long as the meter.
    // Labels must come from a bounded set (stations, topics, tables), never from record contents.
    virtual Counter& counter(const std::string& name, MeterKind kind, const std::string& text,
                             const Labels& labels) = 0;

    virtual std::vector<MeterReading> read() = 0;  // by name, then labels
};

}  // namespace pinflow
