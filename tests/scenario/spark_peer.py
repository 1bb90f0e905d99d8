# SPDX-License-Identifier: Apache-2.0
"""A real Spark with Delta Lake (tests/peers/spark), for the program to submit to and for applications by hand."""
import functools
import os
import pathlib
import subprocess

from house import Skip

INSTALL = pathlib.Path(__file__).resolve().parents[1] / "peers/spark/install.sh"
# Small and quick to start rather than fast.
PROPERTIES = ["spark.ui.enabled=false", "spark.driver.host=127.0.0.1", "spark.driver.bindAddress=127.0.0.1",
              "spark.sql.shuffle.partitions=2", "spark.driver.memory=1500m", "spark.log.level=WARN",
              "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1"]
TIMEOUT = 900


@functools.cache
def spark_home():
    if not os.environ["REAL"]:
        raise Skip("needs --real")
    done = subprocess.run([INSTALL], capture_output=True, text=True)
    if done.returncode == 77:
        raise Skip(done.stdout.strip().removeprefix("skipped: "))
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip())


def settings():
    """For pinflow's command line."""
    home = spark_home()
    words = [f"spark.submit={home}/venv/bin/spark-submit", f"spark.jars={home}/jars", "spark.master=local[2]",
             "spark.conf=" + " ".join(PROPERTIES)]
    return [part for word in words for part in ("--set", word)]


def submit_line(script, *arguments, s3=None):
    """A command line by hand, as the exported README has it, and its environment; `s3`: a server that it is to know."""
    home = spark_home()
    jars = ",".join(str(path) for path in sorted((home / "jars").glob("*.jar")))
    line = [str(home / "venv/bin/spark-submit"), "--master", "local[2]", "--jars", jars,
            "--conf", "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension",
            "--conf", "spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog",
            "--conf", "spark.databricks.delta.snapshotPartitions=2"]
    properties, variables = list(PROPERTIES), {**os.environ, "PYSPARK_PYTHON": str(home / "venv/bin/python3")}
    if s3:
        properties += [f"spark.hadoop.fs.s3a.endpoint={s3.endpoint}", "spark.hadoop.fs.s3a.endpoint.region=us-east-1",
                       "spark.hadoop.fs.s3a.path.style.access=true"]
        variables |= s3.environment()
    for name in properties:
        line += ["--conf", name]
    return [*line, str(script), *map(str, arguments)], variables
