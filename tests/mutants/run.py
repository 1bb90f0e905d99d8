#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the event log on purpose, one thing at a time, and expects its tests to fail.

run.py [--only TEXT] [--list]
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mutations import MUTATIONS  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACE = ROOT / "build" / "mutants"
TREE = PLACE / "tree"
BUILD = PLACE / "build"
TEST = BUILD / "src" / "eventlog" / "eventlog_test"
TEST_SECONDS_MAX = 180
LOG_LINES_SHOWN = 40


def copy_tree():
    """The files as they are now, less the ignored ones; only what differs is written, so that little is built anew."""
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True)
    wanted = {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()}
    for path in [p for p in TREE.rglob("*") if p.is_file()]:
        if str(path.relative_to(TREE)) not in wanted and "third_party" not in path.parts:
            path.unlink()
    for name in wanted:
        source, target = ROOT / name, TREE / name
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def must(command, **more):
    done = run(command, **more)
    if done.returncode != 0:
        print("\n".join(done.stdout.splitlines()[-LOG_LINES_SHOWN:]), file=sys.stderr)
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}")


def configure():
    launcher = []
    if shutil.which("ccache"):
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=env;CCACHE_SLOPPINESS=pch_defines,time_macros;ccache"]
    must(["cmake", "--preset", "release", "-B", str(BUILD), "-DPINFLOW_TESTS=ON", *launcher], cwd=TREE)


def build():
    return run(["ninja", "-C", str(BUILD), "-j2", "eventlog_test"])


def test(selection):
    """None if all pass; else what failed first."""
    try:
        done = run([str(TEST), f"--gtest_filter={selection}", "--gtest_break_on_failure=0"],
                   timeout=TEST_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return "hung"
    if "Running 0 tests" in done.stdout:
        sys.exit(f"no test matches {selection}")
    if done.returncode == 0:
        return None
    failed = [line for line in done.stdout.splitlines() if "[  FAILED  ]" in line]
    begun = [line for line in done.stdout.splitlines() if "[ RUN      ]" in line]
    return (failed or begun or ["?"])[0 if failed else -1].split("] ", 1)[-1].split(" (")[0]


def mutate(path, old, new):
    text = path.read_text()
    if text.count(old) != 1:
        sys.exit(f"{path.name}: the text stands {text.count(old)} times in it, not once:\n{old}")
    path.write_text(text.replace(old, new))
    return text


def try_one(name, old, new, selection):
    path = TREE / "src" / "eventlog" / name
    whole = mutate(path, old, new)
    try:
        built = build()
        if built.returncode != 0:
            print("\n".join(built.stdout.splitlines()[-LOG_LINES_SHOWN:]), file=sys.stderr)
            return "does not build", ""
        failed = test(selection)
        return ("killed", failed) if failed else ("SURVIVED", "")
    finally:
        path.write_text(whole)


def check_all_texts(chosen):
    for _, name, old, _, _ in chosen:
        path = ROOT / "src" / "eventlog" / name
        if path.read_text().count(old) != 1:
            sys.exit(f"{name}: not exactly once in it:\n{old}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="those whose description has this text")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    chosen = [m for m in MUTATIONS if arguments.only in m[0]]
    check_all_texts(chosen)
    if arguments.list:
        print("\n".join(m[0] for m in chosen))
        return
    started = time.monotonic()
    copy_tree()
    configure()
    must(["ninja", "-C", str(BUILD), "eventlog_test"])
    for selection in sorted({m[4] for m in chosen}):
        failed = test(selection)
        if failed:
            sys.exit(f"unbroken, {failed} fails: nothing can be shown")
    bad = 0
    for what, name, old, new, selection in chosen:
        begun = time.monotonic()
        result, by = try_one(name, old, new, selection)
        bad += result != "killed"
        print(f"{what:62} {result:14} {time.monotonic() - begun:5.0f}s  {by}", flush=True)
    print(f"{len(chosen)} broken, {bad} not seen, {time.monotonic() - started:.0f} s")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
