# SPDX-License-Identifier: Apache-2.0
"""Disks that fail: a sync that returns EIO, writes that fail or stop half-way, no room.

The rules (docs/formats/log_layout.md): a failed sync or write is final, so nothing is acknowledged after it, the process
ends with the reason, and the next one tells of it; a full disk refuses, and is forgiven once there is room.
"""
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import time

from check import Report
from disks import Disk, faulty_disk, small_disk
from kill_rounds import look
from oracle import Load
from server import QUIET, Died, Skip, http, running, scratch_folder, settle, wait_for

FAIL_SECONDS = 8  # of load, in which the n-th call must come
GONE_SECONDS = 30  # after a failed sync the promise is one second; the figure is printed
REFUSED_SECONDS = 3
ROOM = ["log.free_space_floor=1B"]  # so that the disk itself says no
REASON = re.compile("sync|write|I/O error", re.IGNORECASE)


class Loads:
    """A load that always ends."""

    def __init__(self, clients, seed):
        self.load = Load(clients, seed)

    def __enter__(self):
        return self.load

    def __exit__(self, *_):
        self.load.end()


@contextlib.contextmanager
def disk_or_folder(scratch):
    """A disk whose power is cut after the failure, or where that cannot be, a plain folder: (data, power cut)."""
    try:
        disk = Disk(scratch, "ext4")
    except Skip:
        yield scratch / "data", lambda: None
        return
    with contextlib.closing(disk):
        yield disk.folder / "data", lambda: (disk.cut(), disk.power_up())


def failing_sync(call, number, seed=0, clients=8):
    """EIO from the `number`-th `call` (fdatasync, fsync) of a thread on, then a power cut: what the page cache
    still held is gone, so that an answer given on the strength of the failed sync is a lost write."""
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    with scratch_folder() as scratch, disk_or_folder(scratch) as (data, power_cut), Loads(clients, seed) as load:
        trace = scratch / "trace"
        tracer = ("strace", "-D", "-f", "-qq", "-ttt", "-o", trace, "-e", f"trace={call}",
                  "-e", f"inject={call}:error=EIO:when={number}+")
        with running(data, scratch, QUIET, before=tracer) as server:
            code, seconds = until_it_ends(server, load, lambda: "(INJECTED)" in text_of(trace))
            was_ready = server.addresses is not None
            failed_at = next((float(line.split()[1]) for line in text_of(trace).splitlines() if "(INJECTED)" in line), None)
            messages = server.messages()
        power_cut()
        return judge(f"{call} {number}", data, scratch, load, code, seconds, failed_at, was_ready, messages)


def failing_write(number, seed=0, clients=8):
    """EIO from the `number`-th write of the log on."""
    with scratch_folder() as scratch, disk_or_folder(scratch) as (data, power_cut), Loads(clients, seed) as load:
        said = scratch / "said"
        env = {"LD_PRELOAD": str(faulty_disk(scratch)), "FAULT_WRITE_EIO": str(number), "FAULT_SAID": str(said)}
        with running(data, scratch, QUIET, env) as server:
            code, seconds = until_it_ends(server, load, said.exists)
            was_ready = server.addresses is not None
            failed_at = said.stat().st_mtime if said.exists() else None
            messages = server.messages()
        power_cut()
        return judge(f"write {number}", data, scratch, load, code, seconds, failed_at, was_ready, messages)


def text_of(path):
    return path.read_text() if path.exists() else ""


def until_it_ends(server, load, has_failed):
    """Loads until the fault has come and the process has gone: (exit code or None, seconds from one to the other)."""
    with contextlib.suppress(Died):
        server.wait_ready()
        load.door.open(server.addresses["gateway"])
        with contextlib.suppress(AssertionError):
            wait_for(lambda: has_failed() or not server.is_alive(), FAIL_SECONDS)
    began = time.monotonic()
    code = server.wait_dead(GONE_SECONDS) if has_failed() else None
    seconds = time.monotonic() - began
    if server.is_alive():
        server.kill()
    load.door.close()
    return code, seconds


def judge(name, data, scratch, load, code, seconds, failed_at, was_ready, messages):
    if failed_at is None:
        report = look(data, scratch, load, 0)
        report.notes.append(f"{name}: not reached within {FAIL_SECONDS} s")
        return report
    wrong = []
    if code is None or code <= 0:
        wrong.append(f"exit {code} after the failure, which should be above 0")
    if not REASON.search(messages):
        wrong.append(f"the reason is not on stderr: {messages[-300:]!r}")
    late = [request for client in load.clients for request in client.requests
            if request.outcomes and request.began > failed_at and any(type(o) is tuple for o in request.outcomes)]
    if late:
        wrong.append(f"{len(late)} requests that began after the failure were acknowledged")
    health = health_after(data, scratch, load)
    # What could not even start has told it by its exit.
    if was_ready and health and not health.get("last_failure"):
        wrong.append(f"/health does not tell of the failure: {health}")
    report = look(data, scratch, load, 1)
    for text in wrong:
        report.see("failure-handling", f"{name}: {text}")
    report.notes.append(f"{name}: gone {seconds:.2f} s after the failure")
    return report


