# SPDX-License-Identifier: Apache-2.0
"""The whole pipeline with every station on its real service at once; and the way there from one machine."""
import json
import os
import sqlite3
import textwrap

import spark_peer
from airflow_server import shared_airflow
from house import Server, Skip, folder, http, run, run_json, wait_for
from kafka_server import shared_kafka
from kinesis_server import Kinesalite
from mariadb_server import PASSWORD, shared_server
from s3_server import ACCESS, BUCKET, SECRET, VersityGw

ROWS = 400
SECONDS = 240
KINDS = ("pin", "geo", "user")
SECRETS = (PASSWORD, SECRET)


def only_for_real():
    if not os.environ["REAL"]:
        raise Skip("needs --real")


def configuration(scratch, database, kafka, kinesis, s3):
    """A base that is this machine, and a profile that is none of it."""
    (scratch / "keys.csv").write_text(f"Access key ID,Secret access key\n{ACCESS},{SECRET}\n")
    (scratch / "password").write_text(PASSWORD)
    for name in ("keys.csv", "password"):
        (scratch / name).chmod(0o600)
    path = scratch / "pinflow.yaml"
    path.write_text(textwrap.dedent(f"""\
        user: "0a1b2c3d4e5f"
        profiles:
          real:
            source: {{url: "{database}", password_file: password}}
            aws: {{region: us-east-1, credentials_csv: keys.csv}}
            kafka: {{bootstrap_servers: "{kafka}"}}
            kinesis: {{endpoint: "{kinesis}"}}
            s3: {{endpoint: "{s3}"}}
            objects: {{url: "s3://{BUCKET}/{scratch.name}/raw"}}
            tables: {{url: "s3://{BUCKET}/{scratch.name}/tables"}}
            sink: {{topics: {{regex: '0a1b2c3d4e5f[.].*'}}}}
            stream: {{commit: {{interval: 200ms}}}}
        """))
    return path


def local_answers(scratch, config):
    """The same draws through the same pipeline, here."""
    data = scratch / "local"
    run("seed", "--rows", 300, "--data-dir", data)
    with Server(data, env={"PINFLOW_CONFIG": str(config)}) as up:
        run("emulate", "--rows", ROWS, "--no-wait", "--data-dir", data, "--config", config)
        up.stop()
    told = run_json("batch", "run", "--data-dir", data, "--config", config)
    return told, (data / "reports/answers.json").read_bytes()


def emulate_and_die(up, data, config):
    """Posts all on both roads; then the server is killed before it can put anything in order."""
    done = run("emulate", "--road", "both", "--rows", ROWS, "--no-wait", "--concurrency", 4, "--data-dir", data, "--config",
               config, "--profile", "real", timeout=SECONDS)
    assert f"accepted {3 * ROWS:,} on topics, {3 * ROWS:,} on streams" in done.stderr, done.stderr
    up.kill()


def count(config, data, table):
    return run_json("sql", f"select count(*) as n from {table}", "--data-dir", data, "--config", config, "--profile", "real"
                    )[0]["n"]


