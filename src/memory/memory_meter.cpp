// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_meter.h"

namespace pinflow::memory {

Counter& MemoryMeter::counter(const std::string& name, MeterKind kind, const std::string& text,
                              const Labels& labels) {
    std::scoped_lock lock(mutex_);
    auto& entry = entries_[{name, labels}];
    if (!entry) {
        entry = std::make_unique<Entry>();
        entry->kind = kind;
        entry->text = text;
    }
    return entry->counter;
}

std::vector<MeterReading> MemoryMeter::read() {
    std::scoped_lock lock(mutex_);
    std::vector<MeterReading> readings;
    readings.reserve(entries_.size());
    for (const auto& [key, entry] : entries_) {
        readings.push_back(
            {key.first, entry->kind, entry->text, key.second, entry->counter.value()});
    }
    return readings;
}

}  // namespace pinflow::memory
