// SPDX-License-Identifier: Apache-2.0
// Ports that count every change of the world and die at the n-th: from then on nothing has any
// effect, as after kill -9. The n-th itself has its effect or not.
#pragma once

#include <cstdint>
#include <mutex>

#include "ports/object_store.h"
#include "ports/work_book.h"

namespace pinflow::memory {

// Any thread: stations write side by side.
class Death final {
public:
    enum class Fate { live, die_before, die_after };

    // The `at`-th change from now on is the last; it takes effect or not.
    void set(std::int64_t at, bool takes_effect) {
        std::scoped_lock lock(mutex_);
        changes_left_ = at;
        last_takes_effect_ = takes_effect;
        is_dead_ = false;
    }
    void revive() { set(kNever, false); }

    bool is_dead() const {
        std::scoped_lock lock(mutex_);
        return is_dead_;
    }
    Fate next() {
        std::scoped_lock lock(mutex_);
        if (is_dead_) return Fate::die_before;
        if (changes_left_ == kNever || --changes_left_ > 0) return Fate::live;
        is_dead_ = true;
        return last_takes_effect_ ? Fate::die_after : Fate::die_before;
    }

private:
    static constexpr std::int64_t kNever = -1;

    mutable std::mutex mutex_;
    std::int64_t changes_left_ = kNever;
    bool last_takes_effect_ = false;
    bool is_dead_ = false;
};

class MortalStore final : public ObjectStore {
public:
    MortalStore(ObjectStore& store, Death& death) : store_(store), death_(death) {}

    Task<Status> put(std::string key, std::string bytes, PutIf condition) override {
        return change(store_.put(std::move(key), std::move(bytes), condition));
    }
    Task<Status> put_file(std::string key, std::string path, PutIf condition) override {
        return change(store_.put_file(std::move(key), std::move(path), condition));
    }
    Task<Status> remove(std::string key) override { return change(store_.remove(std::move(key))); }
    Task<Result<std::string>> get(std::string key, ByteRange range) override {
        return store_.get(std::move(key), range);
    }
    Task<Result<ObjectInfo>> head(std::string key) override { return store_.head(std::move(key)); }
    Task<Result<std::vector<ObjectInfo>>> list(std::string prefix) override {
        return store_.list(std::move(prefix));
    }
    std::optional<std::string> local_path(const std::string& key) override {
        return store_.local_path(key);
    }

private:
    Task<Status> change(Task<Status> effect) {
        auto fate = death_.next();
        if (fate == Death::Fate::die_before) co_return fail(Errc::io, "dead");
        Status done = co_await std::move(effect);
        if (fate == Death::Fate::die_after) co_return fail(Errc::io, "dead");
        co_return done;
    }

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
        Status done = co_await book_.commit(std::move(changes));
        if (fate == Death::Fate::die_after) co_return fail(Errc::io, "dead");
        co_return done;
    }

private:
    WorkBook& book_;
    Death& death_;
};

}  // namespace pinflow::memory
