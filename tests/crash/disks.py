# SPDX-License-Identifier: Apache-2.0
"""Disks of our own: a loop image whose power can be cut, a small tmpfs, a preloaded library that tears writes."""
import contextlib
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess

from server import Skip

SHUTDOWN = 0x8004587D  # _IOR('X', 125, uint32): both ext4's and XFS's
NO_LOG_FLUSH = 2  # what is not on the disk is lost, as by a power cut
# Room that costs nothing: the image is sparse. XFS wants 300 MB at least.
IMAGE_BYTES = 1 << 30
MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"]}


def quiet(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


def must(*command):
    done = quiet(*command)
    if done.returncode != 0:
        raise Skip(f"{command[0]}: {done.stderr.strip() or done.stdout.strip()}")


class Disk:
    """A file system of its own on a loop device."""

    def __init__(self, scratch, kind):
        if os.geteuid() != 0:
            raise Skip("power cuts need root (mount, shutdown ioctl)")
        if not shutil.which(MAKE[kind][0]):
            raise Skip(f"{MAKE[kind][0]} is not installed")
        self.image = pathlib.Path(scratch, f"{kind}.image")
        self.folder = pathlib.Path(scratch, kind)
        self.folder.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(IMAGE_BYTES)
        must(*MAKE[kind], self.image)
        self.mount()

    def mount(self):
        must("mount", "-o", "loop", self.image, self.folder)

    def unmount(self):
        done = quiet("umount", self.folder)
        assert done.returncode == 0, done.stderr

    def cut(self):
        """Nothing reaches the disk from here on, and what had not is gone after the next mount."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(handle)

    def power_up(self):
        self.unmount()
        self.mount()

    def close(self):
        if os.path.ismount(self.folder) and quiet("umount", self.folder).returncode != 0:
            quiet("umount", "-l", self.folder)
        for line in quiet("losetup", "-j", self.image).stdout.splitlines():
            quiet("losetup", "-d", line.split(":")[0])
        self.image.unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(scratch, megabytes):
    """A tmpfs, unmounted whatever happens."""
    folder = pathlib.Path(scratch, "small")
    folder.mkdir()
    if os.geteuid() != 0:
        raise Skip("a small file system needs root (mount)")
    must("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder)
    try:
        yield folder
    finally:
        if quiet("umount", folder).returncode != 0:
            quiet("umount", "-l", folder)


def faulty_disk(scratch):
    """The library of faulty_disk.c, made with whatever C compiler there is."""
    compiler = next(filter(None, map(shutil.which, ("cc", "clang", "clang-19", "gcc"))), None)
    if not compiler:
        raise Skip("there is no C compiler")
    library = pathlib.Path(scratch, "faulty_disk.so")
    must(compiler, "-shared", "-fPIC", "-O1", "-o", library, pathlib.Path(__file__).with_name("faulty_disk.c"), "-ldl")
    return library
