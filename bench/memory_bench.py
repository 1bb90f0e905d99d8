# SPDX-License-Identifier: Apache-2.0
"""Resident memory of the whole program, sink and all, while wrk posts without end."""
import concurrent.futures
import time

from machine import print_table, room_for, say
from servers import Pinflow, resident_kib, run_wrk
from post_bench import check_count, check_errors

CONNECTIONS = 64
PAUSE_MS = 3  # about 15,000 records a second: ten minutes fill a disk with 20 GB, not 70
RECORD_BYTES_ON_DISK = 2400


def slope_per_minute(samples):
    """Least squares over (seconds, KiB)."""
    n = len(samples)
    mean_t = sum(t for t, _ in samples) / n
    mean_v = sum(v for _, v in samples) / n
    spread = sum((t - mean_t) ** 2 for t, _ in samples)
    return 60 * sum((t - mean_t) * (v - mean_v) for t, v in samples) / spread if spread else 0.0


def sample(server, loading, settled_after):
    begin = time.monotonic()
    samples = []
    while not loading.done():
        samples.append((time.monotonic() - begin, resident_kib(server.pid)))
        concurrent.futures.wait([loading], timeout=1)
    settled = [one for one in samples if one[0] >= settled_after]
    return samples, settled


COLUMNS = [
    ("durability", lambda r: r["durability"]),
    ("seconds", lambda r: f"{r['seconds']:.0f}"),
    ("records", lambda r: f"{r['answers']:,}"),
    ("records/s", lambda r: f"{r['answers'] / r['seconds']:,.0f}"),
    ("start MiB", lambda r: f"{r['start_kib'] / 1024:.1f}"),
    ("settled MiB", lambda r: f"{r['settled_kib'] / 1024:.1f}"),
    ("after s", lambda r: f"{r['settled_after_s']:.0f}"),
    ("end MiB", lambda r: f"{r['end_kib'] / 1024:.1f}"),
    ("max MiB", lambda r: f"{r['max_kib'] / 1024:.1f}"),
    ("slope KiB/min", lambda r: f"{r['slope_kib_per_min']:+.0f}"),
    ("bytes/record", lambda r: f"{r['bytes_per_record']:+.2f}"),
]


def measure_memory(program, directory, quick):
    seconds, settled_after = (30, 10) if quick else (600, 60)
    if not room_for(seconds * 20_000 * RECORD_BYTES_ON_DISK, directory, f"{seconds} s of load"):
        return None
    say(f"  {seconds} s of load")
    with Pinflow(program, directory / "memory") as server:
        start_kib = resident_kib(server.pid)
        server.post_one()
        before = server.records_of_topic()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            loading = pool.submit(run_wrk, server.url, CONNECTIONS, seconds, [str(PAUSE_MS)], None)
            samples, settled = sample(server, loading, settled_after)
            seen = loading.result()
        check_errors("pinflow", seen)
        check_count(before, server.records_of_topic(), seen["answers"], CONNECTIONS)
    slope = slope_per_minute(settled)
    row = seen | {"durability": Pinflow.durability, "start_kib": start_kib, "settled_kib": settled[0][1],
                  "settled_after_s": settled_after, "end_kib": samples[-1][1], "max_kib": max(v for _, v in samples),
                  "slope_kib_per_min": slope, "samples_kib": [v for _, v in samples],
                  "bytes_per_record": slope * 1024 / 60 / (seen["answers"] / seen["seconds"])}
    print_table(f"memory of the whole program under load, {CONNECTIONS} connections, sink on; slope from 'settled' on",
                COLUMNS, [row])
    return row
