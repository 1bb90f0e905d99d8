// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace pinflow::memory {
namespace {

// "a//b/./c/" and "a/b/c" are one file.
std::string normal(const std::string& path) {
    std::string out = path.starts_with('/') ? "/" : "";
    for (std::size_t at = 0; at <= path.size();) {
        std::size_t end = std::min(path.find('/', at), path.size());
        std::string_view part = std::string_view(path).substr(at, end - at);
        at = end + 1;
        if (part.empty() || part == ".") continue;
        if (!out.empty() && out != "/") out += '/';
        out += part;
    }
    return out.empty() ? "." : out;
}

std::string parent_of(const std::string& path) {
    std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_root(const std::string& path) { return path == "." || path == "/"; }

// True once, at the call the fault was ordered for.
bool is_due(std::optional<std::int64_t>& count) { return count && --*count == 0; }

}  // namespace

class MemoryFile final : public File {
public:
    MemoryFile(MemoryFiles& files, std::shared_ptr<Inode> inode, std::string path, bool writable)
        : files_(files), inode_(std::move(inode)), path_(std::move(path)), writable_(writable) {}
    ~MemoryFile() override {
        if (holds_lock) files_.unlock(path_);
    }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
        return inode_->read(offset, into);
    }
    Status write_at(std::uint64_t offset, std::span<const std::string_view> parts) override {
        TRY_STATUS(check_writable());
        return files_.write(*inode_, path_, offset, parts);
    }
    Status sync() override {
        TRY_STATUS(files_.check_sync(path_, inode_.get()));
        inode_->sync();
        return {};
    }
    Status truncate(std::uint64_t bytes) override {
        TRY_STATUS(check_writable());
        return files_.truncate(*inode_, path_, bytes);
    }
    Result<std::uint64_t> size() override { return inode_->size(); }
    Status reserve(std::uint64_t bytes) override {
        TRY_STATUS(check_writable());
        return files_.reserve(*inode_, path_, bytes);
    }

    bool holds_lock = false;

private:
    Status check_writable() const {
        if (writable_) return {};
        return fail(Errc::io, fmt::format("cannot write {}: opened for reading", path_));
    }

    MemoryFiles& files_;
    std::shared_ptr<Inode> inode_;  // lives on when its name is removed
    std::string path_;
    bool writable_;
};

MemoryFiles::MemoryFiles(MemoryFilesSettings settings) : settings_(settings) {
    for (const char* root : {".", "/"}) names_[root] = std::make_shared<Inode>(true, false);
    durable_names_ = names_;
}

MemoryFiles::~MemoryFiles() = default;

Status MemoryFiles::check_power(std::string_view action, const std::string& path) {
    ++change_count_;
    if (!faults_.power_off_at || --*faults_.power_off_at > 0) return {};
    return fail(Errc::io, fmt::format("cannot {} {}: the power is off", action, path));
}

Status MemoryFiles::check_parent(const std::string& path) const {
    auto parent = names_.find(parent_of(path));
    if (parent != names_.end() && parent->second->is_directory) return {};
    return fail(Errc::not_found, fmt::format("cannot make {}: no such directory", path));
}

void MemoryFiles::apply(Names& names, const NameChange& change) {
    switch (change.kind) {
        case NameChange::Kind::add: names[change.path] = change.inode; return;
        case NameChange::Kind::remove: {
            // What was in a directory goes with it, also where its own removal was not synced: a
            // later directory of that name is another one.
            std::string prefix = change.path + "/";
            std::erase_if(names, [&](const auto& entry) {
                return entry.first == change.path || entry.first.starts_with(prefix);
            });
            return;
        }
        case NameChange::Kind::rename: {
            auto moved = names.extract(change.path);
            if (moved.empty()) return;
            names[change.to] = moved.mapped();
            return;
        }
    }
}

Status MemoryFiles::change_name(NameChange change) {
    TRY_STATUS(check_power("change", change.path));
    apply(names_, change);
    if (settings_.tracks_durability) unsynced_names_.push_back(std::move(change));
    return {};
}

