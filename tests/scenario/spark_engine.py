# SPDX-License-Identifier: Apache-2.0
"""The batch on a real Spark beside the embedded one: the same rows, refusals, ledgers and answers over the same objects."""
import base64
import json
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess

import golden
import spark_peer
from house import ROOT, environment, folder, program, run, run_json, wait_for
from spark_decoder import COLUMNS, Documents, write_objects, write_pipeline

SOURCES = {"pin": "pinterest_data", "geo": "geolocation_data", "user": "user_data"}
QUARANTINE = 'select reason, topic, partition, "offset" as o, line, object, hex(raw) as raw from {}_quarantine'


def lines_of(scratch, seed, rows):
    """{kind: documents} as careless clients send them: in three date forms, wrapped, repeated, damaged."""
    run("seed", "--rows", rows, "--seed", seed, "--file", scratch / "source.sqlite")
    dice, damage, found = random.Random(seed), Documents(seed), {}
    with sqlite3.connect(scratch / "source.sqlite") as source:
        source.row_factory = sqlite3.Row
        for kind, table in SOURCES.items():
            records = [dict(row) for row in source.execute(f"select * from {table}")]
            found[kind] = [sent(dice, damage, dict(record)) for record in records + dice.choices(records, k=rows // 3)]
    (scratch / "source.sqlite").unlink()
    return found


def sent(dice, damage, record):
    for name in ("timestamp", "date_joined"):
        if name in record:
            text = str(record[name])
            record[name] = dice.choice([text, text.replace(" ", "T"), text[:10].replace("-", ":") + text[10:], text + "+02:00"])
    if dice.random() < .1:
        name = dice.choice(list(record))
        record[name] = dice.choice([None, "", 7, 2.5, "33", True, {"a": [1]}, [2], "8k", "8k\n", "1.5M", "3B", "1e3", " 5", "-5",
                                    "é😀", "2019", "2019-02-30 10:00:00", "12:00:00", "User Info Error", 2**63, -1])
    text = json.dumps(record, ensure_ascii=dice.random() < .5)
    how = dice.random()
    if how < .05:
        text = f"[{text}]"
    elif how < .1:
        text = json.dumps(text)
    elif how < .15:
        text = json.dumps(base64.b64encode(text.encode()).decode())
    document = text.encode()
    return (damage.damaged(document) if dice.random() < .05 else document).replace(b"\n", b"")


def generate(scratch, bucket, user, seed, rows=150):
    for kind, documents in lines_of(scratch, seed, rows).items():
        half = len(documents) // 2
        write_objects(bucket, f"{user}.{kind}", documents[:half], 40)
        for path in (bucket / "topics" / f"{user}.{kind}" / "partition=0").iterdir():
            assert path.name.startswith(f"{user}.{kind}+0+")
        second = bucket / "topics" / f"{user}.{kind}" / "partition=1"
        second.mkdir()
        (second / f"{user}.{kind}+1+0000000007.json").write_bytes(b"\n".join(documents[half:]))  # and no last line break


def ask(data_dir, sql, *options):
    return sorted(map(json.dumps, run_json("sql", sql, "--data-dir", data_dir, *options)))


def check_same(embedded, spark, tables, *options):
    for table in tables:
        for sql in (f"select * from {table}", QUARANTINE.format(table)):
            here, there = ask(embedded, sql, *options), ask(spark, sql, *options)
            assert here == there, f"{sql}: {[row for row in here if row not in there][:3]} on Spark " \
                                  f"{[row for row in there if row not in here][:3]}"
            assert here, f"{sql}: there is nothing to compare"


def ledger_file(data_dir):
    report = json.loads((data_dir / "reports/ledger.json").read_text())
    for name in ("started", "duration_ms"):
        del report[name]
    for kind in report["kinds"]:
        for name in ("duration_ms", "table_version", "quarantine_version"):
            del kind[name]
    return report


def check_reports(embedded, spark):
    assert ledger_file(embedded) == ledger_file(spark)
    names = sorted(path.name for path in (embedded / "reports").iterdir())
    assert names == sorted(path.name for path in (spark / "reports").iterdir()) and len(names) == 15, names
    for name in names:
        if name != "ledger.json":
            assert (embedded / "reports" / name).read_bytes() == (spark / "reports" / name).read_bytes(), name


def scenario_spark_gives_the_rows_refusals_ledger_and_answers_of_the_embedded_engine():
    on_spark = spark_peer.settings()
    with folder() as scratch:
        bucket = scratch / "bucket"
        golden.objects_from(ROOT / "tests/golden/edge", bucket)
        generate(scratch, bucket, "1a", seed=1)
        generate(scratch, bucket, "2b", seed=2)
        (bucket / "topics/notes.txt").write_text("no object")
        here = run_json("batch", "run", "--objects", bucket, "--data-dir", scratch / "embedded")
        there = run_json("batch", "run", "--objects", bucket, "--data-dir", scratch / "spark", "--engine", "spark", *on_spark,
                         timeout=spark_peer.TIMEOUT)
        assert there.pop("engine") == "spark"
        assert here == there, "what it prints differs"
        check_same(scratch / "embedded", scratch / "spark", SOURCES)
        check_reports(scratch / "embedded", scratch / "spark")


def scenario_the_daily_graph_on_spark_keeps_the_ledger_in_the_run_book_and_takes_over_tables():
    on_spark = [*spark_peer.settings(), "--set", "batch.engine=spark"]
    with folder() as scratch:
        data_dirs = [scratch / "embedded", scratch / "spark"]
        for data_dir in data_dirs:
            bucket = data_dir / "objects/user-demo-bucket"
            generate(scratch, bucket, "3c", seed=3, rows=80)
        pipeline = scratch / "pipeline"
        shutil.copytree(ROOT / "pipelines/pinterest", pipeline)
        text = (pipeline / "pipeline.yaml").read_text()
        (pipeline / "pipeline.yaml").write_text(text.replace("load: all", "load: new"))
        # The tables were the embedded engine's, loaded another way: Spark replaces rows and marks.
        run("batch", "run", "--data-dir", data_dirs[1], "--pipeline", pipeline)
        run("batch", "run", "--data-dir", data_dirs[0])
        # By a URL, as of a bucket elsewhere: the folder is then read by Hadoop's means alone.
        seen = f"spark.objects=file://{data_dirs[1]}/objects/user-demo-bucket"
        run("run", "start", "--data-dir", data_dirs[1], *on_spark, "--set", seen, timeout=spark_peer.TIMEOUT)
        check_same(*data_dirs, SOURCES)
        check_reports(*data_dirs)
        newest = run_json("run", "list", "--data-dir", data_dirs[1])[0]
        shown = run_json("run", "show", newest["id"], "--data-dir", data_dirs[1])
        steps = {step["name"]: step for step in shown["steps"]}
        assert list(steps) == ["load", "spark", "ask"] and all(step["state"] == "succeeded" for step in steps.values()), shown
        total = ledger_file(data_dirs[0])["total"]
        assert steps["spark"]["ledger"]["read"] == total["read"] > 0, steps["spark"]
        # `load: new` afterwards begins a series of its own rather than believe old marks.
        run("batch", "run", "--data-dir", data_dirs[1], "--pipeline", pipeline)
        check_same(*data_dirs, SOURCES)


def scenario_every_column_type_and_hostile_bytes_are_the_same_through_spark():
    on_spark = spark_peer.settings()
    source = Documents(11)
    documents = [source.next() for _ in range(3000)]
    with folder() as scratch:
        write_objects(scratch / "bucket", "u.thing", documents)
        write_pipeline(scratch / "pipeline")
        options = ("--pipeline", scratch / "pipeline")
        run("batch", "run", *options, "--objects", scratch / "bucket", "--data-dir", scratch / "embedded")
        run("batch", "run", *options, "--objects", scratch / "bucket", "--data-dir", scratch / "spark", "--engine", "spark",
            *on_spark, timeout=spark_peer.TIMEOUT)
        check_same(scratch / "embedded", scratch / "spark", ["thing"], *options)
        assert ledger_file(scratch / "embedded") == ledger_file(scratch / "spark")


def scenario_sql_that_spark_does_not_know_is_an_error_with_its_file_and_line():
    on_spark = spark_peer.settings()
    with folder() as scratch:
        write_objects(scratch / "bucket", "u.thing", [b'{"id":1,"s":"a"}'])
        write_pipeline(scratch / "pipeline")
        sql = scratch / "pipeline/clean/thing.sql"
        sql.write_text(f"select {', '.join(COLUMNS)}\nfrom raw\nwhere list_contains([id], id)\n")
        options = ("--pipeline", scratch / "pipeline", "--objects", scratch / "bucket", "--data-dir", scratch / "d")
        run("batch", "run", *options)
        before = ask(scratch / "d", "select * from thing", *options[:2])
        wrong = run("batch", "run", *options, "--engine", "spark", *on_spark, code=1, timeout=spark_peer.TIMEOUT)
        assert "clean/thing.sql:3: " in wrong.stderr and "on Spark" in wrong.stderr, wrong.stderr
        assert ask(scratch / "d", "select * from thing", *options[:2]) == before, "a failed run touched the table"


def scenario_what_spark_lacks_is_told_before_or_instead_of_a_stack_trace():
    with folder() as scratch:
        write_objects(scratch / "bucket", "u.thing", [b'{"id":1}'])
        write_pipeline(scratch / "pipeline")
        options = ("--pipeline", scratch / "pipeline", "--objects", scratch / "bucket", "--data-dir", scratch / "d",
                   "--engine", "spark")
        none = run("batch", "run", *options, "--set", "spark.submit=/nowhere/spark-submit", code=1)
        assert "spark.submit" in none.stderr and "pip install pyspark" in none.stderr, none.stderr
        program = scratch / "spark-submit"
        program.write_text("#!/bin/sh\necho JAVA_HOME is not set >&2\nexit 1\n")
        program.chmod(0o755)
        no_java = run("batch", "run", *options, "--set", f"spark.submit={program}", code=1)
        assert "Java was not found" in no_java.stderr and str(scratch / "d/spark.log") in no_java.stderr, no_java.stderr
        text = (scratch / "pipeline/pipeline.yaml").read_text().replace("    key: id", "    load: new\n    key: id")
        (scratch / "pipeline/pipeline.yaml").write_text(text)
        by_new = run("batch", "run", *options, code=1)
        assert "load: new" in by_new.stderr and "embedded" in by_new.stderr, by_new.stderr
        token = run("batch", "run", *options, "--set", "spark.databricks_token=canary", code=78)
        assert "canary" not in token.stderr, token.stderr


def is_gone(process):
    try:
        return ") Z " in pathlib.Path("/proc", process, "stat").read_text()
    except OSError:
        return True


def scenario_ctrl_c_ends_spark_submit_and_what_it_started():
    with folder() as scratch:
        write_objects(scratch / "bucket", "u.thing", [b'{"id":1}'])
        write_pipeline(scratch / "pipeline")
        submit = scratch / "spark-submit"
        submit.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! > {scratch}/child.new\nmv {scratch}/child.new {scratch}/child\nwait\n")
        submit.chmod(0o755)
        process = subprocess.Popen(
            [program(), "batch", "run", "--pipeline", scratch / "pipeline", "--objects", scratch / "bucket", "--data-dir",
             scratch / "d", "--engine", "spark", "--set", f"spark.submit={submit}"],
            env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        wait_for((scratch / "child").exists)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130 and "Spark" in said, said
        wait_for(lambda: is_gone((scratch / "child").read_text().strip()))


def scenario_the_export_is_the_programs_the_pipeline_and_its_sql_letter_for_letter():
    with folder() as scratch:
        run("export", "spark", "--output", scratch / "out/spark")
        files = {str(path.relative_to(scratch / "out/spark")) for path in (scratch / "out/spark").rglob("*") if path.is_file()}
        programs = {path.name for path in (ROOT / "src/remote/spark/application").iterdir() if path.is_file()}
        assert programs | {"pipeline.json", "clean/pin.sql", "clean/geo.sql", "clean/user.sql"} <= files, files
        assert len([name for name in files if name.startswith("questions/")]) == 13, files
        for name in ("clean/pin.sql", "questions/q5_top_category_per_year.sql"):
            assert (scratch / "out/spark" / name).read_bytes() == (ROOT / "pipelines/pinterest" / name).read_bytes(), name
        for name in programs - {"README.md"}:
            compile(pathlib.Path(scratch / "out/spark" / name).read_text(), name, "exec")


def scenario_the_built_in_pipeline_answers_alike_over_the_trial_records():
    on_spark = spark_peer.settings()
    with folder() as scratch:
        same = run("export", "spark", "--check", "--data-dir", scratch / "d", *on_spark, timeout=spark_peer.TIMEOUT)
        assert same.stdout == "" and "the same answers" in same.stderr, same.stdout + same.stderr


def scenario_a_text_that_spark_answers_otherwise_is_told_with_its_rows():
    on_spark = spark_peer.settings()
    with folder() as scratch:
        write_pipeline(scratch / "pipeline")
        # Of '1.5' the embedded engine makes 2, Spark nothing.
        sql = scratch / "pipeline/clean/thing.sql"
        sql.write_text(sql.read_text().replace(" n,", " try_cast(s as int) as n,"))
        told = run("export", "spark", "--check", "--pipeline", scratch / "pipeline", "--data-dir", scratch / "d", *on_spark,
                   code=3, timeout=spark_peer.TIMEOUT)
        assert "clean/thing.sql: here {" in told.stdout and '"n":2' in told.stdout and "on Spark {" in told.stdout, told.stdout