def health_after(data, scratch, load):
    with contextlib.suppress(Died), running(data, scratch, QUIET) as server:
        server.wait_ready()
        return http("GET", server.url("/health", "admin"))[2]


def short_writes(every, seed=0, clients=8, seconds=2.0):
    """Every n-th write takes half of its bytes: nobody may notice."""
    with scratch_folder() as scratch, Loads(clients, seed) as load:
        data, said = scratch / "data", scratch / "said"
        env = {"LD_PRELOAD": str(faulty_disk(scratch)), "FAULT_SHORT": str(every), "FAULT_SAID": str(said)}
        with running(data, scratch, QUIET, env) as server:
            server.wait_ready()
            load.door.open(server.addresses["gateway"])
            time.sleep(seconds)  # of load
            assert server.is_alive(), server.messages()
            server.kill()
            load.door.close()
        report = look(data, scratch, load, 1, are_refusals_final=True)
        if not said.exists():
            report.notes.append(f"short write {every}: not reached")
        if report.refused:
            report.see("failure-handling", f"short write {every}: {report.refused} records were refused")
        return report


def no_room_at_byte(room, seed=0, clients=8):
    """The log gets `room` bytes of new space to the very byte, then none, until the disk is relieved."""
    with scratch_folder() as scratch, Loads(clients, seed) as load:
        data, relief, said = scratch / "data", scratch / "relief", scratch / "said"
        env = {"LD_PRELOAD": str(faulty_disk(scratch)), "FAULT_ROOM": str(room), "FAULT_RELIEF": str(relief),
               "FAULT_SAID": str(said)}
        with running(data, scratch, [*QUIET, *ROOM], env) as server:
            try:
                server.wait_ready()
            except Died as refused:
                # No room even to begin: a plain refusal to start is right, and leaves nothing behind that hurts.
                return after_full_disk(f"no room after {room} bytes", data, scratch, load, [],
                                       f"did not start: {str(refused)[:80]}")
            wrong = fill_and_relieve(server, load, said.exists, relief.touch, until_refused=True)
            server.kill()
            load.door.close()
        return after_full_disk(f"no room after {room} bytes", data, scratch, load, wrong)


def full_disk(rounds=6, seed=0, clients=8, megabytes=320):
    """A small tmpfs, filled up to a random rest by somebody else, and emptied again; killed in half of the rounds
    while it is full."""
    dice = random.Random(seed)
    with scratch_folder() as scratch, small_disk(scratch, megabytes) as disk, Loads(clients, seed) as load:
        data, ballast, wrong = disk / "data", disk / "ballast", []
        for number in range(rounds):
            with running(data, scratch, [*QUIET, *ROOM]) as server:
                server.wait_ready()
                rest = dice.choice((0, 4096, dice.randrange(1 << 16), dice.randrange(1 << 20)))
                fill(disk, ballast, rest)
                wrong += fill_and_relieve(server, load, lambda: is_refused(load), ballast.unlink,
                                          is_killed=dice.random() < 0.5)
                if server.is_alive():
                    server.kill()
                load.door.close()
        return after_full_disk("full disk", data, scratch, load, wrong, trials=rounds)


def fill(disk, ballast, rest):
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(free - rest, 1))


def is_refused(load):
    """The last answer to most clients was a refusal."""
    return sum(client.is_refused for client in load.clients) > len(load.clients) // 2


def fill_and_relieve(server, load, is_full, relieve, is_killed=False, until_refused=False):
    """What goes wrong on the way: refused while full, reads go on, taken again when there is room. `until_refused`:
    the first refusal of the disk may meet a file that is only made in advance."""
    for client in load.clients:
        client.is_refused = False
    load.door.open(server.addresses["gateway"])
    with contextlib.suppress(AssertionError):
        wait_for(lambda: is_full() or not server.is_alive(), FAIL_SECONDS)
    if until_refused:
        with contextlib.suppress(AssertionError):
            wait_for(lambda: is_refused(load) or not server.is_alive(), REFUSED_SECONDS)
    wrong = [] if is_full() else [f"the disk did not fill within {FAIL_SECONDS} s"]
    if server.is_alive():
        for door, path in (("gateway", "/topics"), ("gateway", "/topics/json-a"), ("admin", "/health")):
            with contextlib.suppress(OSError):
                status = http("GET", server.url(path, door))[0]
                if status not in (200, 404):
                    wrong.append(f"GET {path} gave {status} on a full disk")
    if is_killed:
        server.kill()
        relieve()
        return wrong
    relieve()
    taken = load.acknowledged()
    try:
        wait_for(lambda: load.acknowledged() > taken + 20 or not server.is_alive())
    except AssertionError:
        wrong.append("it did not recover by itself when there was room again")
    if not server.is_alive():
        wrong.append(f"it ended (exit {server.process.returncode}) on a full disk: {server.messages()[-400:]!r}")
    return wrong


def after_full_disk(name, data, scratch, load, wrong, note=None, trials=1):
    report = look(data, scratch, load, trials, are_refusals_final=True)
    for text in wrong:
        report.see("failure-handling", f"{name}: {text}")
    if note:
        report.notes.append(f"{name}: {note}")
    return report
