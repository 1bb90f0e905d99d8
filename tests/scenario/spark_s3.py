# SPDX-License-Identifier: Apache-2.0
"""Spark on a real object store: s3a gives what the embedded engine gives there, and what fails is told soon, without keys."""
import json
import subprocess
import threading
import time

import golden
import spark_peer
from house import ROOT, environment, folder, program, run, run_json
from mariadb_server import certificates
from s3_server import ACCESS, BUCKET, SECRET, Moto, VersityGw, client
from spark_decoder import write_objects, write_pipeline
from spark_engine import SOURCES, ask, check_reports, generate

# A store that is away is given up after s3a's few tries; Hadoop's own bounds are many minutes for each request.
GIVEN_UP_SECONDS = 240

# Rows and quarantined rows as delta-rs sees them.
# It ends at once: Arrow's threads may outlive the interpreter and abort it (apache/arrow issue 34314).
READER = """import json, os, sys
from deltalake import DeltaTable
endpoint, key, secret, *tables = sys.argv[1:]
options = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": "us-east-1",
           "AWS_ALLOW_HTTP": "true"}
print(json.dumps([DeltaTable(table, storage_options=options).to_pyarrow_table().num_rows for table in tables]), flush=True)
os._exit(0)
"""


def upload(s3, source, prefix):
    store = client(s3.endpoint, verify=s3.authority)
    for path in source.rglob("*"):
        if path.is_file():
            store.upload_file(str(path), BUCKET, f"{prefix}/{path.relative_to(source)}")


def keys_file(scratch, secret=SECRET):
    path = scratch / "keys.csv"
    path.write_text(f"Access key ID,Secret access key\n{ACCESS},{secret}\n")
    path.chmod(0o600)
    return path


def settings(s3, keys, tables, objects=f"s3://{BUCKET}/raw"):
    words = [f"s3.endpoint={s3.endpoint}", "aws.region=us-east-1", f"aws.credentials_csv={keys}", f"objects.url={objects}",
             f"tables.url={tables}"]
    return [part for word in words for part in ("--set", word)]


def watched_submit(scratch):
    """Settings for a spark-submit that first writes down its command line."""
    home = spark_peer.spark_home()
    path = scratch / "spark-submit"
    path.write_text(f"#!/bin/sh\necho \"$@\" >>{scratch}/lines\nexec {home}/venv/bin/spark-submit \"$@\"\n")
    path.chmod(0o755)
    return [*spark_peer.settings(), "--set", f"spark.submit={path}", "--set", f"spark.python={home}/venv/bin/python3"]


def check_no_secret(scratch, *texts):
    """Neither in what was said nor in a file that stayed."""
    for text in texts:
        assert SECRET not in text, text
    for path in scratch.rglob("*"):
        if path.is_file() and path.name != "keys.csv":
            assert SECRET.encode() not in path.read_bytes(), path


