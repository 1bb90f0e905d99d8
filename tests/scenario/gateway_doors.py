# SPDX-License-Identifier: Apache-2.0
"""The doors, as the course's clients knock (raw answers, then what lies on disk)."""
import base64
import json

from house import KAFKA_JSON, Server, folder, http, object_lines, post_record, put_record, wait_for


def scenario_a_post_is_answered_as_the_rest_proxy_answers():
    with folder() as scratch, Server(scratch / "d", "sink.flush.size=1") as server:
        status, headers, body = post_record(server, "0ab.pin", {"index": 1, "title": "é\n\"x\""}, stage="/test")
        assert status == 200, body
        assert body == {"offsets": [{"partition": 0, "offset": 0, "error_code": None, "error": None}],
                        "key_schema_id": None, "value_schema_id": None}, body
        assert "json" in headers["Content-Type"]
        assert http("GET", server.url("/topics"))[2] == ["0ab.pin"]
        assert http("GET", server.url("/prod/topics"))[2] == ["0ab.pin"]
        assert http("GET", server.url("/"))[2] == {}
        topic = http("GET", server.url("/topics/0ab.pin"))[2]
        assert topic["name"] == "0ab.pin" and len(topic["partitions"]) == 1, topic
        many = {"records": [{"key": "k", "value": {"index": n}} for n in range(5)]}
        body = http("POST", server.url("//topics/0ab.pin/"), many, KAFKA_JSON)[2]
        assert [o["offset"] for o in body["offsets"]] == [1, 2, 3, 4, 5], body
        server.stop()
        lines = object_lines(scratch / "d")
        assert list(lines)[0] == "0ab.pin+0+0000000000.json" and len(lines) == 6, lines
        assert lines["0ab.pin+0+0000000000.json"] == ['{"index":1,"title":"é\\n\\"x\\""}'], lines


def scenario_a_put_goes_to_the_stream_of_the_path_and_can_be_read_back():
    with folder() as scratch, Server(scratch / "d") as server:
        assert http("POST", server.url("/test/streams/streaming-0ab-pin"), {"ShardCount": 4})[0] == 200
        # The body's StreamName is wrong on purpose: the path wins.
        status, _, body = http("PUT", server.url("/test//streams/streaming-0ab-pin/record"),
                               {"StreamName": "{self.stream_name}", "Data": {"b": 1, "a": "é"}, "PartitionKey": "partition-1"},
                               {"Content-Type": "application/json"})
        assert status == 200 and body["ShardId"] == "shardId-000000000002", body
        assert int(body["SequenceNumber"]) > 0
        described = http("GET", server.url("/test/streams/streaming-0ab-pin"))[2]["StreamDescription"]
        assert len(described["Shards"]) == 4 and described["StreamStatus"] == "ACTIVE"
        iterator = http("GET", server.url("/test/streams/streaming-0ab-pin/sharditerator?shard-id=shardId-000000000002"))[2]["ShardIterator"]
        read = http("GET", server.url("/test/streams/streaming-0ab-pin/records"), headers={"Shard-Iterator": iterator})[2]
        assert base64.b64decode(read["Records"][0]["Data"]).decode() == '{"b":1,"a":"é"}', read
        assert "streaming-0ab-pin" in http("GET", server.url("/test/streams"))[2]["StreamNames"]
        assert http("DELETE", server.url("/test/streams/streaming-0ab-pin"))[0] == 200
        missing = http("GET", server.url("/test/streams/streaming-0ab-pin"))
        assert missing[0] == 400 and missing[2]["__type"] == "ResourceNotFoundException", missing


