# SPDX-License-Identifier: Apache-2.0
"""Daily loads: each kind as its `load:` says, killed and run again."""
import json
import os
import pathlib
import shutil
import signal
import subprocess

from house import environment, folder, program, run, run_json, wait_for

PIPELINE = pathlib.Path(__file__).resolve().parents[2] / "pipelines/pinterest"
DAY_SECONDS = 24 * 3600


def pipeline_with(scratch, load):
    """The course's pipeline with that `load` for each kind."""
    shutil.copytree(PIPELINE, scratch / "pipeline", dirs_exist_ok=True)
    file = scratch / "pipeline/pipeline.yaml"
    lines = [line for line in (PIPELINE / "pipeline.yaml").read_text().splitlines() if not line.startswith("    load:")]
    text = "\n".join(f"{line}\n    load: {load}" if line.startswith("    source_table:") else line for line in lines)
    file.write_text(text + "\n")
    return scratch / "pipeline"


def write_object(bucket, kind, first, records, day=None):
    topic = f"demo.{kind}"
    place = bucket / "topics" / topic / "partition=0"
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{topic}+0+{first:010}.json"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    if day is not None:
        os.utime(file, (day * DAY_SECONDS + 60, day * DAY_SECONDS + 60))


def users(first, count, name):
    return [{"ind": number, "first_name": name, "last_name": "Doe", "age": 30, "date_joined": "2020-01-01 00:00:00"}
            for number in range(first, first + count)]


def batch(scratch, load, *more, **options):
    """The run's ledger."""
    arguments = ("--data-dir", scratch / load, "--pipeline", scratch / "pipeline", "batch", "run",
                 "--objects", scratch / "bucket", *more)
    if options:
        return run(*arguments, **options)
    return run_json(*arguments)["ledger"]["batch"]


def names(scratch, load):
    return run_json("--data-dir", scratch / load, "--pipeline", scratch / "pipeline", "sql",
                    "select ind, user_name from users order by all")


def scenario_daily_loads_of_new_objects_add_up_to_one_load_of_all():
    with folder() as scratch:
        pipeline_with(scratch, "new")
        write_object(scratch / "bucket", "user", 0, users(0, 10, "Ann"))
        write_object(scratch / "bucket", "user", 30, users(5, 10, "Late"))
        first = batch(scratch, "new")
        assert first["read"] == 20 and first["written"] == 15 and first["duplicates"] == 5, first
        write_object(scratch / "bucket", "user", 10, users(0, 20, "Bob"))
        second = batch(scratch, "new")
        assert second["read"] == 20 and second["written"] == 5 and second["duplicates"] == 15, second
        assert batch(scratch, "new")["read"] == 0
        pipeline_with(scratch, "all")
        whole = batch(scratch, "all")
        assert whole == {name: first[name] + second[name] for name in whole if name != "adds_up"} | (
            {"adds_up": True} if "adds_up" in whole else {}), (whole, first, second)
        assert names(scratch, "all") == names(scratch, "new")


def scenario_a_killed_load_of_new_objects_is_counted_by_the_next():
    with folder() as scratch:
        pipeline_with(scratch, "new")
        write_object(scratch / "bucket", "user", 0, users(0, 10, "Ann"))
        for point in ("batch.new.quarantine_committed:3", "batch.new.raw_committed:1"):
            batch(scratch, "new", code=-9, env={"PINFLOW_CRASH_POINT": point})
        write_object(scratch / "bucket", "user", 10, users(5, 10, "Bob") + [{"no": "key"}])
        ledger = batch(scratch, "new")
        assert ledger["read"] == 21 and ledger["written"] == 15 and ledger["quarantined"] == 1, ledger


def scenario_a_date_is_loaded_again_without_touching_others():
    with folder() as scratch:
        pipeline_with(scratch, "by_date")
        write_object(scratch / "bucket", "user", 0, users(0, 10, "Ann"), day=1)
        write_object(scratch / "bucket", "user", 10, users(0, 5, "Bob"), day=2)
        for _ in range(2):
            assert batch(scratch, "by_date", "--date", "1970-01-02")["written"] == 10
            assert batch(scratch, "by_date", "--date", "1970-01-03")["written"] == 5
            assert len(names(scratch, "by_date")) == 15
        refused = batch(scratch, "by_date", "--date", "1970-02-30", code=2)
        assert "date" in refused.stderr, refused.stderr


def scenario_an_unknown_way_to_load_names_file_line_and_the_known_ones():
    with folder() as scratch:
        pipeline_with(scratch, "newest")
        refused = run("--data-dir", scratch / "d", "--pipeline", scratch / "pipeline", "batch", "run", code=78)
        assert "pipeline.yaml:" in refused.stderr and "all, new, by_date" in refused.stderr, refused.stderr


def scenario_a_scheduled_run_loads_the_day_before_its_own_and_gives_the_same_again():
    with folder() as scratch:
        pipeline_with(scratch, "by_date")
        bucket = scratch / "d/objects/user-demo-bucket"
        write_object(bucket, "user", 0, users(0, 10, "Ann"), day=1)
        write_object(bucket, "user", 10, users(0, 5, "Bob"), day=2)
        start = ("--data-dir", scratch / "d", "--pipeline", scratch / "pipeline", "run", "start")
        backfill = run_json(*start, "--from", "1970-01-02", "--to", "1970-01-04")["runs"]
        assert [one["ledger"]["written"] for one in backfill] == [0, 10, 5], backfill
        again = run_json(*start, "--date", "1970-01-03")["runs"][0]
        assert again["ledger"] == backfill[1]["ledger"], again
        assert len(names(scratch, "d")) == 15


def scenario_ctrl_c_ends_a_batch_run_and_the_same_command_resumes():
    with folder() as scratch:
        pipeline_with(scratch, "all")
        write_object(scratch / "bucket", "user", 0, users(0, 10, "Ann"))
        question = scratch / "pipeline/questions/q4_top_category_per_country.sql"
        good = question.read_text()
        question.write_text("select count(*) as n from range(10000000) a, range(10000000) b where a.range + b.range = 7")
        arguments = [program(), "--data-dir", scratch / "all", "--pipeline", scratch / "pipeline", "batch", "run",
                     "--objects", scratch / "bucket", "-q"]
        running = subprocess.Popen(list(map(str, arguments)), env=environment(), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        wait_for(lambda: (scratch / "all/tables/user/_delta_log").is_dir())
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=20)[1]
        assert running.returncode == 130 and "stopping cleanly" in said, (running.returncode, said)
        question.write_text(good)
        assert batch(scratch, "all")["written"] == 10
