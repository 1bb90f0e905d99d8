/* SPDX-License-Identifier: Apache-2.0
 * Preloaded before the program: a disk that lies, tears or fills. Writes are touched in the log only.
 *   FAULT_SYNC=lies        fsync and fdatasync say yes and do nothing
 *   FAULT_SHORT=n          every n-th write writes half of what it was given
 *   FAULT_WRITE_EIO=n      the n-th write fails with EIO, as does every later one
 *   FAULT_ROOM=n           after n bytes there is no room, until the file FAULT_RELIEF is there; what fallocate has
 *                          set aside stays writable, as on ext4 and XFS
 *   FAULT_SAID=path        gets a line when the first fault happens
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long writes, bytes;
static atomic_int has_said;

static long number_of(const char* name) {
    const char* text = getenv(name);
    return text ? atol(text) : 0;
}

static void say(const char* what) {
    const char* path = getenv("FAULT_SAID");
    if (!path || atomic_exchange(&has_said, 1)) return;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd >= 0) {
        dprintf(fd, "%s\n", what);
        close(fd);
    }
}

static int is_of_the_log(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return strstr(path, "/log/") != NULL || (size > 4 && strcmp(path + size - 4, "/log") == 0);
}

/* How far each open file's space is set aside. */
#define FILES_MAX 65536
static atomic_long set_aside[FILES_MAX];

static long owned_up_to(int fd) {
    struct stat info;
    long size = 0, aside = fd < FILES_MAX ? atomic_load(&set_aside[fd]) : 0;
    if (fstat(fd, &info) == 0) {
        size = (long)info.st_blocks * 512;  /* a file that was only made longer has none */
        if (size > (long)info.st_size) size = (long)info.st_size;
    }
    return size > aside ? size : aside;
}

/* How many of the bytes from `at` on there is room for. */
static long room_for(int fd, long at, long wanted) {
    long room = number_of("FAULT_ROOM");
    if (!room || access(getenv("FAULT_RELIEF"), F_OK) == 0) return wanted;
    long owned = owned_up_to(fd) - at;
    if (owned < 0) owned = 0;
    if (owned >= wanted) return wanted;
    long left = room - atomic_fetch_add(&bytes, wanted - owned);
    if (left < 0) left = 0;
    return owned + left < wanted ? owned + left : wanted;
}

/* How many of `wanted` bytes may be written; -1 with errno for none. */
static ssize_t allowed(int fd, size_t wanted, long at) {
    if (!is_of_the_log(fd)) return (ssize_t)wanted;
    long number = atomic_fetch_add(&writes, 1) + 1;
    long fail_from = number_of("FAULT_WRITE_EIO"), every = number_of("FAULT_SHORT");
    if (fail_from && number >= fail_from) {
        say("EIO");
        errno = EIO;
        return -1;
    }
    long room = room_for(fd, at, (long)wanted);
    if (room < (long)wanted) say("ENOSPC");
    if (room == 0 && wanted > 0) {
        errno = ENOSPC;
        return -1;
    }
    if (every && number % every == 0 && wanted > 1) {
        say("short");
        return (ssize_t)(wanted / 2);
    }
    return (ssize_t)room;
}

ssize_t write(int fd, const void* data, size_t size) {
    static ssize_t (*real)(int, const void*, size_t);
    if (!real) real = (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
    ssize_t may = allowed(fd, size, (long)lseek(fd, 0, SEEK_CUR));
    return may < 0 ? -1 : real(fd, data, (size_t)may);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
    static ssize_t (*real)(int, const void*, size_t, off64_t);
    if (!real) real = (ssize_t(*)(int, const void*, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    ssize_t may = allowed(fd, size, (long)at);
    return may < 0 ? -1 : real(fd, data, (size_t)may, at);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

ssize_t pwritev64(int fd, const struct iovec* parts, int count, off64_t at) {
    static ssize_t (*real)(int, const struct iovec*, int, off64_t);
    if (!real) real = (ssize_t(*)(int, const struct iovec*, int, off64_t))dlsym(RTLD_NEXT, "pwritev64");
    size_t wanted = 0;
    for (int i = 0; i < count; ++i) wanted += parts[i].iov_len;
    ssize_t may = allowed(fd, wanted, (long)at);
    if (may < 0) return -1;
    if ((size_t)may == wanted) return real(fd, parts, count, at);
    struct iovec cut[IOV_MAX];
    int used = 0;
    for (size_t left = (size_t)may; left > 0 && used < count; ++used) {
        cut[used] = parts[used];
        if (cut[used].iov_len > left) cut[used].iov_len = left;
        left -= cut[used].iov_len;
    }
    return real(fd, cut, used, at);
}
ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t at) { return pwritev64(fd, parts, count, at); }

int fallocate64(int fd, int mode, off64_t at, off64_t size) {
    static int (*real)(int, int, off64_t, off64_t);
    if (!real) real = (int (*)(int, int, off64_t, off64_t))dlsym(RTLD_NEXT, "fallocate64");
    if (is_of_the_log(fd)) {
        if (room_for(fd, (long)at, (long)size) < (long)size) {
            say("ENOSPC");
            errno = ENOSPC;
            return -1;
        }
        if (fd < FILES_MAX && atomic_load(&set_aside[fd]) < at + size) atomic_store(&set_aside[fd], (long)(at + size));
    }
    return real(fd, mode, at, size);
}
int fallocate(int fd, int mode, off_t at, off_t size) { return fallocate64(fd, mode, at, size); }

int close(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "close");
    if (fd >= 0 && fd < FILES_MAX) atomic_store(&set_aside[fd], 0);
    return real(fd);
}

static int lies(int fd) { return getenv("FAULT_SYNC") && fd >= 0; }

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return lies(fd) ? 0 : real(fd);
}
int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return lies(fd) ? 0 : real(fd);
}
