#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kafka_dump.py PROGRAM JARS: posts records, stops the program, and has Kafka's DumpLogSegments read every segment:
each batch's CRC, each offset once and in order, each key and value as posted."""
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scenario"))
from house import KAFKA_JSON, Server, folder, http  # noqa: E402

TOPIC = "dumped.pin"
POSTS, RECORDS = 60, 5  # of some 100 bytes: several segments of the size below
VALUES = [{"index": post * RECORDS + i, "title": f"Grüße | payload: {post} ☃", "tags": ["a", "b" * post]}
          for post in range(POSTS) for i in range(RECORDS)]
BATCH = re.compile(r"^baseOffset: (\d+) lastOffset: (\d+) count: (\d+) .*\bmagic: 2 .*\bisvalid: (\w+)")
RECORD = re.compile(r"^\| offset: (\d+) .*?keySize: (-?\d+) .*?headerKeys: \[\](?: key: (.*?))? payload: (.*)$")


def write_log(data_dir):
    with Server(data_dir, "log.segment.bytes=16KiB") as server:
        for post in range(POSTS):
            part = VALUES[post * RECORDS:(post + 1) * RECORDS]
            status, _, answer = http("POST", server.url(f"/topics/{TOPIC}"), {"records": [{"value": v} for v in part]},
                                     KAFKA_JSON)
            assert status == 200, answer
            if post == POSTS // 2:  # from here on the files have been through a recovery
                server.kill()
                break
    with Server(data_dir, "log.segment.bytes=16KiB") as server:
        for post in range(POSTS // 2 + 1, POSTS):
            part = VALUES[post * RECORDS:(post + 1) * RECORDS]
            status, _, answer = http("POST", server.url(f"/topics/{TOPIC}"), {"records": [{"value": v} for v in part]},
                                     KAFKA_JSON)
            assert status == 200, answer
        server.stop()


def dump(jars, segment):
    done = subprocess.run(["java", "-Dfile.encoding=UTF-8", "-cp", f"{jars}/*", "kafka.tools.DumpLogSegments",
                           "--files", str(segment), "--print-data-log", "--deep-iteration"],
                          capture_output=True, timeout=120, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    return done.stdout.decode()


def check_segment(text, next_offset, name):
    """What Kafka saw in one segment follows on; gives the offset behind it and the values."""
    values, batches = [], 0
    assert f"Log starting offset: {next_offset}" in text, (name, text[:300])
    for line in text.splitlines():
        if batch := BATCH.match(line):
            batches += 1
            assert batch[4] == "true", f"{name}: Kafka finds a batch that does not check: {line}"
            assert int(batch[1]) == next_offset + len(values), f"{name}: {line}"
        elif record := RECORD.match(line):
            assert int(record[1]) == next_offset + len(values), f"{name}: {line}"
            values.append(record[4])
    assert batches > 0 and "isvalid: false" not in text, name
    return next_offset + len(values), values, batches


def main():
    os.environ["PINFLOW"] = str(pathlib.Path(sys.argv[1]).resolve())
    jars = sys.argv[2]
    with folder() as scratch:
        write_log(scratch / "d")
        segments = sorted((scratch / "d/log/topics" / f"{TOPIC}-0").glob("*.log"))
        assert len(segments) > 1, segments
        next_offset, seen, batches = 0, [], 0
        for segment in segments:
            assert int(segment.stem) == next_offset, (segment.name, next_offset)
            next_offset, values, count = check_segment(dump(jars, segment), next_offset, segment.name)
            seen += values
            batches += count
        assert [json.loads(value) for value in seen] == VALUES, "payloads differ"
        # A check that cannot fail is none: Kafka's tool must see one flipped bit.
        data = bytearray(segments[0].read_bytes())
        data[90] ^= 1
        segments[0].write_bytes(data)
        try:
            check_segment(dump(jars, segments[0]), 0, segments[0].name)
        except AssertionError:
            pass
        else:
            raise AssertionError("a flipped bit was not seen")
    print(f"kafka_dump: Kafka reads {len(segments)} segments, {batches} batches, {len(seen)} records as they were posted")


if __name__ == "__main__":
    main()
