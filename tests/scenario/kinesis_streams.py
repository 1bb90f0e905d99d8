# SPDX-License-Identifier: Apache-2.0
"""Streams in a foreign Kinesis: the port's contract, and the stream job while shards are split and servers die."""
import os
import pathlib
import shlex
import subprocess

from house import Skip, program
from kinesis_server import Kinesalite


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
