#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""./dev bench: each figure beside a peer or a floor of the same run. README.md says how to read them."""
import argparse
import json
import pathlib
import shutil
import sys
import tempfile

import machine
from matrix import log_bench, measure_log, measure_slow_disks
from memory_bench import measure_memory
from post_bench import measure_post
from restart_bench import measure_restart

PARTS = ("log", "disk", "post", "restart", "memory")


def options():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("suite", nargs="?", choices=["log"], default="log", help="what to measure [log]")
    parser.add_argument("--quick", action="store_true", help="to see that it works: short runs, once")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--json", metavar="FILE", help="write every figure there too")
    parser.add_argument("--directory", default=str(machine.ROOT / "build/bench-data"), help="the disk to measure")
    parser.add_argument("--pinflow", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--log-bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--nginx", default="nginx", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    chosen.only = chosen.only.split(",")
    if unknown := set(chosen.only) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return chosen


def measure(chosen, directory, results):
    program, cell, quick = chosen.pinflow, chosen.log_bench, chosen.quick
    parts = {"log": lambda: measure_log(cell, directory, quick),
             "disk": lambda: measure_slow_disks(cell, directory, quick),
             "post": lambda: measure_post(program, chosen.nginx, directory, quick),
             "restart": lambda: measure_restart(program, cell, directory, quick),
             "memory": lambda: measure_memory(program, directory, quick)}
    for name in PARTS:
        if name not in chosen.only:
            continue
        machine.say(f"{name}:")
        machine.warn_if_busy()
        floor = log_bench(cell, directory, floor="yes")
        # A part that fails has no figures; the others still have theirs.
        try:
            results[name] = {"load_average": machine.load_average(), "floor_before": floor, "rows": parts[name]()}
        except (RuntimeError, OSError) as error:
            machine.say(f"FAILED: {name}: {error}")
            results[name] = {"failed": str(error)}
            continue
        results[name]["floor_after"] = floor = log_bench(cell, directory, floor="yes")
        print(f"  disk before and after: {results[name]['floor_before']['floor_per_s']:,} and "
              f"{floor['floor_per_s']:,} barriers/s; load average before: {results[name]['load_average']:.2f}")


def main():
    chosen = options()
    place = pathlib.Path(chosen.directory).resolve()
    place.mkdir(parents=True, exist_ok=True)
    machine.warn_if_in_memory(place)
    about = machine.describe(place)
    print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in about.items()) +
          (" -- QUICK: to see that it works, not figures" if chosen.quick else ""))
    results = {"machine": about, "quick": chosen.quick}
    directory = pathlib.Path(tempfile.mkdtemp(dir=place, prefix="run-"))
    try:
        measure(chosen, directory, results)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        if chosen.json:
            pathlib.Path(chosen.json).write_text(json.dumps(results, indent=1) + "\n")
    return 1 if any("failed" in part for part in results.values() if isinstance(part, dict)) else 0


if __name__ == "__main__":
    sys.exit(main())
