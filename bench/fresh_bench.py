# SPDX-License-Identifier: Apache-2.0
"""From a PUT on the streaming road to the row's commit in the Delta log, as any other reader sees it."""
import http.client
import json
import multiprocessing
import pathlib
import time

from machine import print_table
from matrix import log_bench
from servers import Pinflow, cpu_seconds

SENDERS = 4
BARRIERS_A_COMMIT = 4  # the data file, its folder, the log entry, its folder
LOOK_SECONDS = 0.0005
LAST_COMMIT_SECONDS_MAX = 30
ROW = {"ind": 0, "timestamp": "2020-08-28 03:52:47", "latitude": -89.9787, "longitude": -173.293, "country": "Albania"}


def send(address, first, count, per_second, began, sent_at):
    """Open loop: the n-th is due at its time, whatever became of those before."""
    connection = http.client.HTTPConnection(address, timeout=30)
    for n in range(first, count, SENDERS):
        due = began + n / per_second
        while (now := time.monotonic()) < due:
            time.sleep(min(due - now, 0.001))
        body = json.dumps({"Data": ROW | {"ind": n}, "PartitionKey": "partition-1"})
        connection.request("PUT", "/test/streams/streaming-demo-geo/record", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"PUT: {answer.status} {text[:200]}")
        sent_at[n] = due


class CommitWatcher:
    """Looks for the next entry of a Delta log; what it adds is counted by its numRecords."""

    def __init__(self, table):
        self.log = pathlib.Path(table) / "_delta_log"
        self.version = 0
        self.rows = 0
        self.seen = []  # (when, rows in all)
        self.files = 0

    def look(self):
        path = self.log / f"{self.version:020d}.json"
        if not path.exists():
            return False
        now = time.monotonic()
        for line in path.read_text().splitlines():
            add = json.loads(line).get("add")
            if add:
                self.rows += json.loads(add["stats"])["numRecords"]
                self.files += 1
        self.seen.append((now, self.rows))
        self.version += 1
        return True

    def watch_until(self, rows):
        end = time.monotonic() + LAST_COMMIT_SECONDS_MAX
        while self.rows < rows:
            if self.look():
                end = time.monotonic() + LAST_COMMIT_SECONDS_MAX
            elif time.monotonic() > end:
                raise RuntimeError(f"{rows} rows were put, the table has {self.rows}")
            else:
                time.sleep(LOOK_SECONDS)


def latencies(due_times, seen):
    """One key is one shard, so rows come in the order in which they were stored; senders may swap neighbours, which
    moves a latency by less than their distance."""
    times, at = [], 0
    for n, due in enumerate(sorted(due_times)):
        while seen[at][1] <= n:
            at += 1
        times.append(seen[at][0] - due)
    return sorted(times)


def quantile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))]


def run(program, directory, per_second, seconds, interval_ms):
    count = per_second * seconds
    sets = [f"stream.commit.interval={interval_ms}ms"]
    with Pinflow(program, directory, sets) as server:
        watcher = CommitWatcher(pathlib.Path(directory) / "tables/demo_geo_table")
        sent_at = multiprocessing.Array("d", count, lock=False)
        cpu = cpu_seconds(server.pid)
        began = time.monotonic() + 0.2
        senders = [multiprocessing.Process(target=send, args=(server.addresses["gateway"], i, count, per_second, began,
                                                              sent_at)) for i in range(SENDERS)]
        for sender in senders:
            sender.start()
        watcher.watch_until(count)
        took = time.monotonic() - began
        cpu = cpu_seconds(server.pid) - cpu
        for sender in senders:
            sender.join()
        if any(sender.exitcode for sender in senders):
            raise RuntimeError("a sender failed")
    times = latencies(list(sent_at), watcher.seen)
    return {"per_s": per_second, "durability": "fsync", "interval_ms": interval_ms, "rows": count,
            "p50_ms": quantile(times, 0.5) * 1000, "p99_ms": quantile(times, 0.99) * 1000, "max_ms": times[-1] * 1000,
            "files": watcher.files, "core_share": cpu / took}


COLUMNS = [
    ("PUT/s", lambda r: f"{r['per_s']:,}"),
    ("durability", lambda r: r["durability"]),
    ("commit interval ms", lambda r: str(r["interval_ms"])),
    ("p50 ms", lambda r: f"{r['p50_ms']:.0f}"),
    ("p99 ms", lambda r: f"{r['p99_ms']:.0f}"),
    ("max ms", lambda r: f"{r['max_ms']:.0f}"),
    ("floor of p99 ms", lambda r: f"{r['floor_ms']:.1f}"),
    ("share of a core", lambda r: f"{r['core_share']:.0%}"),
    ("rows", lambda r: f"{r['rows']:,}"),
    ("files", lambda r: f"{r['files']:,}"),
]


def measure_fresh(program, cell, directory, quick):
    seconds = 3 if quick else 60
    rows = []
    for per_second, interval_ms in ((100, 50), (1000, 50), (1000, 1000)):
        floor = log_bench(cell, directory, floor="yes")["floor_per_s"]
        row = run(program, directory / f"fresh-{per_second}-{interval_ms}", per_second, seconds, interval_ms)
        row["floor_ms"] = interval_ms + (1 + BARRIERS_A_COMMIT) * 1000 / floor
        rows.append(row)
    print_table("fresh: from the moment a PUT is due to its row's commit in the Delta log (every row is counted there)",
                COLUMNS, rows)
    print("  floor: one interval, one barrier of the log and four of the commit, on this disk, just before")
    return rows
