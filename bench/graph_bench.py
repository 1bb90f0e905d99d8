# SPDX-License-Identifier: Apache-2.0
"""A graph of 40 tasks with every state durable, beside the same number of durable SQLite commits alone."""
import json
import sqlite3
import statistics
import subprocess
import time

from machine import print_table


def floor_ms(path, commits):
    """As the run book's file is kept: a write-ahead log, synced at each commit."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)")
    began = time.monotonic()
    for _ in range(commits):
        database.execute("INSERT INTO t (text) VALUES ('running')")
    took = time.monotonic() - began
    database.close()
    return took * 1000


COLUMNS = [
    ("40 tasks", lambda r: r["shape"]),
    ("durability", lambda r: "fsync"),
    ("ms", lambda r: f"{r['ms']:.1f}"),
    ("range", lambda r: f"{r['range'][0]:.1f}-{r['range'][1]:.1f}"),
    ("commits", lambda r: str(r["commits"])),
    ("the commits alone, ms", lambda r: f"{r['floor_ms']:.1f}"),
    (": floor", lambda r: f"{r['ratio']:.1f}"),
]


def measure_graph(program, directory, quick):
    rounds = 2 if quick else 9
    done = subprocess.run([str(program), str(directory), str(rounds)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"graph_bench: {done.stderr[-500:]}")
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    rows = []
    for shape in ("in a chain", "side by side"):
        of_shape = [run for run in runs if run["shape"] == shape]
        times = [run["ms"] for run in of_shape]
        commits = of_shape[0]["commits"]
        floor = statistics.median(floor_ms(directory / "floor.sqlite", commits) for _ in range(rounds))
        rows.append({"shape": shape, "durability": "fsync", "ms": statistics.median(times),
                     "range": [min(times), max(times)], "commits": commits, "floor_ms": floor,
                     "ratio": statistics.median(times) / floor})
    print_table("graph: 40 tasks that do nothing, every state durable before what follows (Airflow 3.3: 43 s in sequence, "
                "by the design's table)", COLUMNS, rows)
    return rows
