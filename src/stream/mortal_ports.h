// SPDX-License-Identifier: Apache-2.0
// Ports that count every change of the world and die at the n-th: from then on nothing has any
// effect, as after kill -9. The n-th itself has its effect or not.
#pragma once

#include "ports/object_store.h"
#include "ports/work_book.h"

namespace pinflow::stream {

struct Death {
    std::int64_t changes_left = -1;  // -1: never
    bool last_takes_effect = false;
    bool is_dead = false;

    enum class Fate { live, die_before, die_after };
    Fate next() {
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

}  // namespace pinflow::stream
