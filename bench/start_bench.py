# SPDX-License-Identifier: Apache-2.0
"""How soon the program serves, and what it holds and uses while nothing happens; beside nginx."""
import statistics
import time

from machine import print_table
from post_bench import free_port
from servers import Nginx, Pinflow, cpu_seconds, process_tree, resident_kib


def resident_of_all(pid):
    return sum(resident_kib(one) for one in process_tree(pid))


def idle_row(name, server, ready_ms, idle_seconds):
    time.sleep(1)  # what a start leaves to do is done
    cpu = cpu_seconds(server.pid)
    time.sleep(idle_seconds)
    cpu = cpu_seconds(server.pid) - cpu
    return {"server": name, "durability": server.durability, "ready_ms": ready_ms,
            "rss_kib": resident_of_all(server.pid), "idle_core_share": cpu / idle_seconds}


def start_pinflow(program, data_dir, name, idle_seconds):
    with Pinflow(program, data_dir) as server:
        row = idle_row(name, server, server.ready_seconds * 1000, idle_seconds)
        if server.stop() != 0:
            raise RuntimeError(f"the clean stop failed: {server.log_text()[-1000:]}")
    return row


def start_nginx(program, prefix, idle_seconds):
    began = time.monotonic()
    with Nginx(program, prefix, free_port(), None) as server:
        return idle_row("nginx 204 (master and worker)", server, (time.monotonic() - began) * 1000, idle_seconds)


def summary(runs):
    row = dict(runs[0])
    for name in ("ready_ms", "rss_kib", "idle_core_share"):
        row[name] = statistics.median(run[name] for run in runs)
    row["ready_ms_range"] = [min(run["ready_ms"] for run in runs), max(run["ready_ms"] for run in runs)]
    return row


COLUMNS = [
    ("server", lambda r: r["server"]),
    ("durability", lambda r: r["durability"]),
    ("ready ms", lambda r: f"{r['ready_ms']:.0f}"),
    ("range", lambda r: f"{r['ready_ms_range'][0]:.0f}-{r['ready_ms_range'][1]:.0f}"),
    ("idle RSS MiB", lambda r: f"{r['rss_kib'] / 1024:.1f}"),
    ("idle share of a core", lambda r: f"{r['idle_core_share']:.2%}"),
]


def measure_start(program, nginx, directory, quick):
    rounds, idle_seconds = (2, 1) if quick else (7, 3)
    runs = {}
    for number in range(rounds):
        rows = [start_pinflow(program, directory / f"fresh-{number}", "pinflow, no data yet", idle_seconds),
                start_pinflow(program, directory / "kept", "pinflow, after a clean stop", idle_seconds),
                start_nginx(nginx, directory / f"nginx-{number}", idle_seconds)]
        if number == 0:
            rows.pop(1)  # that one had no data yet either
        for row in rows:
            runs.setdefault(row["server"], []).append(row)
    rows = [summary(runs[name]) for name in runs]
    print_table("start: from exec to ready (seen within 1 ms), then idle", COLUMNS, rows)
    return rows
