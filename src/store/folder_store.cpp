// SPDX-License-Identifier: Apache-2.0
#include "store/folder_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "record/object_key.h"

namespace pinflow::store {
namespace {

constexpr std::size_t kRealFoldersMax = 10'000;  // then the memory of them begins anew
constexpr std::size_t kCopyBytes = 1 << 20;

std::string_view parent_of(std::string_view path) {
    std::size_t slash = path.find_last_of('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::unexpected<Error> no_such_object(std::string_view key) {
    return fail(Errc::not_found, fmt::format("there is no object '{}'", key));
}

constexpr std::string_view kLockName = "lock";

// Removes the area of a writer that died (its lock is free). Whatever was in it was never
// acknowledged. The lock's file goes last, so that an area half cleared is found again.
void clear_dead_area(Files& files, const std::string& area) {
    auto lock = files.lock(area + "/" + std::string(kLockName));
    if (!lock) return;
    auto entries = files.list(area);
    for (const DirectoryEntry& entry : entries ? *entries : std::vector<DirectoryEntry>{}) {
        if (entry.name != kLockName) (void)files.remove(area + "/" + entry.name);
    }
    (void)files.remove(area + "/" + std::string(kLockName));
    (void)files.remove(area);
}

Status copy_bytes(File& from, File& to) {
    std::string buffer(kCopyBytes, '\0');
    for (std::uint64_t at = 0;;) {
        TRY(std::size_t count, from.read_at(at, buffer));
        if (count == 0) return {};
        std::string_view part(buffer.data(), count);
        TRY_STATUS(to.write_at(at, {&part, 1}));
        at += count;
    }
}

}  // namespace

Result<std::unique_ptr<FolderStore>> FolderStore::open(Files& files, Clock& clock, std::string root,
                                                       std::string bucket) {
    TRY_STATUS(check_bucket(bucket));
    std::string folder = root + "/" + bucket;
    TRY_STATUS(files.make_directories(folder));
    return std::unique_ptr<FolderStore>(
        new FolderStore(files, clock, std::move(folder), root + "/.tmp/" + bucket));
}

FolderStore::FolderStore(Files& files, Clock& clock, std::string folder, std::string areas)
    : files_(files),
      folder_(std::move(folder)),
      areas_(std::move(areas)),
      opened_ms_(clock.now_ms()) {}

// --- putting ------------------------------------------------------------------------------------

Task<Status> FolderStore::put(std::string key, std::string bytes, PutIf condition) {
    co_return put_bytes(key, bytes, condition);
}

Task<Status> FolderStore::put_file(std::string key, std::string path, PutIf condition) {
    co_return put_path(key, path, condition);
}

Status FolderStore::put_bytes(const std::string& key, std::string_view bytes, PutIf condition) {
    TRY_STATUS(check_key(key));
    TRY(std::string temporary, write_temporary(bytes));
    Status placed = place(key, temporary, condition);
    // A rename has taken the name away already; what else stays behind goes at the next open.
    if (!placed || condition == PutIf::absent) (void)files_.remove(temporary);
    return placed;
}

// A path of our own: several processes may have the bucket open (a server, and a batch run beside
// it), so each that writes has an area that it holds a lock in. Who only reads makes none.
Result<std::string> FolderStore::temporary_path() {
    std::scoped_lock lock(area_mutex_);
    if (area_lock_ == nullptr) {
        std::string area = areas_ + "/" + random_uuid();
        if (auto others = files_.list(areas_)) {
            for (const DirectoryEntry& other : *others)
                clear_dead_area(files_, areas_ + "/" + other.name);
        }
        TRY_STATUS(files_.make_directories(area));
        TRY(area_lock_, files_.lock(area + "/" + std::string(kLockName)));
        area_ = area;
    }
    return fmt::format("{}/{}", area_, next_temporary_++);
}

Result<std::string> FolderStore::write_temporary(std::string_view bytes) {
    TRY(std::string path, temporary_path());
    TRY(auto file, files_.open(path, OpenMode::create_new));
    Status written = file->write_at(0, {&bytes, 1});
    if (written) written = file->sync();
    if (written) return path;
    (void)files_.remove(path);
    return std::unexpected(written.error());
}

Status FolderStore::put_path(const std::string& key, const std::string& path, PutIf condition) {
    TRY_STATUS(check_key(key));
    TRY(auto source, files_.open(path, OpenMode::read));
    auto entry = files_.examine(path);
    bool is_link = entry && entry->is_link;  // a hard link to it would be a link again
    if (!is_link) {
        TRY_STATUS(source->sync());
        Status placed = place(key, path, condition);
        if (placed && condition == PutIf::absent) (void)files_.remove(path);
        // Another file system says io (EXDEV); every other failure is told as it is.
        if (placed || placed.error().code != Errc::io) return placed;
    }
    TRY(std::string copy, temporary_path());
    TRY(auto target, files_.open(copy, OpenMode::create_new));
    Status placed = copy_bytes(*source, *target);
    if (placed) placed = target->sync();
    if (placed) placed = place(key, copy, condition);
    if (!placed || condition == PutIf::absent) (void)files_.remove(copy);
    return placed;
}

// `from` is a complete, synced file. When this returns ok, its name is durable too.
Status FolderStore::place(const std::string& key, const std::string& from, PutIf condition) {
    Status placed;
    {
        std::scoped_lock lock(names_);
        placed = place_locked(key, from, condition);
    }
    // Who is told "already there" will rely on it, so it must survive a power cut as well: its
    // writer may have died between the link and this sync.
    if (!placed && placed.error().code != Errc::already_exists) return placed;
    TRY_STATUS(files_.sync_directory(std::string(parent_of(path_of(key)))));
    return placed;
}

Status FolderStore::place_locked(const std::string& key, const std::string& from, PutIf condition) {
    TRY_STATUS(make_parents(key));
    std::string path = path_of(key);
    // Folders without objects, left by a crash, are nobody's: they give way. A rename would not say
    // what it met, so it asks before.
    bool is_folder = real_folders_.contains(path) || files_.list(path).has_value();
    if (is_folder && !remove_empty_folders(path)) {
        return invalid_key(key, "is the folder of another object");
    }
    if (condition == PutIf::always) return files_.rename(from, path);
    Status linked = files_.link_new(from, path);
    if (!linked && linked.error().code == Errc::already_exists) {
        return fail(Errc::already_exists, fmt::format("there is an object '{}' already", key));
    }
    return linked;
}

Status FolderStore::make_parents(const std::string& key) {
    std::string parent(parent_of(path_of(key)));
    if (real_folders_.contains(parent)) return {};
    for (std::size_t at = key.find('/'); at != std::string::npos; at = key.find('/', at + 1)) {
        auto entry = files_.examine(path_of(key.substr(0, at)));
        if (!entry && entry.error().code == Errc::not_found) break;
        if (!entry) return std::unexpected(entry.error());
        if (entry->is_link) return invalid_key(key, "would be reached through a symbolic link");
        if (!entry->is_directory) return invalid_key(key, "lies below another object");
    }
    TRY_STATUS(files_.make_directories(parent));
    if (real_folders_.size() >= kRealFoldersMax) real_folders_.clear();
    real_folders_.insert(std::move(parent));
    return {};
}

// --- reading ------------------------------------------------------------------------------------

Task<Result<std::string>> FolderStore::get(std::string key, ByteRange range) {
    co_return get_bytes(key, range);
}

Result<std::string> FolderStore::get_bytes(const std::string& key, ByteRange range) {
    TRY_STATUS(check_key(key));
    TRY(std::string path, find_file(key));
    TRY(auto file, files_.open(path, OpenMode::read));
    TRY(std::uint64_t size, file->size());
    std::uint64_t first = std::min(range.first, size);
    std::string bytes(std::min(range.count, size - first), '\0');
    TRY(std::size_t count, file->read_at(first, bytes));
    if (count == bytes.size()) return bytes;
    // Objects are never changed in place by us; somebody else cut this one while it was read.
    return fail(Errc::corrupt, fmt::format("object '{}' became shorter while it was read", key));
}

Task<Result<ObjectInfo>> FolderStore::head(std::string key) {
    CO_TRY_STATUS(check_key(key));
    CO_TRY(std::string path, find_file(key));
    CO_TRY(DirectoryEntry entry, files_.examine(path));
    co_return ObjectInfo{key, entry.bytes, time_of(entry)};
}

Result<std::string> FolderStore::find_file(const std::string& key) {
    std::string path = path_of(key);
    std::string parent(parent_of(path));
    std::unique_lock lock(names_);
    bool is_known =
        real_folders_.contains(parent) || read_folders_.contains(parent) || parent == folder_;
    lock.unlock();
    for (std::size_t at = key.find('/'); !is_known && at != std::string::npos;
         at = key.find('/', at + 1)) {
        auto entry = files_.examine(path_of(key.substr(0, at)));
        if (!entry || entry->is_link || !entry->is_directory) return no_such_object(key);
    }
    if (!is_known) remember_folder(std::move(parent));
    auto entry = files_.examine(path);
    if (!entry && entry.error().code != Errc::not_found) return std::unexpected(entry.error());
    if (!entry || entry->is_link || entry->is_directory) return no_such_object(key);
    return path;
}

// Thousands of tiny objects lie in one folder: its way is looked at once.
void FolderStore::remember_folder(std::string path) {
    std::scoped_lock lock(names_);
    if (read_folders_.size() >= kRealFoldersMax) read_folders_.clear();
    read_folders_.insert(std::move(path));
}

std::optional<std::string> FolderStore::local_path(const std::string& key) {
    if (!check_key(key)) return std::nullopt;
    auto path = find_file(key);
    if (!path) return std::nullopt;
    return *path;
}

Timestamp FolderStore::time_of(const DirectoryEntry& entry) const {
    return entry.modified_ms != 0 ? entry.modified_ms : opened_ms_;
}

Task<Result<std::vector<ObjectInfo>>> FolderStore::list(std::string prefix) {
    std::vector<ObjectInfo> found;
    std::string_view beginning =
        parent_of(prefix);  // whole components: nothing else need be walked
    if (!beginning.empty() && !check_key(beginning)) co_return found;
    std::string folder = beginning.empty() ? folder_ : path_of(beginning);
    for (std::size_t at = beginning.find('/'); !beginning.empty();
         at = beginning.find('/', at + 1)) {
        auto entry = files_.examine(path_of(beginning.substr(0, at)));
        if (!entry || entry->is_link || !entry->is_directory) co_return found;
        if (at == std::string_view::npos) break;
    }
    CO_TRY_STATUS(list_into(folder, prefix, found));
    // Not the order of the walk: "a-b" comes before "a/b", and after "a".
    std::ranges::sort(found, {}, &ObjectInfo::key);
    co_return found;
}

Status FolderStore::list_into(const std::string& folder, const std::string& prefix,
                              std::vector<ObjectInfo>& found) {
    auto entries = files_.list(folder);
    if (!entries && entries.error().code == Errc::not_found) return {};  // removed since
    if (!entries) return std::unexpected(entries.error());
    std::string begin = folder == folder_ ? "" : folder.substr(folder_.size() + 1) + "/";
    for (DirectoryEntry& entry : *entries) {
        std::string key = begin + entry.name;
        if (entry.is_link) continue;
        if (entry.is_directory) {
            std::string below = key + "/";
            if (below.starts_with(prefix) || prefix.starts_with(below)) {
                TRY_STATUS(list_into(folder + "/" + entry.name, prefix, found));
            }
        } else if (key.starts_with(prefix) && check_key(key)) {
            found.push_back({std::move(key), entry.bytes, time_of(entry)});
        }
    }
    return {};
}

// --- removing -----------------------------------------------------------------------------------

Task<Status> FolderStore::remove(std::string key) {
    CO_TRY_STATUS(check_key(key));
    auto path = find_file(key);
    if (!path && path.error().code == Errc::not_found) co_return Status{};
    if (!path) co_return std::unexpected(path.error());
    std::string parent(parent_of(*path));
    std::scoped_lock lock(names_);
    Status removed = files_.remove(*path);
    if (!removed && removed.error().code != Errc::not_found) co_return removed;
    if (Status synced = files_.sync_directory(parent);
        !synced && synced.error().code != Errc::not_found) {
        co_return synced;
    }
    remove_empty_parents(key);
    co_return Status{};
}

// An empty folder would keep its name from being a key. Failing to remove one harms nothing.
void FolderStore::remove_empty_parents(const std::string& key) {
    for (std::string_view below = parent_of(key); !below.empty(); below = parent_of(below)) {
        std::string path = path_of(below);
        auto entries = files_.list(path);
        if (!entries || !entries->empty() || !files_.remove(path)) return;
        real_folders_.erase(path);
        read_folders_.erase(path);
    }
}

// True when nothing but folders was there, and they are gone.
bool FolderStore::remove_empty_folders(const std::string& path) {
    auto entries = files_.list(path);
    if (!entries) return entries.error().code == Errc::not_found;
    for (const DirectoryEntry& entry : *entries) {
        if (!entry.is_directory || !remove_empty_folders(path + "/" + entry.name)) return false;
    }
    if (!files_.remove(path)) return false;
    real_folders_.erase(path);
    read_folders_.erase(path);
    return true;
}

}  // namespace pinflow::store
