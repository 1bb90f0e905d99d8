# SPDX-License-Identifier: Apache-2.0
"""The sink from the log to an S3 store, beside the same sink into a folder, and beside the store's own limit: objects of
the same size, put by our client alone and by boto3."""
import contextlib
import http.client
import json
import os
import statistics
import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from machine import print_table, room_for, say
from real_services import BUCKET, VersityGw, s3_client
from servers import NO_TOPIC, Pinflow, cpu_seconds

TOPICS = ("bench0", "bench1", "bench2")  # one partition each, as the course's three
RECORDS_A_POST = 100
RECORD = {"index": 7528, "title": "No Title Data Available", "description": "d" * 560, "follower_count": "User Info Error"}
LINE = json.dumps(RECORD, separators=(",", ":")) + "\n"
CLIENT_THREADS = 8
DRAIN_SECONDS_MAX = 600
QUICK_LOADS = [(1000, 15_000), (1, 300)]  # records in an object, records in all
LOADS = [(1000, 300_000), (1, 6_000)]


def fill(server, records):
    connection = http.client.HTTPConnection(server.addresses["gateway"], timeout=60)
    body = json.dumps({"records": [{"value": RECORD}] * RECORDS_A_POST})
    for post in range(records // RECORDS_A_POST):
        connection.request("POST", f"/topics/{TOPICS[post % len(TOPICS)]}", body,
                           {"Content-Type": "application/vnd.kafka.json.v2+json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"POST: {answer.status} {text[:300]}")
    connection.close()


def counted(server, name):
    """The sum of one of /metrics' figures over its labels."""
    lines = server.ask("GET", "/metrics", door="admin").splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


def drain(what, program, place, records, sets):
    """From the server's start until all that the log holds is in objects."""
    with Pinflow(program, place, sets) as server:
        while (done := counted(server, "pinflow_sink_records_total")) < records:
            if time.monotonic() > server.started + DRAIN_SECONDS_MAX:
                raise RuntimeError(f"{what}: {done:,.0f} of {records:,} records: {server.log_text()[-800:]}")
            time.sleep(0.01)
        row = {"what": what, "seconds": time.monotonic() - server.started, "cpu_s": cpu_seconds(server.pid),
               "objects": counted(server, "pinflow_sink_objects_total"), "bytes": counted(server, "pinflow_sink_bytes_total")}
        server.stop()
    if row["bytes"] != records * len(LINE):
        raise RuntimeError(f"{what}: {row['bytes']:,} bytes in objects, not {records * len(LINE):,}")
    return row


def client_alone(s3_bench, store, size, count):
    done = subprocess.run([str(s3_bench), store.endpoint, BUCKET, str(size), str(count), str(CLIENT_THREADS)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"s3_bench: {done.stderr[-500:]}")
    put = next(one for one in map(json.loads, done.stdout.splitlines()) if one["what"] == "put")
    return {"what": f"our client alone, {CLIENT_THREADS} at a time", "seconds": count / put["objects_per_s"],
            "cpu_s": put["cpu_s"], "objects": count, "bytes": size * count}


def boto3_alone(store, size, count):
    from botocore.config import Config
    s3 = s3_client(store.endpoint, config=Config(max_pool_connections=CLIENT_THREADS))
    body, prefix = b"x" * size, uuid.uuid4()
    before, started = time.process_time(), time.monotonic()
    with ThreadPoolExecutor(CLIENT_THREADS) as pool:
        list(pool.map(lambda n: s3.put_object(Bucket=BUCKET, Key=f"{prefix}/{n}", Body=body, IfNoneMatch="*"), range(count)))
    return {"what": f"boto3 alone, {CLIENT_THREADS} at a time", "seconds": time.monotonic() - started,
            "cpu_s": time.process_time() - before, "objects": count, "bytes": size * count}


@contextlib.contextmanager
def account_of(store):
    """Where AWS's own tools, and our program, look for it."""
    os.environ.update(store.environment())
    try:
        yield
    finally:
        for name in store.environment():
            del os.environ[name]


def one_round(program, s3_bench, directory, records, an_object):
    """All four, one after the other, on one store and copies of one log."""
    sets = [f"sink.flush.size={an_object}", "sink.rotate.schedule.interval.ms=0"]
    rows = []
    with VersityGw() as store, account_of(store):
        for what, objects in (("sink to a folder", []),
                              ("sink to S3", [f"objects.url=s3://{BUCKET}/raw", f"s3.endpoint={store.endpoint}",
                                              "s3.region=us-east-1"])):
            place = directory / what.replace(" ", "-")
            with Pinflow(program, place, [NO_TOPIC, *objects]) as server:
                fill(server, records)
                server.stop()
            rows.append(drain(what, program, place, records, [*sets, *objects]))
        size, count = an_object * len(LINE), records // an_object
        rows.append(client_alone(s3_bench, store, size, count))
        rows.append(boto3_alone(store, size, count))
    return [row | {"an_object": an_object} for row in rows]


def summary(runs):
    row = dict(runs[0])
    for name in ("seconds", "cpu_s"):
        row[name] = statistics.median(run[name] for run in runs)
    return row | {"range": [min(run["seconds"] for run in runs), max(run["seconds"] for run in runs)]}


COLUMNS = [
    ("", lambda r: r["what"]),
    ("records an object", lambda r: f"{r['an_object']:,}"),
    ("objects", lambda r: f"{r['objects']:,.0f}"),
    ("s", lambda r: f"{r['seconds']:.2f}"),
    ("range", lambda r: f"{r['range'][0]:.2f}-{r['range'][1]:.2f}"),
    ("MB/s", lambda r: f"{r['bytes'] / 1e6 / r['seconds']:,.1f}"),
    ("objects/s", lambda r: f"{r['objects'] / r['seconds']:,.0f}"),
    ("CPU s", lambda r: f"{r['cpu_s']:.2f}"),
]


def measure_sink_s3(program, s3_bench, directory, quick):
    loads, rounds = (QUICK_LOADS, 1) if quick else (LOADS, 3)
    if not room_for(8 * max(records for _, records in loads) * len(LINE), directory, "the sink's objects"):
        return None
    runs = {}
    for number in range(rounds):
        for an_object, records in loads:
            say(f"  round {number + 1} of {rounds}: {records:,} records, {an_object:,} an object")
            for row in one_round(program, s3_bench, directory / f"{number}-{an_object}", records, an_object):
                runs.setdefault((an_object, row["what"]), []).append(row)
    rows = [summary(of_one) for of_one in runs.values()]
    print_table("sink: from the server's start until the log's three topics are in objects", COLUMNS, rows)
    print("  the store is versitygw over a folder of this disk; it, the sink and the clients share the cores: this says "
          "what\n  we cost, and nothing of S3; CPU is of the process named, alone")
    return rows
