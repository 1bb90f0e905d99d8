# SPDX-License-Identifier: Apache-2.0
"""How soon a log of some size serves again: after kill -9, after a clean stop, with and without the page cache."""
import json
import os
import signal
import subprocess
import time

from machine import print_table, room_for, say
from servers import NO_TOPIC, Pinflow, resident_kib, run_wrk

PARTITIONS = 6


def fill(log_bench, data_dir, fill_bytes):
    """Records acknowledged by a log that then was killed with appends under way."""
    data_dir.mkdir(parents=True)
    done = subprocess.run([str(log_bench), "--directory", str(data_dir), "--fill", str(fill_bytes), "--writers", "16",
                           "--records", "100", "--partitions", str(PARTITIONS)], capture_output=True, text=True)
    if done.returncode != -signal.SIGKILL:
        raise RuntimeError(f"the fill did not end by kill -9: {done.returncode} {done.stderr[-1000:]}")
    return json.loads(done.stdout)["acknowledged_records"]


def stored_bytes(directory):
    return sum(f.stat().st_blocks * 512 for f in directory.rglob("*") if f.is_file())


def drop_page_cache(directory):
    for path in directory.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def start(program, data_dir, how, cache, acknowledged, partitions=PARTITIONS):
    """A running program, and the row of its start."""
    if cache == "cold":
        drop_page_cache(data_dir)
    told_before = data_dir.with_name(data_dir.name + ".log")
    told_before.unlink(missing_ok=True)
    server = Pinflow(program, data_dir, [NO_TOPIC])
    server.post_one()
    answered = time.monotonic() - server.started
    held = server.records_of_topic(partitions)
    if held < acknowledged:
        raise RuntimeError(f"{acknowledged} records were acknowledged, the log holds {held}")
    told = [line for line in server.log_text().splitlines() if "replay" in line or "recover" in line]
    return server, {"after": how, "page_cache": cache, "durability": server.durability,
                    "log_bytes": stored_bytes(data_dir / "log"), "ready_ms": server.ready_seconds * 1000,
                    "first_answer_ms": answered * 1000, "rss_kib": resident_kib(server.pid), "records": held,
                    "told": told}


COLUMNS = [
    ("started after", lambda r: r["after"]),
    ("page cache", lambda r: r["page_cache"]),
    ("durability", lambda r: r["durability"]),
    ("log GB", lambda r: f"{r['log_bytes'] / 1e9:.2f}"),
    ("ready ms", lambda r: f"{r['ready_ms']:.0f}"),
    ("first durable answer ms", lambda r: f"{r['first_answer_ms']:.0f}"),
    ("RSS MiB", lambda r: f"{r['rss_kib'] / 1024:.1f}"),
    ("records", lambda r: f"{r['records']:,}"),
]


def measure_restart(program, log_bench, directory, quick):
    fill_bytes = 500_000_000 if quick else 5_000_000_000
    if not room_for(1.5 * fill_bytes, directory, f"a log of {fill_bytes / 1e9:g} GB"):
        return None
    server, row = start(program, directory / "empty", "nothing: no log yet (floor)", "warm", 0, 1)
    server.kill()
    rows = [row]
    data_dir = directory / "restart"
    say(f"  filling {fill_bytes / 1e9:g} GB")
    acknowledged = fill(log_bench, data_dir, fill_bytes)
    for how, cache in (("kill -9 while filling", "warm"), ("clean stop", "warm"), ("clean stop", "cold"),
                       ("kill -9 under POSTs", "cold")):
        say(f"  start after {how}, {cache}")
        server, row = start(program, data_dir, how, cache, acknowledged)
        rows.append(row)
        with server:
            acknowledged = row["records"]
            if cache == "cold" and how == "clean stop":  # the next one starts from a kill
                acknowledged += run_wrk(server.url, 64, 2)["answers"]
                server.kill()
            elif server.stop() != 0:
                raise RuntimeError(f"the clean stop failed: {server.log_text()[-1000:]}")
    print_table("restart: from exec to the ready file (seen within 1 ms) and to the first durable POST", COLUMNS, rows)
    for row in rows:
        for line in row["told"]:
            print(f"  after {row['after']}: {line}")
    print("  every record acknowledged before is there, by the offsets")
    return rows
