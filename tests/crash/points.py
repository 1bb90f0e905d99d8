# SPDX-License-Identifier: Apache-2.0
"""kill -9 at each named point of the source, under load, at a stop, and again during recovery."""
import pathlib
import random
import re
import signal
import threading

from check import Report
from kill_rounds import look
from oracle import Load
from server import BUSY, FORGETFUL, ROOT, WIDE, Died, http, running, scratch_folder

NAME = re.compile(r'\bcrash_point\("([\w.]+)"\)')
UNDER_LOAD_SECONDS = 4
IDLE_SECONDS = 1.5  # longer than the log waits before it takes a checkpoint by itself
AGAIN_SECONDS = 1  # of load after each recovery
DEPTH_MAX = 5  # deaths in recovery, one after the other
CHURN = "churn-"


ELSEWHERE = "schedule."  # no load of records reaches these: src/schedule/crash_points_test.cpp does


def point_names():
    """In the order in which the source has them."""
    names = {}
    for path in sorted(pathlib.Path(ROOT, "src").rglob("*.cpp")):
        if not path.stem.endswith("_test"):
            names.update(dict.fromkeys(n for n in NAME.findall(path.read_text()) if not n.startswith(ELSEWHERE)))
    return list(names)


class Churn:
    """Streams that come and go, so that creation and removal are under way as well."""

    def __init__(self, door_url):
        self.url, self.is_over, self.made, self.removed = door_url, threading.Event(), 0, set()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.is_over.wait(0.02):
            name = f"{CHURN}{self.url.rpartition(':')[2]}-{self.made}"
            path = f"{self.url}/test/streams/{name}"
            self.made += 1
            try:
                http("POST", path, {"ShardCount": 2})
                http("PUT", path + "/record", {"Data": {"n": 1}, "PartitionKey": "1"})
                if http("DELETE", path)[0] == 200:
                    self.removed.add(name)
            except (OSError, ValueError):
                return

    def end(self):
        self.is_over.set()
        self.thread.join()


class Visit:
    """One point, on a data directory of its own."""

    def __init__(self, point, scratch, seed, seconds, sets):
        self.point, self.scratch, self.data, self.seconds = point, scratch, scratch / "data", seconds
        self.sets = FORGETFUL if point.startswith("retention.") else sets
        self.load, self.removed, self.reached = Load(8, seed), set(), []

    def start(self, env, seconds, is_stopped):
        """Starts, loads, and at the end stops or kills. True if the point was reached; says where."""
        where = "start"
        with running(self.data, self.scratch, self.sets, env) as server:
            try:
                server.wait_ready()
                where = "load"
                self.work(server, seconds)
                if server.wait_dead(IDLE_SECONDS if is_stopped else 0) is None and is_stopped:
                    where = "stop"
                    server.stop()
            except Died:
                pass
            if server.is_alive():
                server.kill()
                where = None
            self.load.door.close()
            is_reached = where is not None and server.process.returncode == -signal.SIGKILL
            if where and not is_reached and (server.process.returncode, where) != (0, "stop"):
                raise AssertionError(f"{self.point}: exit {server.process.returncode} at {where}: "
                                     f"{server.messages()[-800:]}")
        if is_reached:
            self.reached.append(where)
        return is_reached

    def work(self, server, seconds):
        churn = Churn(server.url(""))
        try:
            self.load.door.open(server.addresses["gateway"])
            server.wait_dead(seconds)
            self.load.door.close()
        finally:
            churn.end()
            self.removed |= churn.removed

    def run(self):
        armed = {"PINFLOW_CRASH_POINT": self.point}
        if not self.start(armed, self.seconds, is_stopped=True):
            self.start(None, AGAIN_SECONDS, is_stopped=False)  # something to recover
        for _ in range(DEPTH_MAX):
            if not self.start(armed, AGAIN_SECONDS, is_stopped=False):
                break
        return self.judge()

    def judge(self):
        report = look(self.data, self.scratch, self.load, len(self.reached), without=CHURN, sets=self.sets)
        log = pathlib.Path(self.data, "log", "streams")
        for folder in log.iterdir() if log.exists() else []:
            if folder.name.rpartition("-")[0] in self.removed:
                report.see("resurrection", f"stream {folder.name} is back")
        report.notes.append(f"{self.point}: {', '.join(self.reached) or 'NOT REACHED'}")
        if self.reached:
            report.points.add(self.point.partition(":")[0])
        return report


def visit(point, seed=0, seconds=UNDER_LOAD_SECONDS, sets=BUSY):
    with scratch_folder() as scratch:
        visited = Visit(point, scratch, seed, seconds, sets)
        try:
            return visited.run()
        finally:
            visited.load.end()


def visit_all(names, seed=0, show=lambda line: None):
    """Each point at its first passing, and at one of its later ones: the first is often still in the start."""
    report, dice = Report(), random.Random(seed)

    def add(point, **options):
        seen = visit(point, seed, **options)
        show(seen.notes[-1])
        report.add(seen)
        return seen

    for name in names:
        first = add(name)
        if not first.points:
            first = add(name, sets=WIDE)
        if first.points:
            # A start passes few points more than a few times.
            add(f"{name}:{dice.randint(2, 4 if 'start' in first.notes[-1] else 30)}")
        if not report.is_clean():
            break
    missed = [name for name in names if name not in report.points]
    report.notes.append(f"points reached: {len(report.points)} of {len(names)}; missed: {', '.join(missed) or 'none'}")
    return report
