# SPDX-License-Identifier: Apache-2.0
"""pinflow's stream on Spark: each kind's Kafka topic -> the same cleaning -> its stream table (Delta), exactly once.

    spark-submit … stream.py --brokers HOST:9092 --user USER --tables FOLDER --checkpoints FOLDER [--once]

One query a kind. A micro-batch is one commit of the clean table and one of its quarantine; both carry (query, batch)
as Delta's txnAppId and txnVersion, so that a batch which is repeated after a crash is not added again. The query's name is
its checkpoint's own id: another checkpoint begins at the oldest record, and is refused where the table has rows already.
"""
import argparse
import json

import problems
import tables
from problems import Problem
from tables import quoted

QUARANTINE = [["reason", "string"], ["stream", "string"], ["shard", "string"], ["sequence_number", "string"],
              ["raw", "binary"], ["arrival_time", "timestamp"]]


def decode_values(description):
    """Of Kafka's columns. A place's `line` is the record's time in microseconds here: a topic has no lines."""
    def decode(batches):
        def documents():
            for batch in batches:
                columns = [batch.column(name).to_pylist() for name in ("value", "topic", "partition", "offset", "arrived")]
                for value, topic, partition, offset, arrived in zip(*columns):
                    yield value or b"", (topic, partition, offset, arrived, "")
        yield from tables.record_batches(description, documents())
    return decode


def refusals(records):
    return records.where("pinflow_reason IS NOT NULL").selectExpr(
        "pinflow_reason AS reason", "pinflow_topic AS stream", "concat('partition=', pinflow_partition) AS shard",
        "CAST(pinflow_offset AS STRING) AS sequence_number", "pinflow_raw AS raw",
        "timestamp_micros(pinflow_line) AS arrival_time")


class Follower:
    """One kind's query."""

    def __init__(self, spark, kind, options):
        self.spark, self.kind, self.options = spark, kind, options
        self.topic = kind["topic"].replace("{user}", options.user)
        self.table = f"{options.tables.rstrip('/')}/{kind['stream_table'].replace('{user}', options.user)}"
        self.checkpoint = f"{options.checkpoints.rstrip('/')}/{kind['name']}"
        self.description = {name: kind[name] for name in ("record", "key", "key_fallbacks", "unwrap")}
        self.query = None

    def start(self):
        self.check_checkpoint()
        tables.make_ready(self.spark, self.table, self.kind["cleaned"], "")
        tables.make_ready(self.spark, self.table + "_quarantine", QUARANTINE, "")
        source = self.spark.readStream.format("kafka").option("kafka.bootstrap.servers", self.options.brokers) \
            .option("subscribe", self.topic).option("startingOffsets", "earliest").option("failOnDataLoss", "true") \
            .option("maxOffsetsPerTrigger", self.options.records_a_batch)
        for setting in self.options.kafka:
            name, _, value = setting.partition("=")
            source = source.option(f"kafka.{name}", value)
        values = source.load().selectExpr("value", "topic", "partition", "offset", "unix_micros(timestamp) AS arrived")
        writer = values.writeStream.foreachBatch(self.commit).option("checkpointLocation", self.checkpoint) \
            .queryName(f"pinflow {self.topic}")
        trigger = {"availableNow": True} if self.options.once else {"processingTime": self.options.interval}
        self.query = writer.trigger(**trigger).start()

    def check_checkpoint(self):
        path = self.spark._jvm.org.apache.hadoop.fs.Path(self.checkpoint + "/metadata")
        if path.getFileSystem(self.spark._jsc.hadoopConfiguration()).exists(path):
            return
        for table in (self.table, self.table + "_quarantine"):
            if tables.is_table(self.spark, table) and self.spark.read.format("delta").load(table).limit(1).count():
                raise Problem("conflict", f"table {table} has rows, and {self.checkpoint} is no checkpoint of a run that wrote "
                              "them: they would be added twice. Give that run's --checkpoints, or another --tables")

    def commit(self, values, number):
        from pyspark.sql import functions as sql
        spark = values.sparkSession
        records = values.mapInArrow(decode_values(self.description), tables.records_schema(self.kind)).persist()
        try:
            read, refused = records.selectExpr("count(*)", "count(pinflow_reason)").collect()[0]
            if not read:
                return
            accepted = records.where("pinflow_reason IS NULL").select(*(quoted(name) for name, _ in self.kind["record"]))
            accepted.createOrReplaceTempView("raw")
            rows = tables.cleaned(spark, self.kind)
            given = rows.count()
            if given != read - refused:
                raise Problem("failed_check", f"made {given} rows of {read - refused} records; cleaning gives one row a record",
                              self.kind["clean"])
            hulls = records.groupBy("pinflow_topic", "pinflow_partition").agg(sql.min("pinflow_offset"), sql.max("pinflow_offset"))
            offsets = {f"{topic}/partition={partition}": f"{first}-{last}" for topic, partition, first, last in hulls.collect()}
            note = json.dumps({"pinflow": {"engine": "spark", "offsets": offsets}}, sort_keys=True)
            if refused:
                self.append(refusals(records), self.table + "_quarantine", number, note)
            if given:
                self.append(rows, self.table, number, note)
            print(json.dumps({"stream": self.topic, "batch": number, "read": read, "written": given, "quarantined": refused}),
                  flush=True)
        finally:
            records.unpersist()

    def append(self, rows, table, number, note):
        rows.write.format("delta").mode("append").option("txnAppId", f"pinflow/{self.topic}/{self.query_id()}") \
            .option("txnVersion", number).option("userMetadata", note).save(table)

    def query_id(self):
        """The checkpoint's own id, which every start of the query keeps; the query itself may not be known here yet."""
        metadata = self.spark.read.text(self.checkpoint + "/metadata").collect()
        return json.loads(metadata[0][0])["id"]


def main():
    parser = argparse.ArgumentParser(description="pinflow's stream on Spark")
    parser.add_argument("--brokers", required=True, help="host:port, by comma")
    parser.add_argument("--user", required=True, help="the user id in topic and table names")
    parser.add_argument("--tables", required=True, help="the folder of the tables")
    parser.add_argument("--checkpoints", required=True, help="where the queries keep how far they are")
    parser.add_argument("--kind", action="append", default=[], help="this kind alone; may be repeated")
    parser.add_argument("--kafka", action="append", default=[], help="a property of the Kafka client: name=value")
    parser.add_argument("--interval", default="1 second", help="between two micro-batches")
    parser.add_argument("--records-a-batch", default="100000")
    parser.add_argument("--once", action="store_true", help="what is there now, and end")
    options = parser.parse_args()
    spark = tables.session("pinflow stream")
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "2000")  # rows are single records here
    try:
        followers = [Follower(spark, kind, options) for kind in tables.pipeline()["kinds"]
                     if not options.kind or kind["name"] in options.kind]
        for follower in followers:
            follower.start()
        while any(follower.query.isActive for follower in followers):
            spark.streams.awaitAnyTermination()
            spark.streams.resetTerminated()
        for follower in followers:
            follower.query.awaitTermination()
    except Problem as problem:
        problems.end_with(problem, "")
    except Exception as error:
        import traceback
        traceback.print_exc()
        problems.end_with(problems.problem_of(error, spark), "")
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
