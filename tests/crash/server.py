# SPDX-License-Identifier: Apache-2.0
"""The program under test as a process that may die at any moment."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scenario"))
from house import Skip, environment, http, program, wait_for  # noqa: E402, F401

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOON_SECONDS = 60  # for what must come
# Small files, so that rolls, checkpoints and recycling happen within seconds; and no wish for a gigabyte of room.
SMALL = ["log.segment.bytes=64KiB", "log.journal.file.bytes=1MiB", "log.checkpoint.bytes=2MiB",
         "log.free_space_floor=1MiB", "log_level=warn"]
BUSY = [*SMALL, "sink.flush.size=200", "sink.rotate.schedule.interval.ms=200", "stream.commit.interval=500ms"]
# Journal files that are not zeroed whole at once.
WIDE = [*BUSY, "log.journal.file.bytes=4MiB", "log.checkpoint.bytes=4MiB"]
# The oldest segments go.
FORGETFUL = [*BUSY, "log.segment.bytes=16KiB", "log.retention.bytes=16KiB", "log.retention.check.interval=200ms"]
# Nothing but the log writes.
QUIET = [*SMALL, "sink.topics.regex=none", "sink.rotate.schedule.interval.ms=3600000", "stream.source=topics",
         "stream.commit.interval=1h"]


def sizes(dice):
    """BUSY with journal files of one size or another: a start must also bear that the setting has changed."""
    return dice.choice((BUSY, WIDE, [*BUSY, "log.journal.file.bytes=64MiB", "log.checkpoint.bytes=256MiB"]))


class Died(Exception):
    """The process ended before it was ready."""


class Server:
    """`pinflow up` on free ports. Messages and the ready file lie in `scratch`, beside the data."""

    def __init__(self, data_dir, scratch, sets=BUSY, env=None, before=()):
        self.data_dir = pathlib.Path(data_dir)
        self.ready = pathlib.Path(scratch, f"ready-{time.monotonic_ns()}")
        self.messages_file = pathlib.Path(scratch, "messages")
        arguments = [*before, program(), "up", "--data-dir", str(data_dir), "--ready-file", str(self.ready)]
        for setting in ("listen.gateway=127.0.0.1:0", "listen.admin=127.0.0.1:0", *sets):
            arguments += ["--set", setting]
        with open(self.messages_file, "ab") as messages:
            self.began_at = messages.tell()
            self.process = subprocess.Popen(arguments, stdout=messages, stderr=messages, env=environment(env))
        self.addresses = None

    def wait_ready(self):
        wait_for(lambda: self.ready.exists() or self.process.poll() is not None, SOON_SECONDS)
        if not self.ready.exists():
            raise Died(f"exit {self.process.returncode}: {self.messages()[-1500:]}")
        self.addresses = json.loads(self.ready.read_text())
        return self

    def messages(self):
        """What this process said."""
        with open(self.messages_file, "rb") as messages:
            messages.seek(self.began_at)
            return messages.read().decode(errors="replace")

    def url(self, path, door="gateway"):
        return f"http://{self.addresses[door]}{path}"

    def is_alive(self):
        return self.process.poll() is None

    def wait_dead(self, seconds):
        """The exit code (negative: the signal), or None if it still lives."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """The exit code of a stop by SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(SOON_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM was not followed within {SOON_SECONDS} s: {self.messages()[-1500:]}")


@contextlib.contextmanager
def running(*arguments, **options):
    server = Server(*arguments, **options)
    try:
        yield server
    finally:
        if server.is_alive():
            server.kill()
        server.ready.unlink(missing_ok=True)


@contextlib.contextmanager
def scratch_folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="pinflow-crash-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def keep(data_dir):
    """A copy of what a failed run has left, if PINFLOW_CRASH_KEEP is set: a sentence that names it."""
    if not os.environ.get("PINFLOW_CRASH_KEEP"):
        return "PINFLOW_CRASH_KEEP=1 would keep the data"
    kept = pathlib.Path(tempfile.mkdtemp(prefix="pinflow-crash-kept-"), "data")
    shutil.copytree(data_dir, kept)
    return f"data kept: {kept}"


def settle(data_dir, scratch, load, sets=BUSY, env=None):
    """Starts the program once more, has the open requests with keys answered, and stops it cleanly."""
    with running(data_dir, scratch, sets, env) as server:
        server.wait_ready()
        load.door.open(server.addresses["gateway"], is_for_pending=True)
        wait_for(load.is_settled, SOON_SECONDS)
        load.door.close()
        code = server.stop()
        assert code == 0, f"a clean stop gave exit {code}: {server.messages()[-1500:]}"
