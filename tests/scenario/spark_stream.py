# SPDX-License-Identifier: Apache-2.0
"""The exported streaming application: a real Kafka, a real Spark, killed and started again; nothing lost, nothing twice."""
import base64
import collections
import json
import os
import signal
import subprocess

import spark_peer
from house import Skip, folder, run, run_json, wait_for
from s3_server import BUCKET, VersityGw
from spark_decoder import KIND, Documents, as_shown, write_pipeline

TOPIC = "u.thing"


# What fills the topic: Kafka's own console programs are not among the broker's jars, and Spark is here anyway.
PRODUCER = """import base64, sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
values = [(bytearray(base64.b64decode(line)),) for line in open(sys.argv[3])]
spark.createDataFrame(values, "value binary").write.format("kafka").option("kafka.bootstrap.servers", sys.argv[1]) \\
    .option("topic", sys.argv[2]).save()
"""


def broker():
    spark_peer.spark_home()
    try:
        import kafka_server
    except ImportError:
        raise Skip("there is no Kafka to test with") from None
    return kafka_server.Kafka("auto.create.topics.enable=true", "num.partitions=2")


def produce(scratch, kafka, documents):
    (scratch / "producer.py").write_text(PRODUCER)
    (scratch / "values").write_text("".join(base64.b64encode(document).decode() + "\n" for document in documents))
    line, variables = spark_peer.submit_line(scratch / "producer.py", kafka.plain, TOPIC, scratch / "values")
    done = subprocess.run(line, env=variables, capture_output=True, text=True, timeout=spark_peer.TIMEOUT)
    assert done.returncode == 0, done.stderr[-3000:]


class Application:
    """stream.py by hand, as README.md of the export says."""

    def __init__(self, scratch, kafka, *more, s3=None):
        at = f"s3a://{BUCKET}/" if s3 else f"{scratch}/"
        line, variables = spark_peer.submit_line(
            scratch / "app/stream.py", "--brokers", kafka.plain, "--user", "u", "--tables", f"{at}d/tables",
            "--checkpoints", f"{at}checkpoints", *more, s3=s3)
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


def table(scratch, name, s3=None):
    options, variables = [], None
    if s3:
        options = ["--set", f"s3.endpoint={s3.endpoint}", "--set", f"tables.url=s3://{BUCKET}/d/tables"]
        variables = s3.environment()
    elif not (scratch / "d/tables" / name).exists():
        return []
    return run_json("sql", f"select * from {name}", "--data-dir", scratch / "d", "--pipeline", scratch / "pipeline", *options,
                    env=variables)


def counted(rows):
    """Each row with how often it is there; a number whatever it is written as."""
    def alike(value):
        if isinstance(value, list):
            return [alike(item) for item in value]
        return value if isinstance(value, (bool, str)) or value is None else float(value) + 0.0
    return collections.Counter(repr([(name, alike(value)) for name, value in row.items()]) for row in rows)


def wanted(documents):
    import decoder
    decode, rows, reasons = decoder.Decoder(KIND), [], collections.Counter()
    for document in documents:
        accepted, refused = decode.decode(document)
        rows += [dict(zip(decode.columns, as_shown(row))) for row in accepted]
        reasons.update(reason for reason, _ in refused)
    return rows, reasons


def check(scratch, documents, s3=None):
    rows, reasons = wanted(documents)
    there, right = counted(table(scratch, "u_thing_table", s3)), counted(rows)
    assert there == right, f"lost {list((right - there).items())[:3]}, doubled or wrong {list((there - right).items())[:3]}"
    refused = table(scratch, "u_thing_table_quarantine", s3)
    assert collections.Counter(row["reason"] for row in refused) == reasons
    places = {(row["shard"], row["sequence_number"]) for row in refused}
    assert {shard for shard, _ in places} <= {"partition=0", "partition=1"} and {row["stream"] for row in refused} == {TOPIC}


def scenario_the_stream_on_spark_is_exactly_once_through_kills_and_repeated_batches():
    kafka = broker()
    try:
        check_stream(kafka)
    finally:
        kafka.remove()


def check_stream(kafka):
    source = Documents(5)
    documents = [source.next() for _ in range(1400)]
    first, second = documents[:900], documents[900:]
    with folder() as scratch:
        write_pipeline(scratch / "pipeline")
        (scratch / "d").mkdir()
        run("export", "spark", "--pipeline", scratch / "pipeline", "--output", scratch / "app")
        produce(scratch, kafka, first)
        application = Application(scratch, kafka, "--interval", "100 milliseconds", "--records-a-batch", 150)
        try:
            # Two batches are in, more are to come.
            wait_for(lambda: b'"batch": 1' in open(application.log.name, "rb").read() or application.process.poll() is not None,
                     spark_peer.TIMEOUT)
            assert application.process.poll() is None, application.tail()
        finally:
            application.kill()
        some = len(table(scratch, "u_thing_table"))
        assert 0 < some < len(wanted(first)[0]), f"{some} rows: it was not killed in mid-stream"
        produce(scratch, kafka, second)
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


def scenario_the_stream_on_spark_goes_on_from_its_checkpoint_on_s3():
    kafka = broker()
    source = Documents(6)
    documents = [source.next() for _ in range(300)]
    try:
        with folder() as scratch, VersityGw() as s3:
            write_pipeline(scratch / "pipeline")
            run("export", "spark", "--pipeline", scratch / "pipeline", "--output", scratch / "app")
            produce(scratch, kafka, documents)
            for _ in range(2):  # a checkpoint that was not found again would be refused, or double the rows
                Application(scratch, kafka, "--once", s3=s3).wait()
                check(scratch, documents, s3)
    finally:
        kafka.remove()