Result<std::unique_ptr<File>> MemoryFiles::open(const std::string& given, OpenMode mode) {
    std::string path = normal(given);
    std::scoped_lock lock(mutex_);
    auto found = names_.find(path);
    if (found != names_.end() && found->second->is_directory) {
        return fail(Errc::invalid_argument, fmt::format("cannot open {}: it is a directory", path));
    }
    if (found != names_.end() && mode == OpenMode::create_new) {
        return fail(Errc::already_exists, fmt::format("cannot make {}: it exists", path));
    }
    if (found == names_.end()) {
        if (mode == OpenMode::read) {
            return fail(Errc::not_found, fmt::format("cannot open {}: no such file", path));
        }
        TRY_STATUS(check_parent(path));
        auto inode = std::make_shared<Inode>(false, settings_.tracks_durability);
        TRY_STATUS(change_name({NameChange::Kind::add, path, "", inode}));
        found = names_.find(path);
    }
    return std::make_unique<MemoryFile>(*this, found->second, path, mode != OpenMode::read);
}

Result<std::vector<DirectoryEntry>> MemoryFiles::list(const std::string& given) {
    std::string directory = normal(given);
    std::scoped_lock lock(mutex_);
    auto found = names_.find(directory);
    if (found == names_.end() || !found->second->is_directory) {
        return fail(Errc::not_found, fmt::format("cannot list {}: no such directory", directory));
    }
    std::string prefix = directory == "/" ? "/" : directory == "." ? "" : directory + "/";
    std::vector<DirectoryEntry> entries;
    for (auto at = names_.lower_bound(prefix); at != names_.end(); ++at) {
        if (!at->first.starts_with(prefix)) break;
        std::string name = at->first.substr(prefix.size());
        if (name.empty() || name.contains('/') || is_root(at->first)) continue;
        entries.push_back({name, at->second->is_directory, at->second->size()});
    }
    return entries;
}

Result<DirectoryEntry> MemoryFiles::examine(const std::string& given) {
    std::string path = normal(given);
    std::scoped_lock lock(mutex_);
    auto found = names_.find(path);
    if (found == names_.end()) return fail(Errc::not_found, fmt::format("there is no {}", path));
    return DirectoryEntry{path.substr(path.find_last_of('/') + 1), found->second->is_directory,
                          found->second->size()};
}

Status MemoryFiles::make_directory(const std::string& given) {
    std::string path = normal(given);
    std::scoped_lock lock(mutex_);
    if (names_.contains(path)) {
        return fail(Errc::already_exists, fmt::format("cannot make {}: it exists", path));
    }
    TRY_STATUS(check_parent(path));
    return change_name({NameChange::Kind::add, path, "", std::make_shared<Inode>(true, false)});
}

Status MemoryFiles::make_directories(const std::string& given) {
    std::string path = normal(given);
    {
        std::scoped_lock lock(mutex_);
        auto found = names_.find(path);
        if (found != names_.end() && !found->second->is_directory) {
            return fail(Errc::already_exists, fmt::format("cannot make {}: it is a file", path));
        }
        if (is_root(path)) return {};
    }
    TRY_STATUS(make_directories(parent_of(path)));
    {
        std::scoped_lock lock(mutex_);
        if (!names_.contains(path)) {
            auto inode = std::make_shared<Inode>(true, false);
            TRY_STATUS(change_name({NameChange::Kind::add, path, "", inode}));
        }
    }
    return sync_directory(parent_of(path));
}

Status MemoryFiles::link_new(const std::string& given, const std::string& given_to) {
    std::string from = normal(given);
    std::string to = normal(given_to);
    std::scoped_lock lock(mutex_);
    auto found = names_.find(from);
    if (found == names_.end()) {
        return fail(Errc::not_found, fmt::format("cannot link {}: no such file", from));
    }
    if (names_.contains(to)) {
        return fail(Errc::already_exists, fmt::format("cannot link {}: {} exists", from, to));
    }
    TRY_STATUS(check_parent(to));
    return change_name({NameChange::Kind::add, to, "", found->second});
}

