// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "ports/meter.h"

namespace pinflow::memory {

// The program's own meter too: counts live in memory, and Prometheus keeps their history.
class MemoryMeter final : public Meter {
public:
    Counter& counter(const std::string& name, MeterKind kind, const std::string& text,
                     const Labels& labels) override;
    std::vector<MeterReading> read() override;

private:
    struct Entry {
        MeterKind kind = MeterKind::counter;
        std::string text;
        Counter counter;
    };

    std::mutex mutex_;
    std::map<std::pair<std::string, Labels>, std::unique_ptr<Entry>> entries_;
};

}  // namespace pinflow::memory
