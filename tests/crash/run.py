#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing acknowledged is ever lost: crashes from outside, counted.

run.py PROGRAM [--rounds N] [--seconds S] [--seed S] [name ...]
"""
import argparse
import os
import pathlib
import random
import signal
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import faults  # noqa: E402
import points  # noqa: E402
from check import Report  # noqa: E402
from oracle import Load  # noqa: E402
from kill_rounds import kill_rounds  # noqa: E402
from power_cuts import power_cuts  # noqa: E402
from self_test import SelfTestFailed, self_test  # noqa: E402
from server import Skip  # noqa: E402

COLUMNS = "{:28} {:>7} {:>12} {:>9} {:>6} {:>8} {:>10} {:>6}  {:>9} {:>7}"
SYNC_NUMBERS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)
DIRECTORY_SYNC_NUMBERS = (1, 2, 3, 4, 5, 8, 12)
WRITE_NUMBERS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233)
SHORT_EVERY = (1, 2, 3, 7, 20)


def oracle_bites(options):
    report = Report()
    for name, names in self_test(options.seed).items():
        report.notes.append(f"{name}: seen as {', '.join(names)}")
    return report


def lying_disk(options):
    """A disk that only says that it has synced must be caught."""
    report = power_cuts("ext4", 3, options.seed, disk_lies=True)
    if not report.counts["lost-write"]:
        raise SelfTestFailed(f"the disk lied in every sync, and no lost write was seen: {report.counts}")
    caught = Report()
    caught.notes.append(f"seen: {report.counts['lost-write']} of {report.acknowledged} acknowledged records lost, as it must be")
    return caught


def several(function, values, options, **more):
    report = Report()
    for value in values:
        report.add(function(value, seed=options.seed, **more))
        if not report.is_clean():
            break
    return report


def crash_points(options):
    names = points.point_names()
    if not names:
        raise Skip("the source has no crash points")
    return points.visit_all(names, options.seed, lambda line: options.verbose and print(f"    {line}", flush=True))


def failing_syncs(options):
    report = several(lambda n, **more: faults.failing_sync("fdatasync", n, **more), SYNC_NUMBERS, options)
    report.add(several(lambda n, **more: faults.failing_sync("fsync", n, **more), DIRECTORY_SYNC_NUMBERS, options))
    return report


def no_room(options):
    dice = random.Random(options.seed)
    # A start takes a megabyte and more for the journal.
    rooms = [1, 3000, 1 << 19, *(dice.randrange(1 << 20, 3 << 20) for _ in range(max(3, options.rounds // 10)))]
    return several(faults.no_room_at_byte, rooms, options)


PARTS = {
    "oracle-bites": oracle_bites,
    "lying-disk": lying_disk,
    "kill-9": lambda o: kill_rounds(o.rounds, o.seed, o.seconds),
    "crash-points": crash_points,
    "power-cuts-ext4": lambda o: power_cuts("ext4", max(2, o.rounds // 4), o.seed, o.seconds),
    "power-cuts-xfs": lambda o: power_cuts("xfs", max(2, o.rounds // 4), o.seed, o.seconds),
    "failing-syncs": failing_syncs,
    "failing-writes": lambda o: several(faults.failing_write, WRITE_NUMBERS, o),
    "short-writes": lambda o: several(faults.short_writes, SHORT_EVERY, o),
    "no-room-at-a-byte": no_room,
    "full-disk": lambda o: faults.full_disk(max(4, o.rounds // 10), o.seed),
}


def row(name, report, seconds):
    counts = report.counts
    shown = ("lost-write", "duplicate", "reorder")
    bound = f"{3 / report.trials:.2%}" if report.trials and report.is_clean() else "-"
    return COLUMNS.format(name, report.trials, f"{report.acknowledged:,}", report.in_doubt, *(counts[n] for n in shown),
                          sum(counts.values()) - sum(counts[n] for n in shown), bound, f"{seconds:.0f} s")


def run_part(name, options):
    """(report or None when it could not run, seconds)"""
    began = time.monotonic()
    try:
        report = PARTS[name](options)
    except Skip as reason:
        print(f"  {name}: skipped: {reason}", flush=True)
        return None
    except Exception:
        report = Report()
        report.see("harness", traceback.format_exc())
    print(row(name, report, time.monotonic() - began), flush=True)
    for line in report.examples:
        print(f"    {line}")
    for note in report.notes if options.verbose or not report.is_clean() else report.notes[-1:]:
        print(f"    {note}")
    return report


def main():
    parser = argparse.ArgumentParser(prog="./dev crash", description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("names", nargs="*", help=f"parts to run: {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=200, help="of kill -9; the other parts follow in proportion")
    parser.add_argument("--seconds", type=float, default=0.6, help="the longest that a round posts")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--without-keys", action="store_true", help="no client sends an Idempotency-Key")
    parser.add_argument("--verbose", action="store_true", help="every note")
    options = parser.parse_intermixed_args()
    unknown = [name for name in options.names if not any(name in part for part in PARTS)]
    if unknown:
        parser.error(f"no part is called {unknown[0]}; there are: {', '.join(PARTS)}")
    os.environ["PINFLOW"] = str(pathlib.Path(options.program).resolve())
    Load.with_keys = not options.without_keys
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that mounts and loop devices are given back
    print(f"seed {options.seed}")
    print(COLUMNS.format("", "trials", "acknowledged", "in doubt", "lost", "doubled", "reordered", "other", "bound 3/N", ""))
    total, began = Report(), time.monotonic()
    for name in PARTS:
        if not options.names or any(wanted in name for wanted in options.names):
            if report := run_part(name, options):
                total.add(report)
    print(row("total", total, time.monotonic() - began))
    return 0 if total.is_clean() else 1


if __name__ == "__main__":
    sys.exit(main())