Status MemoryFiles::rename(const std::string& given, const std::string& given_to) {
    std::string from = normal(given);
    std::string to = normal(given_to);
    std::scoped_lock lock(mutex_);
    auto found = names_.find(from);
    if (found == names_.end() || found->second->is_directory) {
        return fail(Errc::not_found, fmt::format("cannot rename {}: no such file", from));
    }
    TRY_STATUS(check_parent(to));
    return change_name({NameChange::Kind::rename, from, to, nullptr});
}

Status MemoryFiles::remove(const std::string& given) {
    std::string path = normal(given);
    std::scoped_lock lock(mutex_);
    auto found = names_.find(path);
    if (found == names_.end()) {
        return fail(Errc::not_found, fmt::format("cannot remove {}: no such file", path));
    }
    auto child = names_.lower_bound(path + "/");
    if (found->second->is_directory && child != names_.end() &&
        child->first.starts_with(path + "/")) {
        return fail(Errc::already_exists, fmt::format("cannot remove {}: not empty", path));
    }
    return change_name({NameChange::Kind::remove, path, "", nullptr});
}

Status MemoryFiles::check_sync(std::string_view path, Inode* inode) {
    std::scoped_lock lock(mutex_);
    ++sync_count_;
    TRY_STATUS(check_power("sync", std::string(path)));
    if (!is_due(faults_.fail_sync_at)) return {};
    if (inode != nullptr) inode->forget_unsynced();
    return fail(Errc::io, fmt::format("cannot sync {}: Input/output error (ordered)", path));
}

Status MemoryFiles::sync_directory(const std::string& given) {
    std::string directory = normal(given);
    TRY_STATUS(check_sync(directory, nullptr));
    std::scoped_lock lock(mutex_);
    if (!names_.contains(directory)) {
        return fail(Errc::not_found, fmt::format("cannot sync {}: no such directory", directory));
    }
    std::erase_if(unsynced_names_, [&](const NameChange& change) {
        bool is_target =
            change.kind == NameChange::Kind::rename && parent_of(change.to) == directory;
        if (parent_of(change.path) != directory && !is_target) return false;
        apply(durable_names_, change);
        return true;
    });
    return {};
}

Result<std::uint64_t> MemoryFiles::free_bytes(const std::string&) {
    std::scoped_lock lock(mutex_);
    return settings_.free_bytes;
}

Result<std::uint64_t> MemoryFiles::total_bytes(const std::string&) {
    std::scoped_lock lock(mutex_);
    return settings_.total_bytes;
}

Result<std::unique_ptr<File>> MemoryFiles::lock(const std::string& given) {
    TRY(auto file, open(given, OpenMode::read_write));
    std::scoped_lock lock(mutex_);
    if (!locks_.insert(normal(given)).second) {
        return fail(Errc::busy,
                    fmt::format("{} is locked by another process: stop it first, or use "
                                "another directory",
                                given));
    }
    static_cast<MemoryFile&>(*file).holds_lock = true;
    return file;
}

void MemoryFiles::unlock(const std::string& path) {
    std::scoped_lock lock(mutex_);
    locks_.erase(path);
}

Status MemoryFiles::write(Inode& inode, const std::string& path, std::uint64_t offset,
                          std::span<const std::string_view> parts) {
    std::scoped_lock lock(mutex_);
    TRY_STATUS(check_power("write", path));
    std::string joined;
    for (std::string_view part : parts) joined += part;
    if (is_due(faults_.fail_write_at)) {
        inode.write(offset, std::string_view(joined).substr(0, joined.size() / 2));
        return fail(Errc::io, fmt::format("cannot write {}: Input/output error (ordered)", path));
    }
    if (auto& room = faults_.bytes_until_full; room) {
        std::uint64_t covered = std::max(offset, inode.covered_bytes());
        std::uint64_t fits = std::min<std::uint64_t>(joined.size(), covered + *room - offset);
        if (offset + fits > covered) *room -= offset + fits - covered;
        inode.write(offset, std::string_view(joined).substr(0, fits));
        if (fits == joined.size()) return {};
        return fail(Errc::no_space, fmt::format("cannot write {}: No space left on device", path));
    }
    inode.write(offset, joined);
    return {};
}