def scenario_every_station_on_its_real_service_gives_the_answers_of_one_machine():
    only_for_real()
    kafka, airflow = shared_kafka(), shared_airflow()
    kinesis = Kinesalite()
    with folder() as scratch, VersityGw() as s3:
        try:
            database = shared_server().database("outgrow")
            config = configuration(scratch, database, kafka.plain, kinesis.url, s3.endpoint)
            real = ("--config", config, "--profile", "real")
            data = scratch / "real"
            run("seed", "--rows", 300, "--into", database, *real)
            local, answers = local_answers(scratch, config)

            found = run_json("check", "--connect", "--data-dir", data, *real, code=69)
            failed = {one["station"]: one["text"] for one in found["stations"] if not one["is_ok"]}
            assert list(failed) == ["streams"] and "0a1b2c3d4e5f" in failed["streams"], found

            environment = {"PINFLOW_CONFIG": str(config), "PINFLOW_PROFILE": "real"}
            with Server(data, env=environment) as up:
                emulate_and_die(up, data, config)
            assert all(one["is_ok"] for one in run_json("check", "--connect", "--data-dir", data, *real)["stations"])
            with Server(data, env=environment) as up:
                assert http("POST", up.url("/api/v1/flush", "admin"))[0] == 200
                for kind in KINDS:
                    wait_for(lambda: count(config, data, f'"0a1b2c3d4e5f_{kind}_table"') == ROWS, SECONDS)
                up.stop()
                text = up.log_text()

            told = run_json("batch", "run", "--data-dir", data, *real, timeout=SECONDS)
            assert told["ledger"] == local["ledger"] and told["ledger"]["batch"]["read"] == 3 * ROWS, told["ledger"]
            assert (data / "reports/answers.json").read_bytes() == answers
            assert not list((data / "objects").glob("**/*.json")) and not list((data / "tables").glob("**/*.parquet"))

            # Over the very objects, into tables of its own beside the others.
            spark = scratch / "spark"
            told = run_json("batch", "run", "--engine", "spark", "--data-dir", spark, *real, "--set",
                            f"tables.url=s3://{BUCKET}/{scratch.name}/spark", *spark_peer.settings(), timeout=spark_peer.TIMEOUT)
            assert told["ledger"] == local["ledger"], told["ledger"]
            assert (spark / "reports/answers.json").read_bytes() == answers
            text += (spark / "spark.log").read_text(errors="replace")

            (data / "reports/answers.json").unlink()
            run("export", "airflow", "--data-dir", data, *real, "--dag-id", "outgrow", "--start-date", "2026-01-01", "--output",
                airflow.dags / "outgrow.py")
            airflow.parse()
            wait_for(lambda: airflow.runs("outgrow") and airflow.runs("outgrow")[0]["state"] in ("success", "failed"), SECONDS)
            done = airflow.runs("outgrow")[0]
            assert done["state"] == "success", airflow.tasks("outgrow", done["dag_run_id"])
            assert (data / "reports/answers.json").read_bytes() == answers

            text += run("config", "show", "--resolved", *real).stdout
            assert not any(secret in text for secret in SECRETS)
        finally:
            kinesis.remove()


def scenario_topics_that_moved_to_kafka_are_read_on_from_where_they_were():
    only_for_real()
    kafka = shared_kafka()
    with folder() as scratch:
        data, config = scratch / "d", scratch / "pinflow.yaml"
        config.write_text(f'user: moved\nprofiles:\n  away:\n    kafka: {{bootstrap_servers: "{kafka.plain}"}}\n')
        run("seed", "--rows", 300, "--data-dir", data)
        here, away = {"PINFLOW_CONFIG": str(config)}, {"PINFLOW_CONFIG": str(config), "PINFLOW_PROFILE": "away"}
        with Server(data, "sink.flush.size=7", "sink.rotate.schedule.interval.ms=3600000", env=here) as up:
            run("emulate", "--rows", 100, "--no-wait", "--data-dir", data, "--config", config)
            up.kill()
        done = run("up", "--data-dir", data, "--config", config, "--profile", "away", "--set", "listen.gateway=127.0.0.1:0",
                   "--set", "listen.admin=127.0.0.1:0", code=1)
        assert "--moved" in done.stderr and "topics" in done.stderr, done.stderr

        moved = run_json("migrate", "topics", "--to", "away", "--data-dir", data, "--config", config)
        assert {one["topic"]: one["records"] for one in moved} == {f"moved.{kind}": 100 for kind in KINDS}, moved
        assert all(one["has_same_offsets"] and len(one["sha256"]) == 64 for one in moved), moved
        again = run_json("migrate", "topics", "--to", "away", "--data-dir", data, "--config", config)
        assert all(one["copied"] == 0 for one in again) and [one["sha256"] for one in again] == [one["sha256"] for one in moved]

        run("check", "--connect", "--data-dir", data, "--config", config, "--profile", "away")
        with Server(data, "places.moved=true", "sink.topics.regex=moved[.].*", env=away) as up:
            run("emulate", "--rows", 60, "--no-wait", "--dice-seed", 5, "--data-dir", data, "--config", config)
            assert http("POST", up.url("/api/v1/flush", "admin"))[0] == 200
            up.stop()
        with sqlite3.connect(data / "source.sqlite") as source:
            assert source.execute("select count(*) from pinterest_data").fetchone()[0] == 300
        told = run_json("batch", "run", "--data-dir", data, "--config", config)
        assert told["ledger"]["batch"]["read"] == 3 * 160, json.dumps(told["ledger"])
