# SPDX-License-Identifier: Apache-2.0
"""`pinflow batch run`, embedded and on Spark, over the same objects: where does Spark win?"""
import shutil

from batch_bench import BYTES_A_ROW, make_objects, run_pinflow
from machine import print_table, room_for, say
from real_services import spark_home

KINDS = 3


def spark_settings():
    """Spark on all cores, with the memory that its largest size here takes."""
    home = spark_home()
    conf = ("spark.ui.enabled=false spark.driver.host=127.0.0.1 spark.driver.bindAddress=127.0.0.1 spark.driver.memory=6g "
            "spark.sql.shuffle.partitions=8 spark.log.level=WARN")
    return ["batch.engine=spark", f"spark.submit={home}/venv/bin/spark-submit", f"spark.jars={home}/jars",
            "spark.master=local[*]", f"spark.conf={conf}"]


COLUMNS = [
    ("", lambda r: r["what"]),
    ("rows a kind", lambda r: f"{r['rows']:,}"),
    ("s", lambda r: f"{r['seconds']:.1f}"),
    ("CPU s", lambda r: f"{r['cpu_s']:.0f}"),
    ("peak MiB", lambda r: f"{r['rss_mib']:,.0f}"),
    (": embedded", lambda r: f"{r['seconds'] / r['embedded_seconds']:.1f}"),
]


def measure_one_size(program, directory, rows):
    bucket = directory / "bucket"
    say(f"  making {rows:,} rows of each kind")
    make_objects(program, bucket, rows)
    found = []
    for what, sets in (("embedded", []), ("Spark local[*]", spark_settings())):
        say(f"  {what}")
        place = directory / "run"
        place.mkdir()
        run = run_pinflow(program, bucket, place, sets) | {"what": what, "rows": rows}
        shutil.rmtree(place)
        if found and run["answers"] != found[0]["answers"]:
            raise RuntimeError(f"at {rows:,} rows Spark gives other answers than the embedded engine")
        found.append(run | {"embedded_seconds": found[0]["seconds"] if found else run["seconds"]})
    shutil.rmtree(bucket)
    (directory / "bucket.sqlite").unlink()
    return found


def measure_spark_engine(program, directory, quick):
    table = []
    for rows in (20_000,) if quick else (1_000_000, 10_000_000):
        if not room_for(rows * BYTES_A_ROW * KINDS, directory, f"a batch of {rows:,} rows a kind"):
            continue
        table += measure_one_size(program, directory, rows)
    print_table("batch: the same pipeline file and SQL on both engines, from a process's start to the 13 answers; once each",
                COLUMNS, table)
    print("  the answers are equal; both keep a quarantine with reasons, a ledger and Delta commits")
    return table
