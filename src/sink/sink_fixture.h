// SPDX-License-Identifier: Apache-2.0
// For this folder's tests only: a sink over memory ports that die on order.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/reactor.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"
#include "memory/memory_meter.h"
#include "memory/memory_object_store.h"
#include "memory/memory_work_book.h"
#include "memory/mortal_ports.h"
#include "sink/fake_log.h"
#include "sink/sink.h"

namespace pinflow::sink {

using memory::Death;
using memory::MortalBook;
using memory::MortalStore;

class SinkTest : public testing::Test {
protected:
    void start(SinkSettings settings = {}) {
        sink = Sink::open(log, mortal_store, mortal_book, clock, meter, settings).value();
    }
    void revive() { death.revive(); }
    bool pass() {
        auto wrote = run_here(sink->pass());
        return wrote && *wrote;
    }
    // Another look, late enough for new topics to be found.
    bool later_pass(std::int64_t ms = 250) {
        clock.advance_ms(ms);
        return pass();
    }
    std::vector<std::string> keys(std::string prefix = "topics") {
        std::vector<std::string> found;
        for (auto& info : run_here(store.list(std::move(prefix))).value())
            found.push_back(info.key);
        return found;
    }
    std::string get(std::string key) { return run_here(store.get(std::move(key), {})).value(); }
    std::int64_t counter(const std::string& name, const std::string& topic) {
        return meter.counter(name, MeterKind::counter, "", {{"topic", topic}}).value();
    }
    static std::string pin_key(Offset first) {
        return fmt::format("topics/u.pin/partition=0/u.pin+0+{:010}.json", first);
    }

    memory::HandClock clock;
    memory::MemoryFiles files;
    memory::MemoryObjectStore store{clock, files};
    memory::MemoryWorkBook book;
    memory::MemoryMeter meter;
    FakeLog log;
    Death death;
    MortalStore mortal_store{store, death};
    MortalBook mortal_book{book, death};
    std::unique_ptr<Sink> sink;
};

}  // namespace pinflow::sink