def rows_by_deltalake(s3, tables):
    python = spark_peer.spark_home() / "venv/bin/python3"
    done = subprocess.run([python, "-c", READER, s3.endpoint, ACCESS, SECRET, *tables], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def scenario_spark_on_s3_gives_what_the_embedded_engine_gives_and_its_tables_are_everybodys():
    with folder() as scratch, VersityGw() as s3:
        on_spark = watched_submit(scratch)
        golden.objects_from(ROOT / "tests/golden/edge", scratch / "bucket")
        generate(scratch, scratch / "bucket", "1a", seed=1)
        (scratch / "bucket/topics/notes.txt").write_text("no object")
        upload(s3, scratch / "bucket", "raw")
        keys, here, there = keys_file(scratch), scratch / "embedded", scratch / "spark"
        embedded_at, spark_at = (settings(s3, keys, f"s3://{BUCKET}/{name}") for name in ("embedded", "spark"))
        embedded = run_json("batch", "run", "--data-dir", here, *embedded_at)
        # The tables are there already, and their commits ours: Spark goes on from them.
        run("batch", "run", "--data-dir", scratch / "before", *spark_at)
        # The keys of the settings count, whatever else the environment has.
        stale = {"AWS_ACCESS_KEY_ID": "stale", "AWS_SECRET_ACCESS_KEY": "stale", "AWS_SESSION_TOKEN": "stale"}
        told = run_json("batch", "run", "--data-dir", there, "--engine", "spark", *on_spark, *spark_at, env=stale,
                        timeout=spark_peer.TIMEOUT)
        assert told.pop("engine") == "spark"
        assert told == embedded, "what it prints differs"
        for table in SOURCES:
            for sql in (f"select * from {table}", f"select reason, object, line, hex(raw) as raw from {table}_quarantine"):
                assert ask(here, sql, *embedded_at) == ask(there, sql, *spark_at) != [], sql
        check_reports(here, there)
        assert not (there / "tables").exists() and not (there / "objects").exists()
        names = [name for table in SOURCES for name in (f"{table}", f"{table}_quarantine")]
        counts = [ask(there, f"select count(*) as n from {name}", *spark_at) for name in names]
        urls = [f"s3://{BUCKET}/spark/{name}" for name in table_folders(s3, "spark")]
        assert sorted(rows_by_deltalake(s3, urls)) == sorted(json.loads(rows[0])["n"] for rows in counts)
        # And ours goes on from Spark's.
        run("batch", "run", "--data-dir", scratch / "after", *spark_at)
        assert ask(scratch / "after", "select * from pin", *spark_at) == ask(here, "select * from pin", *embedded_at)
        assert "spark.hadoop.fs.s3a.endpoint=" in (scratch / "lines").read_text()
        check_no_secret(scratch, json.dumps(told))


def table_folders(s3, prefix):
    found = client(s3.endpoint).list_objects_v2(Bucket=BUCKET, Prefix=prefix + "/", Delimiter="/")
    return [entry["Prefix"].removeprefix(prefix + "/").rstrip("/") for entry in found["CommonPrefixes"]]


def failed(scratch, *options, code=1, env=None):
    """(what it said, seconds)"""
    began = time.monotonic()
    done = run("batch", "run", "--engine", "spark", "--data-dir", scratch / "d", "--pipeline", scratch / "pipeline", *options,
               code=code, env=env, timeout=spark_peer.TIMEOUT)
    check_no_secret(scratch, done.stderr, done.stdout)
    return done.stderr, time.monotonic() - began


def little_pipeline(scratch, s3):
    write_pipeline(scratch / "pipeline")
    write_objects(scratch / "bucket", "u.thing", [b'{"id":1,"s":"a"}', b'{"id":2}', b'{"id":3'])
    upload(s3, scratch / "bucket", "raw")


def scenario_what_is_wrong_with_the_store_is_told_before_spark_is_started():
    with folder() as scratch, VersityGw() as s3:
        little_pipeline(scratch, s3)
        never = ("--set", "spark.submit=/nowhere/spark-submit")
        tables, keys = f"s3://{BUCKET}/tables", keys_file(scratch)
        no_bucket, _ = failed(scratch, *never, *settings(s3, keys, tables, objects="s3://nobody/raw"))
        assert "nobody" in no_bucket and s3.endpoint in no_bucket and "spark.submit" not in no_bucket, no_bucket
        no_tables, _ = failed(scratch, *never, *settings(s3, keys, "s3://nobody/tables"))
        assert "nobody" in no_tables and s3.endpoint in no_tables and "spark.submit" not in no_tables, no_tables
        refused, _ = failed(scratch, *never, *settings(s3, keys_file(scratch, "wrong"), tables))
        assert s3.endpoint in refused and "secret access key" in refused and "spark.submit" not in refused, refused
        well, _ = failed(scratch, *never, *settings(s3, keys_file(scratch), tables))
        assert "spark.submit" in well, well
        s3.kill()
        away, seconds = failed(scratch, *never, *settings(s3, keys, tables), code=69)
        assert s3.endpoint in away and "spark.submit" not in away and seconds < 30, (seconds, away)


def scenario_what_is_wrong_with_the_store_on_spark_names_it_and_the_setting():
    with folder() as scratch, VersityGw() as s3:
        little_pipeline(scratch, s3)
        on_spark, tables = watched_submit(scratch), f"s3://{BUCKET}/tables"

        def on_store(keys, objects):
            """As Spark alone names the places, so that nothing is looked at here."""
            return [*on_spark, *settings(s3, keys, tables), "--set", f"spark.objects={objects}", "--set",
                    f"spark.tables=s3a://{BUCKET}/tables"]
        no_bucket, _ = failed(scratch, *on_store(keys_file(scratch), "s3a://nobody/raw"))
        assert "has no such bucket" in no_bucket and s3.endpoint in no_bucket and "objects.url" in no_bucket, no_bucket
        refused, _ = failed(scratch, *on_store(keys_file(scratch, "wrong"), f"s3a://{BUCKET}/raw"))
        assert "refused the keys" in refused and s3.endpoint in refused and "aws.credentials_csv" in refused, refused
        jars = scratch / "jars"
        jars.mkdir()
        for jar in (spark_peer.spark_home() / "jars").iterdir():
            if not jar.name.startswith("hadoop-aws"):
                (jars / jar.name).symlink_to(jar)
        no_client, _ = failed(scratch, *on_store(keys_file(scratch), f"s3a://{BUCKET}/raw"), "--set", f"spark.jars={jars}")
        assert "hadoop-aws" in no_client and "spark.packages" in no_client, no_client


def scenario_a_store_that_goes_away_under_spark_is_given_up_in_time():
    with folder() as scratch, VersityGw() as s3:
        little_pipeline(scratch, s3)
        log = s3.folder / "objects" / BUCKET / "tables/thing/_delta_log/00000000000000000000.json"

        def kill_at_the_first_commit():
            while process.poll() is None:
                if log.exists():
                    killed.append(time.monotonic())
                    return s3.kill()
                time.sleep(.005)
        killed = []
        process = subprocess.Popen(
            [program(), "batch", "run", "--engine", "spark", "--data-dir", scratch / "d", "--pipeline", scratch / "pipeline",
             *watched_submit(scratch), *settings(s3, keys_file(scratch), f"s3://{BUCKET}/tables")],
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        watch = threading.Thread(target=kill_at_the_first_commit)
        watch.start()
        output, said = process.communicate(timeout=spark_peer.TIMEOUT)
        watch.join()
        assert killed, said
        seconds = time.monotonic() - killed[0]
        assert process.returncode == 69 and "does not answer" in said and s3.endpoint in said and "s3.endpoint" in said, said
        assert seconds < GIVEN_UP_SECONDS, f"given up after {seconds:.0f} s"
        check_no_secret(scratch, output, said)


def scenario_a_store_with_a_ca_of_its_own_is_trusted_by_javas_trust_store():
    spark_peer.spark_home()
    with folder() as scratch, Moto(certificates(scratch, "127.0.0.1")) as s3:
        little_pipeline(scratch, s3)
        on_store = [*watched_submit(scratch), *settings(s3, keys_file(scratch), f"s3://{BUCKET}/tables"), "--set",
                    f"s3.ca_file={s3.authority}"]
        told, _ = failed(scratch, *on_store, code=69)
        assert "s3.ca_file" in told and "keytool" in told and s3.endpoint in told, told
        trust = scratch / "trust.jks"
        subprocess.run(["keytool", "-importcert", "-noprompt", "-alias", "ours", "-file", s3.authority, "-keystore", trust,
                        "-storetype", "JKS", "-storepass", "changeit"], check=True, capture_output=True)
        properties = [name for name in spark_peer.PROPERTIES if "extraJavaOptions" not in name]
        properties.append(f"spark.driver.extraJavaOptions=-Djavax.net.ssl.trustStore={trust}")
        told = run_json("batch", "run", "--engine", "spark", "--data-dir", scratch / "d", "--pipeline", scratch / "pipeline",
                        *on_store, "--set", "spark.conf=" + " ".join(properties), timeout=spark_peer.TIMEOUT)
        assert told["ledger"]["batch"]["read"] == 3, told
