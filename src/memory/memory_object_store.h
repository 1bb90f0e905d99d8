// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>

#include "ports/clock.h"
#include "ports/files.h"
#include "ports/object_store.h"

namespace pinflow::memory {

// Objects in a map; completes inline. put_file reads its file through the given Files, and leaves
// it.
class MemoryObjectStore final : public ObjectStore {
public:
    MemoryObjectStore(Clock& clock, Files& files) : clock_(clock), files_(files) {}

    Task<Status> put(std::string key, std::string bytes, PutIf condition) override;
    Task<Status> put_file(std::string key, std::string path, PutIf condition) override;
    Task<Result<std::string>> get(std::string key, ByteRange range) override;
    Task<Result<ObjectInfo>> head(std::string key) override;
    Task<Result<std::vector<ObjectInfo>>> list(std::string prefix) override;
    Task<Status> remove(std::string key) override;
    std::optional<std::string> local_path(const std::string&) override { return std::nullopt; }

    // The next `count` puts fail: before any effect, or after it (an answer that got lost).
    enum class PutFault { before_effect, after_effect };
    void fail_puts(int count, PutFault fault);

private:
    struct Object {
        std::string bytes;
        Timestamp modified_ms = 0;
    };

    Status check_place(const std::string& key) const;

    Clock& clock_;
    Files& files_;
    std::mutex mutex_;
    std::map<std::string, Object> objects_;
    int puts_to_fail_ = 0;
    PutFault put_fault_ = PutFault::before_effect;
};

}  // namespace pinflow::memory
