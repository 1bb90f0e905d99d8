# SPDX-License-Identifier: Apache-2.0
"""The exported streaming application: a real Kafka, a real Spark, killed and started again; nothing lost, nothing twice."""
import collections
import json
import os
import signal
import subprocess

import spark_peer
from house import Skip, folder, run, run_json, wait_for
from spark_decoder import KIND, Documents, as_shown, write_pipeline

TOPIC = "u.thing"


def broker():
    spark_peer.spark_home()
    try:
        import kafka_server
    except ImportError:
        raise Skip("there is no Kafka to test with") from None
    return kafka_server.shared_kafka()


def produce(kafka, documents):
    """A line a record: what a line cannot carry was left out of the documents."""
    done = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-cp", kafka.classes, "org.apache.kafka.tools.ConsoleProducer",
                           "--bootstrap-server", kafka.plain, "--topic", TOPIC],
                          input=b"".join(document + b"\n" for document in documents), capture_output=True, timeout=180)
    assert done.returncode == 0, done.stderr.decode()


class Application:
    """stream.py by hand, as README.md of the export says."""

    def __init__(self, scratch, kafka, *more):
        line, variables = spark_peer.submit_line(
            scratch / "app/stream.py", "--brokers", kafka.plain, "--user", "u", "--tables", scratch / "d/tables",
            "--checkpoints", scratch / "checkpoints", "--interval", "100 milliseconds", "--records-a-batch", 150, *more)
        self.log = open(scratch / "stream.log", "ab")
        self.process = subprocess.Popen(line, env=variables, stdout=self.log, stderr=self.log, start_new_session=True)

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait(self, code=0):
        try:
            assert self.process.wait(timeout=spark_peer.TIMEOUT) == code, self.tail()
        finally:
            if self.process.poll() is None:
                self.kill()

    def tail(self):
        return open(self.log.name, errors="replace").read()[-3000:]


def table(scratch, name):
    if not (scratch / "d/tables" / name).exists():
        return []
    return run_json("sql", f"select * from {name}", "--data-dir", scratch / "d", "--pipeline", scratch / "pipeline")


def counted(rows):
    return collections.Counter(json.dumps(row, sort_keys=True) for row in rows)


def wanted(documents):
    import decoder
    decode, rows, reasons = decoder.Decoder(KIND), [], collections.Counter()
    for document in documents:
        accepted, refused = decode.decode(document)
        rows += [dict(zip(decode.columns, as_shown(row))) for row in accepted]
        reasons.update(reason for reason, _ in refused)
    return rows, reasons


def check(scratch, documents):
    rows, reasons = wanted(documents)
    assert counted(table(scratch, "u_thing_table")) == counted(rows)
    refused = table(scratch, "u_thing_table_quarantine")
    assert collections.Counter(row["reason"] for row in refused) == reasons
    places = {(row["shard"], row["sequence_number"]) for row in refused}
    assert {shard for shard, _ in places} <= {"partition=0", "partition=1"} and {row["stream"] for row in refused} == {TOPIC}


def scenario_the_stream_on_spark_is_exactly_once_through_kills_and_repeated_batches():
    kafka = broker()
    source = Documents(5)
    documents = [document for document in (source.next() for _ in range(2400)) if b"\r" not in document]
    first, second = documents[:1500], documents[1500:]
    with folder() as scratch:
        write_pipeline(scratch / "pipeline")
        (scratch / "d").mkdir()
        run("export", "spark", "--pipeline", scratch / "pipeline", "--output", scratch / "app")
        kafka.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", kafka.plain, "--create", "--topic", TOPIC,
                   "--partitions", "2")
        produce(kafka, first)
        application = Application(scratch, kafka)
        try:
            # Two batches are in, more are to come.
            wait_for(lambda: b'"batch": 1' in open(application.log.name, "rb").read() or application.process.poll() is not None,
                     spark_peer.TIMEOUT)
            assert application.process.poll() is None, application.tail()
        finally:
            application.kill()
        some = len(table(scratch, "u_thing_table"))
        assert 0 < some < len(wanted(first)[0]), f"{some} rows: it was not killed in mid-stream"
        produce(kafka, second)
        Application(scratch, kafka, "--once").wait()
        check(scratch, documents)
        # The last batch again, as after a crash between Delta's commit and the checkpoint's.
        commits = scratch / "checkpoints/thing/commits"
        last = max((path for path in commits.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
        last.unlink()
        (commits / f".{last.name}.crc").unlink(missing_ok=True)
        Application(scratch, kafka, "--once").wait()
        assert last.exists(), "the batch was not repeated"
        check(scratch, documents)
        # Another checkpoint would read everything again.
        (scratch / "checkpoints").rename(scratch / "checkpoints.kept")
        stranger = Application(scratch, kafka, "--once")
        stranger.wait(code=1)
        assert "would be added twice" in stranger.tail(), stranger.tail()
        check(scratch, documents)
