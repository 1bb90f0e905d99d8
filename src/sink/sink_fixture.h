// SPDX-License-Identifier: Apache-2.0
// For this folder's tests only: a sink over memory, and ports that die on order.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <mutex>

#include "base/reactor.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"
#include "memory/memory_meter.h"
#include "memory/memory_object_store.h"
#include "memory/memory_work_book.h"
#include "sink/fake_log.h"
#include "sink/sink.h"

namespace pinflow::sink {

// Counts every change of the work book and the store, and dies at the n-th: from then on nothing
// has any effect, as after kill -9. The n-th itself has its effect or not.
struct Death {
    std::int64_t changes_left = -1;  // -1: never
    bool last_takes_effect = false;
    bool is_dead = false;
    void set(std::int64_t at, bool takes_effect) {
        std::scoped_lock lock(mutex);
        changes_left = at;
        last_takes_effect = takes_effect;
        is_dead = false;
    }

    enum class Fate { live, die_before, die_after };
    std::mutex mutex;  // objects are written side by side

    Fate next() {
        std::scoped_lock lock(mutex);
        if (is_dead) return Fate::die_before;
        if (changes_left < 0 || --changes_left > 0) return Fate::live;
        is_dead = true;
        return last_takes_effect ? Fate::die_after : Fate::die_before;
    }
};

class MortalStore final : public ObjectStore {
public:
    MortalStore(ObjectStore& store, Death& death) : store_(store), death_(death) {}
    Task<Status> put(std::string key, std::string bytes, PutIf condition) override {
        auto fate = death_.next();
        if (fate == Death::Fate::die_before) co_return fail(Errc::io, "dead");
        Status put = co_await store_.put(std::move(key), std::move(bytes), condition);
        if (fate == Death::Fate::die_after) co_return fail(Errc::io, "dead");
        co_return put;
    }
    Task<Status> put_file(std::string, std::string, PutIf) override {
        co_return fail(Errc::io, "");
    }
    Task<Result<std::string>> get(std::string key, ByteRange range) override {
        return store_.get(std::move(key), range);
    }
    Task<Result<ObjectInfo>> head(std::string key) override { return store_.head(std::move(key)); }
    Task<Result<std::vector<ObjectInfo>>> list(std::string prefix) override {
        return store_.list(std::move(prefix));
    }
    Task<Status> remove(std::string) override { co_return fail(Errc::io, ""); }
    std::optional<std::string> local_path(const std::string&) override { return std::nullopt; }

private:
    ObjectStore& store_;
    Death& death_;
};

class MortalBook final : public WorkBook {
public:
    MortalBook(WorkBook& book, Death& death) : book_(book), death_(death) {}
    Task<Result<std::optional<std::string>>> get(std::string key) override {
        return book_.get(std::move(key));
    }
    Task<Result<std::vector<std::pair<std::string, std::string>>>> list(
        std::string prefix) override {
        return book_.list(std::move(prefix));
    }
    Task<Status> commit(std::vector<WorkChange> changes) override {
        auto fate = death_.next();
        if (fate == Death::Fate::die_before) co_return fail(Errc::io, "dead");
        Status committed = co_await book_.commit(std::move(changes));
        if (fate == Death::Fate::die_after) co_return fail(Errc::io, "dead");
        co_return committed;
    }

private:
    WorkBook& book_;
    Death& death_;
};

class SinkTest : public testing::Test {
protected:
    void start(SinkSettings settings = {}) {
        sink = Sink::open(log, mortal_store, mortal_book, clock, meter, settings).value();
    }
    void revive() { death.set(-1, false); }
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
