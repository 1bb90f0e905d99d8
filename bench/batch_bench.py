# SPDX-License-Identifier: Apache-2.0
"""The batch, from the start of a process to the 13 answers, beside plain DuckDB (and PySpark) on the same objects."""
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

from machine import ROOT, print_table, room_for, say
from servers import cpu_seconds, process_tree, resident_kib

BYTES_A_ROW = 1000  # of all three kinds together, as objects
LOOK_SECONDS = 0.01


def make_objects(program, bucket, rows):
    subprocess.run([sys.executable, "-B", str(ROOT / "bench/batch_data.py"), "--pinflow", str(program), "--rows",
                    str(rows), str(bucket)], check=True, stdout=subprocess.DEVNULL)


def timed(command, log):
    """Wall and CPU seconds and the largest memory of a process with all its children, by looking at them: Spark's JVM is
    a grandchild that nobody waits for."""
    cpu_s = rss_kib = 0
    with open(log, "wb") as file:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=file, stderr=file)
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            with contextlib.suppress(OSError):  # one of them has just ended
                cpu_s = max(cpu_s, cpu_seconds(process.pid))
                rss_kib = max(rss_kib, sum(resident_kib(one) for one in process_tree(process.pid)))
            time.sleep(LOOK_SECONDS)
        took = time.monotonic() - began
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command}: {pathlib.Path(log).read_text(errors='replace')[-1500:]}")
    return {"seconds": took, "cpu_s": max(cpu_s, usage.ru_utime + usage.ru_stime),
            "rss_mib": max(rss_kib, usage.ru_maxrss) / 1024}


def run_pinflow(program, bucket, place, sets=()):
    command = [str(program), "batch", "run", "--quiet", "--objects", str(bucket), "--data-dir", str(place / "d")]
    for setting in sets:
        command += ["--set", setting]
    run = timed(command, place / "log")
    return run | {"durability": "fsync", "answers": json.loads((place / "d/reports/answers.json").read_text())}


def run_peer(python, script, bucket, place):
    run = timed([str(python), "-B", str(ROOT / "bench" / script), str(bucket), str(place / "out")], place / "log")
    return run | {"durability": "none", "answers": json.loads((place / "out/answers.json").read_text())}


def summary(name, runs, peers):
    row = {"what": name, "durability": runs[0]["durability"], "rows": runs[0]["rows"]}
    for figure in ("seconds", "cpu_s", "rss_mib"):
        row[figure] = statistics.median(run[figure] for run in runs)
    row["range"] = [min(run["seconds"] for run in runs), max(run["seconds"] for run in runs)]
    row["ratio"] = statistics.median(run["seconds"] / peer["seconds"] for run, peer in zip(runs, peers))
    return row


COLUMNS = [
    ("", lambda r: r["what"]),
    ("durability", lambda r: r["durability"]),
    ("rows a kind", lambda r: f"{r['rows']:,}"),
    ("s", lambda r: f"{r['seconds']:.2f}"),
    ("range", lambda r: f"{r['range'][0]:.2f}-{r['range'][1]:.2f}"),
    ("CPU s", lambda r: f"{r['cpu_s']:.2f}"),
    ("peak MiB", lambda r: f"{r['rss_mib']:.0f}"),
    (": DuckDB", lambda r: f"{r['ratio']:.2f}"),
]


def measure_batch(program, python, directory, quick, real):
    rows, rounds = (20_000, 1) if quick else (1_000_000, 3)
    if not room_for(rows * BYTES_A_ROW * 3, directory, f"a batch of {rows:,} rows a kind"):
        return None
    bucket = directory / "bucket"
    say(f"  making {rows:,} rows of each kind")
    make_objects(program, bucket, rows)
    work = {"pinflow batch run": lambda place: run_pinflow(program, bucket, place),
            "DuckDB from Python": lambda place: run_peer(python, "duckdb_batch.py", bucket, place)}
    if real:
        work["PySpark local[*]"] = lambda place: run_peer(python, "spark_batch.py", bucket, place)
    runs = {}
    for number in range(rounds):
        for name, one in work.items():
            if name.startswith("PySpark") and number > 0:
                continue  # minutes each
            say(f"  round {number + 1} of {rounds}: {name}")
            place = directory / "run"
            place.mkdir()
            run = one(place) | {"rows": rows}
            if runs and run["answers"] != next(iter(runs.values()))[0]["answers"]:
                raise RuntimeError(f"{name} gives other answers than pinflow; see {place}")
            runs.setdefault(name, []).append(run)
            shutil.rmtree(place)
    table = [summary(name, of_one, runs["DuckDB from Python"]) for name, of_one in runs.items()]
    print_table("batch: objects of 1,000 records -> cleaned tables -> 13 answers, cold process, warm page cache", COLUMNS,
                table)
    print("  all gave the same answers; pinflow also keeps a quarantine with reasons, a ledger and Delta commits, synced")
    return table
