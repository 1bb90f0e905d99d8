#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`pinflow batch run`, cold, beside DuckDB from Python on the same objects: wall, CPU and memory, interleaved.

    bench/batch_bench.py --pinflow build/release/src/app/pinflow --python build/venv/bin/python BUCKET

BUCKET is made by bench/batch_data.py. PYTHON has duckdb and pyyaml. CPU seconds are what to compare on a busy machine."""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from machine import ROOT, load_average, print_table

PIPELINE = ROOT / "pipelines/pinterest"


def measure(command):
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        raise RuntimeError(f"{command[0]} failed: {errors.decode()[-2000:]}")
    return {"wall_s": time.monotonic() - began, "cpu_s": used.ru_utime + used.ru_stime, "rss_mb": used.ru_maxrss / 1024}


COLUMNS = [("what", lambda row: row["what"]), ("wall s", lambda row: f"{row['wall_s']:.2f}"),
           ("CPU s", lambda row: f"{row['cpu_s']:.2f}"), ("RSS MB", lambda row: f"{row['rss_mb']:.0f}")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pinflow", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], help="a setting for pinflow")
    parser.add_argument("bucket", type=pathlib.Path)
    chosen = parser.parse_args()
    found = {"pinflow": [], "DuckDB from Python": []}
    for _ in range(chosen.rounds):
        place = pathlib.Path(tempfile.mkdtemp(dir=chosen.bucket.parent, prefix="batch-bench-"))
        settings = [word for setting in chosen.set for word in ("--set", setting)]
        found["pinflow"].append(measure([chosen.pinflow, "--data-dir", str(place / "data"), *settings, "batch", "run",
                                         "--objects", str(chosen.bucket)]))
        found["DuckDB from Python"].append(measure([chosen.python, str(pathlib.Path(__file__).with_name("batch_peer.py")),
                                                    str(PIPELINE), str(chosen.bucket), str(place / "peer")]))
        shutil.rmtree(place)
    print_table(f"batch: {chosen.bucket}", COLUMNS, [{"what": what, **{name: statistics.median(row[name] for row in rows) for name in rows[0]}}
                                                    for what, rows in found.items()])
    print(f"medians of {chosen.rounds}; load average {load_average():.2f}")


if __name__ == "__main__":
    main()
