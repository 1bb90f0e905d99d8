# SPDX-License-Identifier: Apache-2.0
"""Streams in a foreign Kinesis: the port's contract, and the stream job while shards are split and servers die."""
import os
import pathlib
import shlex
import subprocess

from house import Server, Skip, folder, http, program, put_record, run, run_json, wait_for
from kinesis_server import ACCESS_KEY, SECRET_KEY, Kinesalite


def needs_real():
    if not os.environ["REAL"]:
        raise Skip("needs --real")


def run_tests(tests, **env):
    """The C++ tests of remote/kinesis that want a server; none may be missing."""
    binary = pathlib.Path(program()).parents[1] / "remote/kinesis/remote_kinesis_test"
    if not binary.exists():
        raise Skip(f"{binary.name} is not built")
    done = subprocess.run([binary, f"--gtest_filter={tests}"], capture_output=True, text=True, timeout=240,
                          env={**os.environ, **env})
    assert done.returncode == 0 and "[  PASSED  ] 0 tests" not in done.stdout, done.stdout[-4000:] + done.stderr[-2000:]
    assert "SKIPPED" not in done.stdout, done.stdout[-2000:]


def scenario_the_contract_of_streams_holds_over_a_foreign_kinesis():
    needs_real()
    server = Kinesalite()
    try:
        run_tests("*ShardStreamContract*", PINFLOW_TEST_KINESIS=server.url)
    finally:
        server.remove()


def scenario_splits_and_merges_of_foreign_shards_in_mid_read_lose_and_double_nothing():
    needs_real()
    server = Kinesalite()
    try:
        run_tests("*JobOverReshards*", PINFLOW_TEST_KINESIS=server.url)
    finally:
        server.remove()


def scenario_a_foreign_kinesis_that_is_killed_and_started_is_gone_on_with():
    needs_real()
    server = Kinesalite()
    try:
        server.kill()  # the test starts it, and kills it, by itself
        run_tests("*JobOverDyingServer*", PINFLOW_TEST_KINESIS=server.url,
                  PINFLOW_TEST_KINESIS_COMMAND=shlex.join(map(str, server.command)))
    finally:
        server.remove()


STREAM = "streaming-a-pin"
ACCOUNT = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}


def put_pins(server, indexes):
    """By the gateway, each of one of ten keys; what is accepted is stored."""
    for index in indexes:
        status, _, answer = put_record(server, STREAM, {"index": index, "title": f"pin {index}"}, key=f"key {index % 10}")
        assert status == 200, answer


def rows(server):
    tables = http("GET", server.url("/api/v1/status", "admin"))[2]["tables"]
    return next((table["rows"] for table in tables if table["name"] == "a_pin_table"), 0)


def scenario_pins_go_by_a_foreign_kinesis_into_the_table_each_once():
    needs_real()
    kinesis = Kinesalite()
    settings = (f"kinesis.endpoint={kinesis.url}", "stream.commit.interval=50ms")
    try:
        with folder() as scratch:
            with Server(scratch / "d", *settings, env=ACCOUNT) as server:
                put_pins(server, range(40))  # the first one makes the stream
                kinesis.split(STREAM, kinesis.open_shards(STREAM)[0])
                put_pins(server, range(40, 80))
                wait_for(lambda: rows(server) == 80)
                kinesis.merge(STREAM, *sorted(kinesis.open_shards(STREAM),
                                              key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))[:2])
                put_pins(server, range(80, 100))
                server.kill()
            with Server(scratch / "d", *settings, env=ACCOUNT) as server:
                put_pins(server, range(100, 120))
                wait_for(lambda: rows(server) == 120)
                server.stop()
            counted = run_json("sql", "select count(*) as n, count(distinct ind) as inds from a_pin_table",
                               "--data-dir", scratch / "d")
            assert counted == [{"n": 120, "inds": 120}], counted
            log = (scratch / "d.log").read_text()
            assert SECRET_KEY not in log, log
    finally:
        kinesis.remove()


def scenario_a_check_says_what_is_wrong_with_a_foreign_kinesis():
    needs_real()
    kinesis = Kinesalite()
    try:
        with folder() as scratch:
            def check(code, env=ACCOUNT):
                done = run("check", "--connect", "--set", f"kinesis.endpoint={kinesis.url}", "--data-dir", scratch / "d",
                           env=env, code=code)
                assert SECRET_KEY not in done.stdout + done.stderr
                return done.stdout + done.stderr

            assert "streaming-demo-pin" in check(69), "the stream is not there yet"
            for kind in ("pin", "geo", "user"):
                kinesis.call("CreateStream", StreamName=f"streaming-demo-{kind}", ShardCount=1)
                kinesis.await_active(f"streaming-demo-{kind}")
            assert kinesis.url in check(0)
            kinesis.kill()
            assert kinesis.url.removeprefix("http://") in check(69)
    finally:
        kinesis.remove()
