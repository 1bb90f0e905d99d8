# SPDX-License-Identifier: Apache-2.0
"""kill -9 under load; then count what was acknowledged."""
import json
import random
import re
import threading

from house import Server, folder, object_lines, post_record, put_record, run, run_json, wait_for

ROUNDS = 5


def scenario_demo_kill_loses_and_doubles_nothing():
    with folder() as scratch:
        done = run("demo", "--kill", "--rows", 300, "--data-dir", scratch / "d")
        counts = re.search(r"accepted ([\d,]+), found ([\d,]+), lost 0, doubled 0", done.stdout)
        assert counts and counts.group(1) == counts.group(2) and counts.group(1) != "0", done.stdout


def scenario_every_acknowledged_record_is_there_once_after_kill_9():
    seed = random.SystemRandom().randrange(1 << 30)
    dice = random.Random(seed)
    acknowledged, sequences = {}, set()
    with folder() as scratch:
        for number in range(ROUNDS):
            with Server(scratch / "d", "sink.flush.size=3", "sink.rotate.schedule.interval.ms=50",
                        "stream.commit.interval=20ms") as server:
                post_until_killed(server, number, dice, acknowledged, sequences)
        with Server(scratch / "d") as server:
            server.stop()
        check_objects(scratch / "d", acknowledged, seed)
        check_table(scratch / "d", sequences, seed)


def post_until_killed(server, number, dice, acknowledged, sequences):
    done = threading.Event()

    def post(worker):
        n = 0
        while not done.is_set():
            value = {"index": number * 1_000_000 + worker * 100_000 + n, "category": "art"}
            n += 1
            try:
                status, _, body = post_record(server, f"0ab.pin", value)
                if status == 200 and body["offsets"][0]["error_code"] is None:
                    acknowledged[("0ab.pin", body["offsets"][0]["offset"])] = value
                status, _, body = put_record(server, "streaming-0ab-pin", value)
                if status == 200 and "SequenceNumber" in body:
                    sequences.add((body["ShardId"], body["SequenceNumber"], value["index"]))
            except OSError:
                return

    threads = [threading.Thread(target=post, args=(worker,)) for worker in range(4)]
    target = len(acknowledged) + dice.randint(20, 200)
    for thread in threads:
        thread.start()
    wait_for(lambda: len(acknowledged) >= target)
    server.kill()
    done.set()
    for thread in threads:
        thread.join()


def check_objects(data_dir, acknowledged, seed):
    """Each offset in exactly one object; each acknowledged value at its offset."""
    found = {}
    for name, lines in object_lines(data_dir).items():
        topic, _, first = name.removesuffix(".json").split("+")
        for at, line in enumerate(lines):
            offset = (topic, int(first) + at)
            assert offset not in found, f"seed {seed}: {offset} is in two objects"
            found[offset] = json.loads(line)
    offsets = sorted(offset for _, offset in found)
    assert offsets == list(range(len(offsets))), f"seed {seed}: a gap in the objects' offsets"
    for offset, value in acknowledged.items():
        assert found.get(offset) == value, f"seed {seed}: {offset} holds {found.get(offset)}, not {value}"


def check_table(data_dir, sequences, seed):
    rows = run_json("sql", "select ind, count(*) as n from \"0ab_pin_table\" group by ind", "--data-dir", data_dir)
    counts = {row["ind"]: row["n"] for row in rows}
    for _, _, index in sequences:
        assert counts.get(index) == 1, f"seed {seed}: {index} is {counts.get(index, 0)} times in the table"
