// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "ports/clock.h"
#include "ports/files.h"
#include "ports/object_store.h"

namespace pinflow::store {

// One bucket as a folder: the object `a/b` of bucket `x` is the file <root>/x/a/b. Half-written
// objects lie in <root>/.tmp/x, which is no part of any bucket, in a folder for each process that
// writes: several may have the bucket open. Calls complete inline and block.
class FolderStore final : public ObjectStore {
public:
    static Result<std::unique_ptr<FolderStore>> open(Files& files, Clock& clock, std::string root,
                                                     std::string bucket);

    Task<Status> put(std::string key, std::string bytes, PutIf condition) override;
    // The file is consumed when it lies on the same file system and is not a link; else copied.
    Task<Status> put_file(std::string key, std::string path, PutIf condition) override;
    Task<Result<std::string>> get(std::string key, ByteRange range) override;
    // modified_ms is the file's time; where Files keeps none, the time the store was opened.
    Task<Result<ObjectInfo>> head(std::string key) override;
    Task<Result<std::vector<ObjectInfo>>> list(std::string prefix) override;
    Task<Status> remove(std::string key) override;
    std::optional<std::string> local_path(const std::string& key) override;

private:
    FolderStore(Files& files, Clock& clock, std::string folder, std::string areas);

    Status put_bytes(const std::string& key, std::string_view bytes, PutIf condition);
    Status put_path(const std::string& key, const std::string& path, PutIf condition);
    Result<std::string> get_bytes(const std::string& key, ByteRange range);

    Result<std::string> temporary_path();
    Result<std::string> write_temporary(std::string_view bytes);
    Status place(const std::string& key, const std::string& from, PutIf condition);
    Status place_locked(const std::string& key, const std::string& from, PutIf condition);
    Status make_parents(const std::string& key);
    void remove_empty_parents(const std::string& key);
    bool remove_empty_folders(const std::string& path);

    // Where the object's file is, once no link stands in its way; not_found if one does.
    Result<std::string> find_file(const std::string& key);
    void remember_folder(std::string path);
    Status list_into(const std::string& folder, const std::string& prefix,
                     std::vector<ObjectInfo>& found);
    Timestamp time_of(const DirectoryEntry& entry) const;
    std::string path_of(std::string_view key) const { return folder_ + "/" + std::string(key); }

    Files& files_;
    const std::string folder_;
    const std::string areas_;  // one folder a writing process, for what is not yet an object
    const Timestamp opened_ms_;

    std::mutex area_mutex_;
    std::unique_ptr<File> area_lock_;
    std::string area_;
    std::uint64_t next_temporary_ = 0;

    std::mutex names_;  // held while names are made and unmade, not while bytes are written
    std::unordered_set<std::string> real_folders_;  // seen to be no links, durable; by path
    std::unordered_set<std::string> read_folders_;  // seen to be no links
};

}  // namespace pinflow::store
