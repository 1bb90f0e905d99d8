# SPDX-License-Identifier: Apache-2.0
"""The object store over real S3 servers, straight and through a proxy that breaks things: nothing is lost or doubled."""
import atexit
import contextlib
import functools
import os
import pathlib
import subprocess

from fault_proxy import HTTP_FAULTS, FaultProxy, some_of
from house import Skip, folder, program
from mariadb_server import certificates
from s3_server import BUCKET, Moto, VersityGw, client

# Moto looks whether an object is there and then completes an upload: two of its threads may both win.
NOT_MOTO = "-*uploads_in_parts_have_one_winner*"


@functools.cache
def moto():
    server = Moto()
    atexit.register(server.remove)
    return server


@functools.cache
def versitygw():
    server = VersityGw()
    atexit.register(server.remove)
    return server


def unit_tests(folder, name, url, only="*", repeat=1, seconds=400, env=None):
    """Runs a folder's test program over the server; fails where it fails, or had nothing to run."""
    path = pathlib.Path(program()).parents[2] / "src" / folder / name
    if not path.exists():
        raise Skip(f"{name} is not built")
    done = subprocess.run([path, f"--gtest_filter={only}", f"--gtest_repeat={repeat}"], capture_output=True, text=True, timeout=seconds,
                          env={**os.environ, "PINFLOW_TEST_S3": url, **(env or {})})
    log = done.stdout + done.stderr
    failures = [line for line in log.splitlines() if "FAILED" in line or "Failure" in line]
    assert done.returncode == 0, "\n".join(failures[:20]) + log[-1500:]
    assert "[  PASSED  ] 0 tests" not in log and "names no server" not in log, log[-1500:]


def store_tests(url, only="S3StoreTest.*:S3/*", **options):
    unit_tests("remote/s3", "remote_s3_test", url, only, **options)


@contextlib.contextmanager
def faults(server, share, seed, **options):
    # Moto takes a body that is not the one that was signed.
    kinds = [kind for kind in HTTP_FAULTS if kind != "flip_request" or not isinstance(server, Moto)]
    with FaultProxy(server.port, some_of(share, kinds, seed), http=True, **options) as proxy:
        yield proxy
    assert len(proxy.faults) == len(kinds), proxy.faults


def scenario_the_contract_holds_over_moto():
    store_tests(moto().test_url(), f"S3StoreTest.*:S3/*:{NOT_MOTO}")


def scenario_the_contract_holds_over_versitygw():
    store_tests(versitygw().test_url())


def scenario_the_contract_holds_over_moto_when_one_request_in_five_goes_wrong():
    with faults(moto(), 0.2, seed=5) as proxy:  # without what is many requests, or has a scenario of its own
        store_tests(moto().test_url(proxy.port), f"S3StoreTest.*:S3/*:{NOT_MOTO}:*more_keys*:*rivals_build*")


def scenario_a_server_with_tls_is_trusted_by_the_ca_file():
    with folder() as scratch, Moto(certificates(scratch, "127.0.0.1")) as server:
        store_tests(server.test_url(), "S3StoreTest.a_server_is_trusted*",
                    env={"PINFLOW_TEST_S3_CA": server.authority})


def scenario_bytes_changed_on_the_way_are_never_taken_for_the_object():
    chance = some_of(0.25, ["flip_answer"], seed=4)
    with FaultProxy(moto().port, lambda n, line: chance(n, line) if line.startswith("GET") else None, http=True) as proxy:
        store_tests(moto().test_url(proxy.port), "S3/*what_is_put_is_got*", repeat=8)
    assert proxy.faults["flip_answer"], proxy.faults


def scenario_the_contract_holds_over_versitygw_when_one_request_in_eight_goes_wrong():
    with faults(versitygw(), 0.12, seed=2) as proxy:
        store_tests(versitygw().test_url(proxy.port))


def log_of_rivals(server, share, **options):
    with faults(server, share, seed=3, **options) as proxy:
        store_tests(server.test_url(proxy.port, timeout_ms=1_000), "S3StoreTest.rivals_build_a_log*")
    return proxy


def scenario_rivals_lose_and_double_no_commit_when_one_answer_in_four_is_lost():
    # A delayed answer is over the client's time: the request has been acted on.
    log_of_rivals(moto(), 0.25, delay=1.5)


def scenario_rivals_lose_and_double_no_commit_over_versitygw():
    log_of_rivals(versitygw(), 0.25, delay=1.5)


def scenario_boto3_and_the_store_see_the_same_objects():
    s3 = client(moto().endpoint)
    names = ["a b", "a+b", "é/日本", "x&y=<z>", "u.pin+0+0000000000.json"]
    for name in names:
        s3.put_object(Bucket=BUCKET, Key="foreign/" + name, Body=name.encode())
    s3.put_object(Bucket=BUCKET, Key="foreign/folder/", Body=b"")  # as consoles make: no object of ours
    store_tests(moto().test_url(), "S3StoreTest.reads_what_another_program_put")
    kept = {item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET, Prefix="foreign/")["Contents"]}
    assert kept == {"foreign/" + name for name in [*names, "folder/", "from pinflow"]}, kept
    body = s3.get_object(Bucket=BUCKET, Key="foreign/from pinflow")["Body"].read()
    assert body == b"written by pinflow", body


# Many commits one after the other are many requests: over moto's Python they take half a minute.
SHORT = "-*a_log_of_a_thousand_commits*"


def scenario_the_lake_holds_its_promises_over_moto():
    unit_tests("lake", "lake_test", moto().test_url(), SHORT)


def scenario_the_lake_and_the_batch_hold_their_promises_over_versitygw():
    unit_tests("lake", "lake_test", versitygw().test_url())
    unit_tests("batch", "batch_test", versitygw().test_url())


def scenario_commits_to_a_table_survive_lost_answers():
    with faults(moto(), 0.1, seed=6) as proxy:
        unit_tests("lake", "lake_test", moto().test_url(proxy.port), "CommitterTest.*:DeltaTableTest.*:TableChangeTest.*:" + SHORT)


def scenario_the_sink_writes_each_record_once_over_moto_and_lost_answers():
    with faults(moto(), 0.2, seed=7) as proxy:
        unit_tests("sink", "sink_test", moto().test_url(proxy.port), "SinkOnRealPorts.*")
