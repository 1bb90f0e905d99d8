#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our S3 store beside boto3, on the same server, in turn: s3_bench.py S3_BENCH_PROGRAM (with tests/peers' Python).

The server is versitygw, over a folder on this machine's disk: both clients share the processors with it, so the
figures compare the clients and say nothing of S3.
"""
import concurrent.futures
import json
import os
import pathlib
import resource
import subprocess
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/scenario"))
os.environ["REAL"] = "1"
from s3_server import BUCKET, VersityGw, client  # noqa: E402

LOADS = [(1_000, 2_000, 8), (1 << 20, 200, 8), (8 << 20, 40, 4)]  # bytes, objects, threads


def processor_seconds(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def ours(program, server, size, count, threads):
    before = processor_seconds(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, server.endpoint, BUCKET, str(size), str(count), str(threads)], check=True,
                          capture_output=True, text=True, env={**os.environ, **server.environment()})
    used = processor_seconds(resource.RUSAGE_CHILDREN) - before
    return {line["what"]: line for line in map(json.loads, done.stdout.splitlines())}, used


def boto3s(server, size, count, threads):
    from botocore.config import Config
    s3 = client(server.endpoint, config=Config(max_pool_connections=threads))
    body, prefix, found = b"x" * size, f"boto3-{uuid.uuid4()}/", {}
    before = processor_seconds(resource.RUSAGE_SELF)
    works = {
        "put": lambda n: s3.put_object(Bucket=BUCKET, Key=f"{prefix}{n}", Body=body, IfNoneMatch="*"),
        "get": lambda n: s3.get_object(Bucket=BUCKET, Key=f"{prefix}{n}")["Body"].read(),
        "remove": lambda n: s3.delete_object(Bucket=BUCKET, Key=f"{prefix}{n}"),
    }
    for what, work in works.items():
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(count)))
        seconds = time.monotonic() - started
        found[what] = {"objects_per_s": count / seconds, "mb_per_s": size * count / 1e6 / seconds}
    return found, processor_seconds(resource.RUSAGE_SELF) - before


def main():
    with VersityGw() as server:
        for size, count, threads in LOADS:
            for name, (found, used) in (("pinflow", ours(sys.argv[1], server, size, count, threads)),
                                        ("boto3", boto3s(server, size, count, threads))):
                shown = "  ".join(f"{what} {one['objects_per_s']:8.1f}/s {one['mb_per_s']:7.1f} MB/s" for what, one in found.items())
                print(f"{size:>9} bytes x {count}, {threads} threads  {name:8} {shown}  client {used:.2f} s of processor",
                      flush=True)


if __name__ == "__main__":
    main()