Status MemoryFiles::truncate(Inode& inode, const std::string& path, std::uint64_t bytes) {
    std::scoped_lock lock(mutex_);
    TRY_STATUS(check_power("truncate", path));
    inode.truncate(bytes);
    return {};
}

Status MemoryFiles::reserve(Inode& inode, const std::string& path, std::uint64_t bytes) {
    std::scoped_lock lock(mutex_);
    TRY_STATUS(check_power("reserve", path));
    std::uint64_t covered = inode.covered_bytes();
    if (auto& room = faults_.bytes_until_full; room && bytes > covered) {
        if (bytes - covered > *room) {
            return fail(Errc::no_space,
                        fmt::format("cannot reserve {}: No space left on device", path));
        }
        *room -= bytes - covered;
    }
    inode.reserve(bytes);
    return {};
}

void MemoryFiles::set_faults(FileFaults faults) {
    std::scoped_lock lock(mutex_);
    faults_ = faults;
}

void MemoryFiles::set_free_bytes(std::uint64_t bytes) {
    std::scoped_lock lock(mutex_);
    settings_.free_bytes = bytes;
}

std::int64_t MemoryFiles::change_count() const {
    std::scoped_lock lock(mutex_);
    return change_count_;
}

std::int64_t MemoryFiles::sync_count() const {
    std::scoped_lock lock(mutex_);
    return sync_count_;
}

// A file system that writes its names down in one journal keeps the first of all changes; one that
// does not, the first of each directory. A rename counts for the directory it goes to.
void MemoryFiles::apply_some(Names& names, std::mt19937_64& dice) const {
    auto directory_of = [](const NameChange& change) {
        return parent_of(change.kind == NameChange::Kind::rename ? change.to : change.path);
    };
    bool is_one_journal = dice() % 2 == 0;
    std::map<std::string, std::size_t> left;  // by directory
    for (const NameChange& change : unsynced_names_) {
        ++left[is_one_journal ? "" : directory_of(change)];
    }
    for (auto& [directory, count] : left) count = dice() % (count + 1);
    for (const NameChange& change : unsynced_names_) {
        std::size_t& more = left[is_one_journal ? "" : directory_of(change)];
        if (more == 0) continue;
        --more;
        apply(names, change);
    }
}

std::unique_ptr<MemoryFiles> MemoryFiles::after_power_cut(std::uint64_t seed) const {
    std::scoped_lock lock(mutex_);
    std::mt19937_64 dice(seed);
    Names survivors = durable_names_;
    if (seed != 0) apply_some(survivors, dice);

    auto found = std::make_unique<MemoryFiles>(settings_);
    for (const auto& [path, inode] : survivors) {  // a directory sorts before what it holds
        if (!is_root(path) && !found->names_.contains(parent_of(path))) continue;
        auto copy = std::make_shared<Inode>(inode->is_directory, settings_.tracks_durability);
        copy->write(0, inode->after_power_cut(seed == 0 ? nullptr : &dice));
        copy->sync();
        found->names_[path] = std::move(copy);
    }
    found->durable_names_ = found->names_;
    return found;
}

std::unique_ptr<MemoryFiles> MemoryFiles::after_kill() const {
    std::scoped_lock lock(mutex_);
    auto found = std::make_unique<MemoryFiles>(settings_);
    for (const auto& [path, inode] : names_) {
        auto copy = std::make_shared<Inode>(inode->is_directory, settings_.tracks_durability);
        std::string bytes(inode->size(), '\0');
        inode->read(0, bytes);
        copy->write(0, bytes);
        found->names_[path] = std::move(copy);
    }
    found->durable_names_ = found->names_;
    return found;
}

void MemoryFiles::flip_bit(const std::string& path, std::uint64_t bit) {
    std::scoped_lock lock(mutex_);
    Inode& inode = *names_.at(normal(path));
    char byte = 0;
    inode.read(bit / 8, {&byte, 1});
    byte = static_cast<char>(byte ^ (1 << bit % 8));
    inode.write(bit / 8, {&byte, 1});
    inode.sync();
}

}  // namespace pinflow::memory
