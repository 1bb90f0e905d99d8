# SPDX-License-Identifier: Apache-2.0
"""The event log through its port: writers x partitions, and on simulated slower disks."""
import json
import shutil
import subprocess
import tempfile

from machine import print_table, say

WRITERS = (1, 8, 64, 256)
PARTITIONS = (1, 6, 1000)
SLOW_BARRIERS_MS = (1, 5)
DRIFT_MAX = 0.2


def log_bench(program, directory, **options):
    """One row; its data is gone afterwards."""
    place = tempfile.mkdtemp(dir=directory, prefix="row-")
    command = [str(program), "--directory", place]
    for name, value in options.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    done = subprocess.run(command, capture_output=True, text=True)
    shutil.rmtree(place, ignore_errors=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-1000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def rows_of(program, directory, seconds, shapes):
    rows = []
    for shape in shapes:
        say("  " + ", ".join(f"{name} {value}" for name, value in shape.items()))
        rows.append(log_bench(program, directory, seconds=seconds, **shape))
    return rows


def millis(us):
    return f"{us / 1000:.2f}"


def disk_text(row):
    return f"{row['barrier_min_us'] / 1000:g} ms" if row["barrier_min_us"] else "real"


COLUMNS = [
    ("durability", lambda r: r["durability"]),
    ("disk", disk_text),
    ("writers", lambda r: str(r["writers"])),
    ("partitions", lambda r: f"{r['partitions']:,}"),
    ("rec/append", lambda r: str(r["records_per_batch"])),
    ("appends/s", lambda r: f"{r['appends_per_s']:,}"),
    ("records/s", lambda r: f"{r['records_per_s']:,}"),
    ("rec/group", lambda r: f"{r['records_per_group']:.1f}"),
    ("rec/sync", lambda r: f"{r['records_per_barrier']:.1f}" if r["barriers_per_s"] > 10 else "-"),
    ("groups/s", lambda r: f"{r['groups_per_s']:,}"),
    ("syncs/s", lambda r: f"{r['barriers_per_s']:,}"),
    ("p50 ms", lambda r: millis(r["p50_us"])),
    ("p99 ms", lambda r: millis(r["p99_us"])),
    ("CPU us/append", lambda r: f"{r['cpu_us_per_append']:.1f}"),
    ("bytes x", lambda r: f"{r['written_per_accepted_byte']:.2f}"),
    ("floor/s", lambda r: f"{r['floor_per_s']:,}"),
    ("floor p50", lambda r: millis(r["floor_p50_us"])),
    ("floor p99", lambda r: millis(r["floor_p99_us"])),
    ("groups : floor", lambda r: f"{r['groups_per_s'] / r['floor_per_s']:.2f}" if r["durability"] == "fsync" else "-"),
]


def law(row):
    """A closed loop cannot be answered faster than all that is in flight at each barrier."""
    return row["writers"] * row["floor_per_s"]


LAW_COLUMNS = COLUMNS + [("law/s", lambda r: f"{law(r):,.0f}"),
                         (": law", lambda r: f"{r['appends_per_s'] / law(r):.2f}")]


def note_drift(rows):
    real = [row["floor_per_s"] for row in rows if row["barrier_min_us"] == 0]
    if real and max(real) > min(real) * (1 + DRIFT_MAX):
        print(f"  the disk's floor moved between {min(real):,} and {max(real):,} a second during the table: "
              "compare rows by groups : floor only")


def measure_log(program, directory, quick):
    seconds = 0.5 if quick else 2.5
    shapes = [{"writers": w, "partitions": p} for p in PARTITIONS for w in WRITERS]
    shapes += [{"writers": w, "partitions": p, "records": 100} for p in (1, 6) for w in (1, 64)]
    shapes += [{"writers": w, "partitions": 1, "durability": "os"} for w in (64, 256)]
    rows = rows_of(program, directory, seconds, shapes)
    print_table("event log, 700-byte records, one append in flight a writer", COLUMNS, rows)
    note_drift(rows)
    return rows


def measure_slow_disks(program, directory, quick):
    seconds = 0.5 if quick else 2.5
    shapes = [{"writers": w, "partitions": p, "barrier_us": ms * 1000}
              for ms in SLOW_BARRIERS_MS for p in PARTITIONS for w in (64, 256)]
    rows = rows_of(program, directory, seconds, shapes)
    print_table("the same on slower disks (every barrier lasts at least so long); law: writers x floor", LAW_COLUMNS,
                rows)
    return rows
