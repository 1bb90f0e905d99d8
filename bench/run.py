#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""./dev bench: each figure beside a peer or a floor of the same run. README.md says how to read them."""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import machine
from batch_bench import measure_batch
from fresh_bench import measure_fresh
from graph_bench import measure_graph
from kafka_bench import measure_kafka
from matrix import DRIFT_MAX, log_bench, measure_log, measure_slow_disks
from memory_bench import measure_memory
from post_bench import measure_post
from real_services import Skip
from restart_bench import measure_restart
from sink_s3_bench import measure_sink_s3
from spark_engine_bench import measure_spark_engine
from start_bench import measure_start

QUIET_WAIT_SECONDS_MAX = 150

# name -> what measures it, of (chosen options, a directory of its own); the order of the report.
PARTS = {
    "start": lambda chosen, place: measure_start(chosen.pinflow, chosen.nginx, place, chosen.quick),
    "post": lambda chosen, place: measure_post(chosen.pinflow, chosen.nginx, place, chosen.quick),
    "batch": lambda chosen, place: measure_batch(chosen.pinflow, chosen.python, place, chosen.quick, chosen.real),
    "fresh": lambda chosen, place: measure_fresh(chosen.pinflow, chosen.log_bench, place, chosen.quick),
    "graph": lambda chosen, place: measure_graph(chosen.graph_bench, place, chosen.quick),
    "log": lambda chosen, place: measure_log(chosen.log_bench, place, chosen.quick),
    "disk": lambda chosen, place: measure_slow_disks(chosen.log_bench, place, chosen.quick),
    "restart": lambda chosen, place: measure_restart(chosen.pinflow, chosen.log_bench, place, chosen.quick),
    "memory": lambda chosen, place: measure_memory(chosen.pinflow, place, chosen.quick),
    "kafka": lambda chosen, place: measure_kafka(chosen.pinflow, place, chosen.quick),
    "sink_s3": lambda chosen, place: measure_sink_s3(chosen.pinflow, chosen.s3_bench, place, chosen.quick),
    "spark": lambda chosen, place: measure_spark_engine(chosen.pinflow, place, chosen.quick),
}
# The table of the design's budget, the event log by itself, and the stations on real services.
SUITES = {"table": ("start", "post", "batch", "fresh", "graph", "restart"),
          "log": ("log", "disk", "post", "restart", "memory"),
          "outgrow": ("kafka", "sink_s3", "spark")}


def options():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("suite", nargs="?", choices=list(SUITES), default="table", help="what to measure [table]")
    parser.add_argument("--quick", action="store_true", help="to see that it works: short runs, once")
    parser.add_argument("--real", action="store_true", help="beside PySpark too (minutes; needs Java)")
    parser.add_argument("--only", help=f"some of {','.join(PARTS)} [the suite's]")
    parser.add_argument("--json", metavar="FILE", help="write every figure there too")
    parser.add_argument("--directory", default=str(machine.ROOT / "build/bench-data"), help="the disk to measure")
    parser.add_argument("--pinflow", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--log-bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--graph-bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--s3-bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--python", default=sys.executable, help=argparse.SUPPRESS)
    parser.add_argument("--nginx", default="nginx", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    chosen.only = chosen.only.split(",") if chosen.only else list(SUITES[chosen.suite])
    if unknown := set(chosen.only) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return chosen


def measure(chosen, place, results):
    """A part that fails has no figures; the others still have theirs."""
    for name in (name for name in PARTS if name in chosen.only):
        machine.say(f"{name}:")
        machine.wait_until_quiet(0 if chosen.quick else QUIET_WAIT_SECONDS_MAX)
        directory = pathlib.Path(tempfile.mkdtemp(dir=place, prefix=f"{name}-"))
        try:
            part = {"load_average": machine.load_average(),
                    "floor_before": log_bench(chosen.log_bench, directory, floor="yes"),
                    "rows": PARTS[name](chosen, directory),
                    "floor_after": log_bench(chosen.log_bench, directory, floor="yes")}
            say_of_disk(part)
        except Skip as why:
            machine.say(f"skipped: {name}: {why}")
            part = {"skipped": str(why)}
        except (RuntimeError, OSError, AssertionError, subprocess.TimeoutExpired) as error:
            machine.say(f"FAILED: {name}: {error}")
            part = {"failed": str(error)}
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        results[name] = part


def say_of_disk(part):
    before, after = (part[name]["floor_per_s"] for name in ("floor_before", "floor_after"))
    print(f"  disk before and after: {before:,} and {after:,} barriers/s; "
          f"load average before: {part['load_average']:.2f}")
    if max(before, after) > min(before, after) * (1 + DRIFT_MAX):
        print(f"  the disk moved by more than {DRIFT_MAX:.0%} meanwhile: not for quoting, repeat on a quiet machine")


def main():
    chosen = options()
    place = pathlib.Path(chosen.directory).resolve()
    place.mkdir(parents=True, exist_ok=True)
    machine.warn_if_in_memory(place)
    about = machine.describe(place)
    print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in about.items()) +
          (" -- QUICK: to see that it works, not figures" if chosen.quick else ""))
    results = {"machine": about, "quick": chosen.quick}
    try:
        measure(chosen, place, results)
    finally:
        if chosen.json:
            pathlib.Path(chosen.json).write_text(json.dumps(results, indent=1) + "\n")
    return 1 if any("failed" in part for part in results.values() if isinstance(part, dict)) else 0


if __name__ == "__main__":
    sys.exit(main())
