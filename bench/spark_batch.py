# SPDX-License-Identifier: Apache-2.0
"""The batch with PySpark on all cores: objects -> last of each key -> the same cleaning SQL -> Parquet -> answers.

spark_batch.py BUCKET OUTPUT: writes the tables and answers.json there; no quarantine, ledger or Delta commits."""
import json
import pathlib
import sys

from pyspark.sql import SparkSession

import peer_pipeline

PRELUDE = "CREATE TEMPORARY FUNCTION list_value(a DOUBLE, b DOUBLE) RETURNS ARRAY<DOUBLE> RETURN array(a, b)"


def clean(spark, kind, bucket, output):
    schema = ", ".join(f"`{name}` {kind_of}" for name, kind_of in kind["record"].items())
    arrived = spark.read.schema(schema).json(f"{bucket}/topics/{kind['topic']}")
    arrived.selectExpr("*", "_metadata.file_path AS object", "monotonically_increasing_id() AS place") \
        .createOrReplaceTempView("arrived")
    # The course's own way to keep the last: the newest object, and in it the last line.
    spark.sql(f"SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY `{kind['key']}` ORDER BY object DESC, place DESC)"
              f" AS newest FROM arrived) WHERE newest = 1").createOrReplaceTempView("raw")
    path = f"{output}/{kind['table']}"
    spark.sql(kind["sql"]).write.option("compression", "zstd").parquet(path)
    spark.read.parquet(path).createOrReplaceTempView(kind["view"])


def main():
    bucket, output = sys.argv[1], pathlib.Path(sys.argv[2])
    output.mkdir(parents=True)
    pipeline = peer_pipeline.load()
    spark = SparkSession.builder.master("local[*]").appName("batch").config("spark.ui.enabled", "false") \
        .config("spark.sql.session.timeZone", "UTC").config("spark.sql.ansi.enabled", "false") \
        .config("spark.driver.memory", "4g").config("spark.sql.shuffle.partitions", "4") \
        .config("spark.sql.warehouse.dir", str(output / "warehouse")).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.sql(PRELUDE)
    for kind in pipeline["kinds"].values():
        clean(spark, kind, bucket, output)
    answers = {}
    for question in pipeline["questions"]:
        asked = spark.sql(question["sql"])
        answers[question["name"]] = peer_pipeline.answer_rows(asked.columns, [tuple(row) for row in asked.collect()])
    (output / "answers.json").write_text(json.dumps(answers, default=str))
    spark.stop()


main()