def scenario_what_is_sent_twice_under_a_key_is_stored_once_whatever_dies_between():
    post = {**KAFKA_JSON, "Idempotency-Key": "6f1c"}
    put = {"Content-Type": "application/json", "Idempotency-Key": "6f1c"}
    records = {"records": [{"value": {"index": n}} for n in range(3)]}
    item = {"Data": {"index": 1}, "PartitionKey": "partition-1"}
    with folder() as scratch:
        firsts = []
        for life in range(3):
            with Server(scratch / "d", "sink.flush.size=1") as server:
                for send in range(2):
                    answers = [http("POST", server.url("/test/topics/0ab.pin"), records, post),
                               http("PUT", server.url("/test/streams/streaming-0ab-pin/record"), item, put)]
                    assert [answer[0] for answer in answers] == [200, 200], answers
                    firsts = firsts or answers
                    is_first = life == 0 and send == 0
                    for first, (_, headers, body) in zip(firsts, answers):
                        assert body == first[2], (first[2], body)
                        assert headers["Idempotent-Replayed"] == (None if is_first else "true"), headers
                other = http("POST", server.url("/topics/0ab.pin"), {"records": [{"value": 4}]}, post)
                assert other[0] == 422 and other[2]["error_code"] == 422, other
                other = http("PUT", server.url("/test/streams/streaming-0ab-pin/record"), {**item, "Data": 2}, put)
                assert other[0] == 400 and other[2]["__type"] == "IdempotentParameterMismatchException", other
                assert http("POST", server.url("/topics/0ab.pin"), records, {**post, "Idempotency-Key": "k" * 256})[0] == 400
                server.kill() if life < 2 else server.stop()
        lines = object_lines(scratch / "d")
        assert sorted(line for found in lines.values() for line in found) == [f'{{"index":{n}}}' for n in range(3)], lines


def scenario_stream_rows_reach_their_table_cleaned():
    with folder() as scratch, Server(scratch / "d", "stream.commit.interval=50ms") as server:
        pin = {"index": 7, "title": "No Title Data Available", "follower_count": "12k", "category": "art"}
        encoded = base64.b64encode(json.dumps(pin).encode()).decode()
        for data in (pin, json.dumps(pin), encoded, [pin, pin]):
            assert put_record(server, "streaming-0ab-pin", data)[0] == 200
        assert put_record(server, "streaming-0ab-pin", {"first_name": "not a pin"})[0] == 200
        tables = lambda: {t["name"]: t["rows"] for t in http("GET", server.url("/api/v1/status", "admin"))[2]["tables"]}
        wait_for(lambda: tables().get("0ab_pin_table") == 5 and tables().get("0ab_pin_table_quarantine") == 1)
        ledgers = lambda: http("GET", server.url("/api/v1/status", "admin"))[2]["ledger"]["stream"]
        ledger = wait_for(lambda: ledgers().get("0ab_pin_table"))
        assert ledger == {"read": 6, "written": 5, "quarantined": 1, "duplicates": 0, "late": 0}, ledger


def scenario_answers_leave_only_after_the_log_has_said_durable():
    """The server's system calls, in their order: between two answers to posts there is always an fdatasync."""
    import re
    import shutil
    import subprocess

    from house import Skip
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    with folder() as scratch, Server(scratch / "d", "stream.commit.interval=1h",
                                     "sink.rotate.schedule.interval.ms=3600000") as server:
        assert post_record(server, "t", {"n": 0})[0] == 200
        trace = scratch / "trace"
        tracer = subprocess.Popen(["strace", "-f", "-qq", "-s", "32", "-o", trace, "-e", "trace=fdatasync,sendmsg,sendto,write,writev",
                                   "-p", str(server.process.pid)], stderr=subprocess.DEVNULL)
        try:
            # The tracer is at work once it sees something: a read of the topics does not sync.
            wait_for(lambda: http("GET", server.url("/topics"))[0] == 200 and trace.exists() and "200 OK" in trace.read_text())
            for n in range(20):
                assert post_record(server, "t", {"n": n})[0] == 200
            http("GET", server.url("/topics/none"))  # 404: the end mark
            wait_for(lambda: "404" in trace.read_text())
        finally:
            tracer.terminate()
            tracer.wait()
        calls = re.findall(r"fdatasync\(\d+\)\s+= 0|fdatasync resumed>.*= 0|HTTP/1.1 (?:200|404)", trace.read_text())
        kinds = ["sync" if call.startswith("fdatasync") else call[-3:] for call in calls]
        posts = kinds[kinds.index("sync"):kinds.index("404")]  # the reads at the beginning do not sync
        assert posts.count("200") == 20, kinds
        assert not re.search("200(,200)", ",".join(posts)), f"an answer left without a sync before it: {posts}"
