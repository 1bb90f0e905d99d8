# SPDX-License-Identifier: Apache-2.0
"""A small memory.budget under more than it can hold: some are told to come again, none is lost, and memory stays."""
import json
import pathlib
import re
import threading
import time

from house import KAFKA_JSON, Server, folder, http, object_lines, run

MIB = 1 << 20
BUDGET_MIB = 24
CLIENTS = 16
POSTS_EACH = 6
VALUE_BYTES = 2 * MIB


def resident_bytes(process, field="VmHWM"):
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", text)[1]) * 1024


def post_until_taken(server, number, refusals):
    """Posts one large record as often as it takes; each refusal must be one that a client can wait on."""
    body = {"records": [{"value": {"n": number, "fill": "x" * VALUE_BYTES}}]}
    for _ in range(2_000):
        status, headers, answer = http("POST", server.url("/topics/large"), body, KAFKA_JSON)
        if status == 200:
            return
        assert status in (429, 503) and headers["Retry-After"] == "1", (status, answer)
        refusals.append(status)
        time.sleep(0.05)
    raise AssertionError(f"post {number} was never taken")


def scenario_many_large_posts_beside_a_small_budget_are_bounded_and_all_arrive():
    settings = (f"memory.budget={BUDGET_MIB}MiB", "sink.rotate.schedule.interval.ms=200")
    with folder() as scratch, Server(scratch / "d", *settings) as server:
        at_rest = resident_bytes(server.process)
        refusals = []
        errors = []

        def client(first):
            try:
                for number in range(first, first + POSTS_EACH):
                    post_until_taken(server, number, refusals)
            except BaseException as error:
                errors.append(error)
        threads = [threading.Thread(target=client, args=(i * POSTS_EACH,)) for i in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors, errors[0]
        assert refusals, "the budget was never full: the test shows nothing"
        grown = resident_bytes(server.process) - at_rest
        held = http("GET", server.url("/metrics", "admin"))[2]
        assert re.search(rf"pinflow_buffer_bytes_limit {BUDGET_MIB * MIB}\b", held), held
        # What is written just then and the allocator's slack come on top; with no bound it was 100 MiB.
        assert grown < 2.5 * BUDGET_MIB * MIB, f"grew by {grown / MIB:.0f} MiB"
        server.stop()
        lines = [line for lines in object_lines(scratch / "d").values() for line in lines]
        numbers = sorted(json.loads(line)["n"] for line in lines)
        assert numbers == list(range(CLIENTS * POSTS_EACH)), "each post that was taken is in an object, once"


def scenario_a_budget_too_small_for_a_pipeline_is_refused_by_name():
    with folder() as scratch:
        done = run("up", "--data-dir", str(scratch / "d"), "--set", "memory.budget=1MiB", code=78)
        assert "memory.budget" in done.stderr and "16MiB at least" in done.stderr, done.stderr
