# SPDX-License-Identifier: Apache-2.0
"""Services that go away, throttle, fall silent or answer in part while the server runs, and come back."""
import concurrent.futures
import functools
import json
import os
import re
import time

from fault_proxy import FaultProxy
from house import Server, folder, http, post_record, put_record, run, run_json, wait_for
from s3_server import ACCESS, BUCKET, SECRET, client
from s3_store import moto

PINS = 30


class Valve:
    """Between the server and a service: `fault` is what becomes of each request; None: nothing."""

    fault = None

    def __init__(self, port, **options):
        self.proxy = FaultProxy(port, lambda _number, _line: self.fault, http=True, **options)

    @property
    def address(self):
        return f"127.0.0.1:{self.proxy.port}"


def alive(server):
    """How long the page's address takes, at most, to say that it lives."""
    began = time.monotonic()
    assert server.process.poll() is None, server.log_text()[-2000:]
    assert http("GET", server.url("/livez", "admin"))[0] == 200
    return time.monotonic() - began


def status(server):
    return http("GET", server.url("/api/v1/status", "admin"))[2]


def problems(server):
    return " ".join(f"{problem['station']}: {problem['text']}" for problem in status(server)["problems"])


def post(server, indexes):
    for index in indexes:
        code, _, answer = post_record(server, "demo.pin", {"index": index, "title": f"pin {index}"})
        assert code == 200, answer
        code, _, answer = put_record(server, "streaming-demo-pin", {"index": index, "title": f"pin {index}"})
        assert code == 200, answer


def sunk(s3, prefix):
    """index: how often it is in an object."""
    found = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{prefix}/objects/topics/"):
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read().decode()
            for line in body.splitlines():
                index = json.loads(line)["index"]
                found[index] = found.get(index, 0) + 1
    return found


def rows(server):
    return next((table["rows"] for table in status(server)["tables"] if table["name"] == "demo_pin_table"), 0)


def await_told(server, fault, *words):
    """Until the page tells of the sink and the stream job what is wrong; its address answers all the while."""
    slowest, text = 0, ""

    def is_told():
        nonlocal slowest, text
        slowest = max(slowest, alive(server))
        text = problems(server)
        return all(re.search(word, text) for word in ("sink: ", "stream: ", *words))

    try:
        wait_for(is_told)
    except AssertionError:
        raise AssertionError(f"{fault}: {text}\n{server.log_text()[-1500:]}") from None
    assert slowest < 2, f"{fault}: the page's address was mute for {slowest:.1f} s"


def store_in_trouble(fault):
    valve = Valve(moto().port)
    s3 = client(moto().endpoint)
    sets = [f"objects.url=s3://{BUCKET}/{fault}/objects", f"tables.url=s3://{BUCKET}/{fault}/tables",
            f"s3.endpoint=http://{valve.address}", "sink.rotate.schedule.interval.ms=100", "stream.commit.interval=100ms",
            "threads.reactors=1", "log_level=debug"]
    env = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}
    with folder() as scratch, Server(scratch / "d", *sets, env=env) as server:
        post(server, range(PINS))
        wait_for(lambda: len(sunk(s3, fault)) == PINS and rows(server) == PINS)
        wait_for(lambda: not problems(server))
        valve.fault = fault
        post(server, range(PINS, 2 * PINS))
        await_told(server, fault, valve.address, r"s3\.endpoint|fewer requests")
        shown = run("status", "--data-dir", scratch / "d").stdout
        assert valve.address in shown, shown
        valve.fault = None
        post(server, range(2 * PINS, 3 * PINS))
        wait_for(lambda: rows(server) == 3 * PINS and len(sunk(s3, fault)) == 3 * PINS and not problems(server))
        assert set(sunk(s3, fault).values()) == {1}, "each once"
        ledger = status(server)["ledger"]["stream"]["demo_pin_table"]
        assert ledger["read"] == ledger["written"] == 3 * PINS, ledger
        server.stop()
    return fault


def kinesis_in_trouble(fault):
    """What was acknowledged is in the table; what was refused is not, or once if its answer was lost on the way."""
    valve = Valve(moto().port)
    sets = [f"kinesis.endpoint=http://{valve.address}", f"user={fault.replace('_', '')}", "stream.commit.interval=100ms",
            "threads.reactors=1", "log_level=debug"]
    stream, table = f"streaming-{fault.replace('_', '')}-pin", f"{fault.replace('_', '')}_pin_table"
    accepted = []

    def put(server, indexes):
        for index in indexes:
            code, _, answer = put_record(server, stream, {"index": index, "title": f"pin {index}"})
            if code == 200:
                accepted.append(index)
            else:
                assert valve.address in str(answer), (code, answer)

    def rows_now(server):
        return next((one["rows"] for one in status(server)["tables"] if one["name"] == table), 0)

    env = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
    with folder() as scratch, Server(scratch / "d", *sets, env=env) as server:
        put(server, range(PINS))
        wait_for(lambda: rows_now(server) == PINS)
        valve.fault = fault
        with concurrent.futures.ThreadPoolExecutor() as pool:
            during = pool.submit(put, server, [PINS])
            wait_for(lambda: re.search(rf"stream: .*{valve.address}", problems(server)) and alive(server) < 2)
            during.result()
        assert valve.address in run("status", "--data-dir", scratch / "d").stdout
        valve.fault = None
        put(server, range(PINS + 1, 2 * PINS))
        wait_for(lambda: rows_now(server) >= len(accepted) and not problems(server))
        server.stop()
        counted = run_json("sql", f"select ind, count(*) as n from {table} group by ind order by ind", "--data-dir", scratch / "d",
                           "--set", f"user={fault.replace('_', '')}")
    found = {row["ind"]: row["n"] for row in counted}
    assert set(accepted) <= set(found) <= set(range(2 * PINS)), (accepted, found)
    assert all(found[index] == 1 for index in accepted), found
    return fault


STORE_FAULTS = ["slow_down", "swallow", "truncate"] + (["refuse", "fail_after"] if os.environ["REAL"] else [])
KINESIS_FAULTS = ["refuse", "truncate"] + (["slow_down", "swallow"] if os.environ["REAL"] else [])


@functools.cache
def trials():
    """All side by side, for they mostly wait: {scenario's subject: its outcomes}."""
    moto()
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=len(STORE_FAULTS) + len(KINESIS_FAULTS))
    return {"store": [pool.submit(store_in_trouble, fault) for fault in STORE_FAULTS],
            "kinesis": [pool.submit(kinesis_in_trouble, fault) for fault in KINESIS_FAULTS]}


def scenario_a_store_in_trouble_costs_nothing_and_the_page_says_what_is_wrong():
    assert [one.result() for one in trials()["store"]] == STORE_FAULTS


def scenario_a_kinesis_in_trouble_costs_nothing_that_it_accepted():
    assert [one.result() for one in trials()["kinesis"]] == KINESIS_FAULTS
