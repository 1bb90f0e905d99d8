// SPDX-License-Identifier: Apache-2.0
// Objects of one bucket. Twins: store/ (a folder), memory/ and remote/s3/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "record/record.h"

namespace pinflow {

enum class PutIf {
    always,  // create or replace
    absent,  // a real compare-and-set: already_exists if the key is taken
};

struct ObjectInfo {
    std::string key;
    std::uint64_t bytes = 0;
    Timestamp modified_ms = 0;
};

struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t count = UINT64_MAX;  // cut at the object's end
};

// Keys are 1-1,024 bytes of UTF-8, '/' between components; a component that is empty, "." or "..",
// holds NUL, or is over 255 bytes is invalid_argument with a text that begins "InvalidKey", before
// any effect. No caller makes a key that is another key's folder ("a" beside "a/b"): a folder
// refuses the later one in the same words, S3 has no folders, cannot see it and keeps both.
// Any thread. Calls complete inline and block, on the disk or on the network: from a background
// reactor, never from a request reactor.
class ObjectStore {
public:
    virtual ~ObjectStore() = default;

    // Atomic and synced: whoever reads sees all of it or nothing, also after a power cut. With
    // `absent`, ok and already_exists are certain, also when answers were lost on the way; after
    // any other error but invalid_argument the effect is unknown.
    virtual Task<Status> put(std::string key, std::string bytes, PutIf condition) = 0;

    // The same, from a local file, which is left or consumed as the store likes.
    virtual Task<Status> put_file(std::string key, std::string path, PutIf condition) = 0;

    virtual Task<Result<std::string>> get(std::string key, ByteRange range) = 0;
    virtual Task<Result<ObjectInfo>> head(std::string key) = 0;

    // All keys that begin with `prefix`, by code point.
    virtual Task<Result<std::vector<ObjectInfo>>> list(std::string prefix) = 0;

    virtual Task<Status> remove(std::string key) = 0;  // ok if absent, as S3 has it

    // Where an engine can read the object as a local file, if it can (a folder); else nothing, and
    // the caller fetches it.
    virtual std::optional<std::string> local_path(const std::string& key) = 0;
};

}  // namespace pinflow
