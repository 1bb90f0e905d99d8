// SPDX-License-Identifier: Apache-2.0
#include "posix/posix_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "posix/posix_error.h"
#include "posix/posix_file.h"

namespace pinflow::posix {
namespace {

Result<int> open_descriptor(const std::string& path, int flags) {
    int fd;
    do {
        fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return fail_errno(errno, "open", path);
    return fd;
}

int flags_of(OpenMode mode) {
    switch (mode) {
        case OpenMode::read: return O_RDONLY;
        case OpenMode::read_write: return O_RDWR | O_CREAT;
        case OpenMode::create_new: return O_RDWR | O_CREAT | O_EXCL;
    }
    return O_RDONLY;
}

std::string parent_of(const std::string& path) {
    std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string without_trailing_slashes(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

bool is_directory(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

DirectoryEntry entry_of(std::string name, const struct stat& info) {
    return {.name = std::move(name),
            .is_directory = S_ISDIR(info.st_mode),
            .bytes = static_cast<std::uint64_t>(info.st_size),
            .is_link = S_ISLNK(info.st_mode),
            .modified_ms = info.st_mtim.tv_sec * 1'000 + info.st_mtim.tv_nsec / 1'000'000};
}

Result<struct statvfs> space_of(const std::string& path) {
    struct statvfs info{};
    if (::statvfs(path.c_str(), &info) != 0) return fail_errno(errno, "ask for the space of", path);
    return info;
}

// An earlier process may have died between making the directory and syncing its parent, so a
// directory found in place is made durable too. Where the parent is not ours to open, it is not
// ours.
Status sync_parent_of_found(Files& files, const std::string& path) {
    Status synced = files.sync_directory(parent_of(path));
    if (!synced && synced.error().code == Errc::permission) return {};
    return synced;
}

// What the holder wrote into its lock file, for the text of the refusal only.
std::string holder_of(int fd) {
    char text[24] = {};
    ssize_t got = ::pread(fd, text, sizeof text - 1, 0);
    auto pid = got > 0 ? parse_int(trim(std::string_view(text, static_cast<std::size_t>(got))))
                       : std::nullopt;
    return pid ? fmt::format("process {}", *pid) : "another process";
}

void write_holder(int fd) {
    std::string text = fmt::format("{}\n", ::getpid());
    if (::ftruncate(fd, 0) != 0) return;
    [[maybe_unused]] ssize_t ignored = ::pwrite(fd, text.data(), text.size(), 0);
}

}  // namespace

Result<std::unique_ptr<File>> PosixFiles::open(const std::string& path, OpenMode mode) {
    TRY(int fd, open_descriptor(path, flags_of(mode)));
    auto file = std::make_unique<PosixFile>(fd, path);
    if (mode == OpenMode::read && is_directory(path)) {
        return fail(Errc::invalid_argument, fmt::format("cannot open {}: it is a directory", path));
    }
    return file;
}

Result<std::vector<DirectoryEntry>> PosixFiles::list(const std::string& directory) {
    auto close = [](DIR* open_directory) { ::closedir(open_directory); };
    std::unique_ptr<DIR, decltype(close)> handle(::opendir(directory.c_str()));
    if (!handle) return fail_errno(errno, "list", directory);
    std::vector<DirectoryEntry> entries;
    for (;;) {
        errno = 0;
        const dirent* found = ::readdir(handle.get());
        if (found == nullptr && errno != 0) return fail_errno(errno, "list", directory);
        if (found == nullptr) return entries;
        std::string name = found->d_name;
        if (name == "." || name == "..") continue;
        struct stat info{};
        if (::fstatat(::dirfd(handle.get()), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) continue;  // removed since it was listed
            return fail_errno(errno, "examine", directory + "/" + name);
        }
        entries.push_back(entry_of(std::move(name), info));
    }
}

Result<DirectoryEntry> PosixFiles::examine(const std::string& path) {
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0) return fail_errno(errno, "examine", path);
    return entry_of(path.substr(path.find_last_of('/') + 1), info);
}

Status PosixFiles::make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) != 0) return fail_errno(errno, "make directory", path);
    return {};
}

Status PosixFiles::make_directories(const std::string& given) {
    std::string path = without_trailing_slashes(given);
    if (path.empty()) return fail(Errc::invalid_argument, "cannot make a directory without a name");
    if (is_directory(path)) return sync_parent_of_found(*this, path);
    if (parent_of(path) != path) TRY_STATUS(make_directories(parent_of(path)));
    if (::mkdir(path.c_str(), 0755) != 0 && !(errno == EEXIST && is_directory(path))) {
        return fail_errno(errno, "make directory", path);
    }
    return sync_directory(parent_of(path));
}

Status PosixFiles::link_new(const std::string& from, const std::string& to) {
    if (::link(from.c_str(), to.c_str()) != 0) return fail_errno(errno, "link " + from + " to", to);
    return {};
}

Status PosixFiles::rename(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        return fail_errno(errno, "rename " + from + " to", to);
    }
    return {};
}

Status PosixFiles::remove(const std::string& path) {
    if (std::remove(path.c_str()) != 0) return fail_errno(errno, "remove", path);
    return {};
}

Status PosixFiles::sync_directory(const std::string& path) {
    TRY(int fd, open_descriptor(path, O_RDONLY | O_DIRECTORY));
    PosixFile directory(fd, path);
    // Some file systems of other machines (9p, vfat over FUSE) cannot sync a directory: EINVAL.
    if (::fsync(fd) != 0 && errno != EINVAL) return fail_errno(errno, "sync directory", path);
    return {};
}

Result<std::uint64_t> PosixFiles::free_bytes(const std::string& path) {
    TRY(struct statvfs info, space_of(path));
    return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

Result<std::uint64_t> PosixFiles::total_bytes(const std::string& path) {
    TRY(struct statvfs info, space_of(path));
    return static_cast<std::uint64_t>(info.f_blocks) * info.f_frsize;
}

Result<std::unique_ptr<File>> PosixFiles::lock(const std::string& path) {
    TRY(int fd, open_descriptor(path, O_RDWR | O_CREAT));
    auto file = std::make_unique<PosixFile>(fd, path);
    int result;
    do {
        result = ::flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result != 0 && errno == EWOULDBLOCK) {
        return fail(Errc::busy, fmt::format("{} is locked by {}: stop it first, or use another "
                                            "directory",
                                            path, holder_of(fd)));
    }
    if (result != 0) return fail_errno(errno, "lock", path);
    write_holder(fd);
    return file;
}

}  // namespace pinflow::posix
