// SPDX-License-Identifier: Apache-2.0
#include "posix/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "posix/posix_error.h"

namespace pinflow::posix {
namespace {

constexpr std::size_t kPartsPerCall = 512;  // below IOV_MAX (1,024)

// The parts still to be written, as the kernel wants them.
class Remaining {
public:
    explicit Remaining(std::span<const std::string_view> parts) : parts_(parts) { skip_empty(); }

    bool empty() const { return parts_.empty(); }

    std::span<iovec> next_call(std::array<iovec, kPartsPerCall>& vectors) const {
        std::size_t count = std::min(parts_.size(), kPartsPerCall);
        for (std::size_t i = 0; i < count; ++i) {
            std::string_view part = i == 0 ? parts_[0].substr(begun_) : parts_[i];
            vectors[i] = {const_cast<char*>(part.data()), part.size()};
        }
        return std::span(vectors).first(count);
    }

    void take(std::size_t bytes) {
        begun_ += bytes;
        skip_empty();
    }

private:
    void skip_empty() {
        while (!parts_.empty() && begun_ >= parts_[0].size()) {
            begun_ -= parts_[0].size();
            parts_ = parts_.subspan(1);
        }
    }

    std::span<const std::string_view> parts_;
    std::size_t begun_ = 0;  // bytes of parts_[0] that are written
};

}  // namespace

PosixFile::~PosixFile() { ::close(fd_); }

Result<std::size_t> PosixFile::read_at(std::uint64_t offset, std::span<char> into) {
    std::size_t done = 0;
    while (done < into.size()) {
        ssize_t got =
            ::pread(fd_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, "read", path_);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

Status PosixFile::write_at(std::uint64_t offset, std::span<const std::string_view> parts) {
    Remaining remaining(parts);
    std::array<iovec, kPartsPerCall> vectors;
    while (!remaining.empty()) {
        auto call = remaining.next_call(vectors);
        ssize_t put =
            ::pwritev(fd_, call.data(), static_cast<int>(call.size()), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_errno(errno, "write", path_);
        // A disk that takes nothing and reports nothing would spin here for ever.
        if (put == 0) return fail_errno(EIO, "write", path_);
        offset += static_cast<std::uint64_t>(put);
        remaining.take(static_cast<std::size_t>(put));
    }
    return {};
}

// fdatasync writes the size too when it has changed; only times are left out. It is not repeated
// after EINTR either: whether the pages were written is then unknown.
Status PosixFile::sync() {
    if (::fdatasync(fd_) != 0) return fail_errno(errno, "sync", path_);
    return {};
}

Status PosixFile::truncate(std::uint64_t bytes) {
    int result;
    do {
        result = ::ftruncate(fd_, static_cast<off_t>(bytes));
    } while (result != 0 && errno == EINTR);
    if (result != 0) return fail_errno(errno, "truncate", path_);
    return {};
}

Result<std::uint64_t> PosixFile::size() {
    struct stat info{};
    if (::fstat(fd_, &info) != 0) return fail_errno(errno, "examine", path_);
    return static_cast<std::uint64_t>(info.st_size);
}

// The kernel's own call, not posix_fallocate: that one writes zeros where the file system cannot.
Status PosixFile::reserve(std::uint64_t bytes) {
    int result;
    do {
        result = ::fallocate(fd_, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes));
    } while (result != 0 && errno == EINTR);
    if (result == 0 || errno == EOPNOTSUPP || errno == ENOSYS) return {};
    return fail_errno(errno, "reserve space for", path_);
}

}  // namespace pinflow::posix
