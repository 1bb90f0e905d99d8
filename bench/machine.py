# SPDX-License-Identifier: Apache-2.0
"""Where a figure was measured, and whether it can be believed."""
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOAD_MAX = 0.5
MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs"}


def say(text):
    print(text, file=sys.stderr, flush=True)


def load_average():
    return os.getloadavg()[0]


def file_system_of(directory):
    done = subprocess.run(["df", "--output=fstype", directory], capture_output=True, text=True)
    return done.stdout.split()[-1] if done.stdout else "unknown"


def commit():
    done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def describe(directory):
    models = [line for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {"commit": commit(), "kernel": platform.release(), "cores": len(os.sched_getaffinity(0)),
            "cpu": models[0].split(":")[1].strip() if models else platform.machine(),
            "file_system": file_system_of(directory), "load_average": load_average()}


def wait_until_quiet(seconds_max):
    """The load of the build and of the part before dies away within two minutes; another's does not. Says so then."""
    end = time.monotonic() + seconds_max
    while load_average() > LOAD_MAX and time.monotonic() < end:
        time.sleep(1)
    load = load_average()
    if load > LOAD_MAX:
        say(f"WARNING: the load average is {load:.2f}, more than {LOAD_MAX}: the machine is busy and the figures are "
            "wrong, barriers by up to 30 times")


def warn_if_in_memory(directory):
    if file_system_of(directory) in MEMORY_FILE_SYSTEMS:
        say(f"WARNING: {directory} is in memory: fdatasync costs nothing there; choose another --directory")


def room_for(needed_bytes, directory, what):
    """Whether the disk has it, with a fifth of itself to spare; says so when not."""
    usage = shutil.disk_usage(directory)
    if usage.free - usage.total / 10 >= needed_bytes:
        return True
    say(f"skipped: {what} needs {needed_bytes / 1e9:.1f} GB of disk beside a tenth kept free; "
        f"{usage.free / 1e9:.1f} GB are free")
    return False


def print_table(title, columns, rows):
    """`columns`: (heading, function of a row -> text)."""
    cells = [[heading for heading, _ in columns]] + [[text(row) for _, text in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    print(f"\n{title}")
    for line in cells:
        print("  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths)))
    sys.stdout.flush()
