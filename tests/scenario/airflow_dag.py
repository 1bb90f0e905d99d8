# SPDX-License-Identifier: Apache-2.0
"""The daily graph in the hands of a real Airflow: its file on both lines, its runs beside ours, and the trigger."""
import ast
import datetime
import json
import os
import shlex
import shutil
import subprocess

from airflow_server import PASSWORD, USER, airflow_environment, shared_airflow, venv
from house import ROOT, Server, Skip, folder, post_record, run, run_json, wait_for
from schedule import fill, pipeline_with

LOOK = ROOT / "tests/peers/airflow/look_at_dag.py"
RUN_SECONDS = 240  # of a run on a small machine that does other things too
STEPS = ["load", "clean_pin", "clean_geo", "clean_user", "ask"]


def only_for_real():
    if not os.environ["REAL"]:
        raise Skip("needs --real")


def looked_at(dags, scratch):
    """{2: …, 3: …}: what each line makes of the files of a folder."""
    looks = {line: subprocess.Popen([venv(line) / "bin/python", LOOK, dags], text=True, stdout=subprocess.PIPE,
                                    stderr=open(scratch / f"look{line}", "wb"),
                                    env=airflow_environment(line, scratch / f"home{line}")) for line in (3, 2)}
    seen = {}
    for line, look in looks.items():
        out, _ = look.communicate(timeout=RUN_SECONDS)
        assert look.returncode == 0, (scratch / f"look{line}").read_text()[-3000:]
        seen[line] = json.loads(out.splitlines()[-1])
    return seen


def dates(look, dag):
    """{moment at which a run is due: its date}"""
    return {one["due"]: one["date"] for one in look["dags"][dag]["runs"]}


def scenario_the_dag_file_parses_without_warning_and_means_the_same_days_on_airflow_2_and_3():
    only_for_real()
    with folder() as scratch:
        dags = scratch / "dags"
        dags.mkdir()
        pipeline = pipeline_with(scratch, cron='"30 2 * * *"', time_zone="Europe/Berlin", retries="3", retry_delay="90s",
                                 step_timeout="5m", catch_up="true")
        hostile = scratch / "it's \"a\" $(touch owned) folder"
        common = ("export", "airflow", "--data-dir", hostile, "-q", "--output")
        run(*common, dags, "--start-date", "2026-11-20")
        run(*common, dags / "berlin.py", "--dag-id", "berlin", "--start-date", "2026-03-27", "--pipeline", pipeline)
        run(*common, dags / "spark.py", "--dag-id", "spark", "--tasks", "spark")
        run(*common, dags / "course.py", "--dag-id", "course", "--tasks", "databricks", "--notebook-path",
            "/Users/ana@example.com/pins", "--cluster-id", "1108-162752-8okw8dgg")
        run(*common, dags / "by_hand.py", "--dag-id", "by_hand", "--set", "schedule.cron=off")
        seen = looked_at(dags, scratch)
        for line, look in seen.items():
            assert look["version"].startswith(f"{line}."), look["version"]
            assert look["import_errors"] == {} and look["warnings"] == [], look
            assert sorted(look["dags"]) == ["berlin", "by_hand", "course", "demo_dag", "spark"], look["dags"]
            demo, berlin = look["dags"]["demo_dag"], look["dags"]["berlin"]
            assert list(demo["tasks"]) == STEPS
            assert demo["tasks"]["load"]["downstream"] == sorted(STEPS[1:4])
            assert all(demo["tasks"][name]["downstream"] == ["ask"] for name in STEPS[1:4])
            assert (demo["catchup"], demo["max_active_runs"], demo["zone"]) == (False, 1, "UTC"), demo
            assert (berlin["catchup"], berlin["zone"]) == (True, "Europe/Berlin"), berlin
            asked = berlin["tasks"]["ask"]
            assert (asked["retries"], asked["retry_delay"], asked["timeout"]) == (3, 90, 300), asked
            submit = look["dags"]["course"]["tasks"]["submit_run"]
            assert submit["operator"] == "DatabricksSubmitRunOperator", submit
            assert "--engine spark" in look["dags"]["spark"]["tasks"]["batch"]["command"]
            assert look["dags"]["by_hand"]["runs"] == [], look["dags"]["by_hand"]
            # Airflow 2 calls a run by the day before, Airflow 3 by the moment itself: the date is the moment's on both.
            for dag, zone in (("demo_dag", datetime.timezone.utc), ("berlin", None)):
                for due, date in dates(look, dag).items():
                    moment = datetime.datetime.fromisoformat(due)
                    assert zone is None or moment.astimezone(zone).date().isoformat() == date, (line, due, date)
                assert len(dates(look, dag)) == 3, look["dags"][dag]
            # 02:30 does not exist on the 29th of March: each line has its own moment for it, and the same date.
            assert dates(look, "berlin")["2026-03-28T01:30:00+00:00"] == "2026-03-28", dates(look, "berlin")
        for dag in ("demo_dag", "berlin"):
            both = dates(seen[2], dag).keys() & dates(seen[3], dag).keys()
            assert len(both) >= 1 and all(dates(seen[2], dag)[due] == dates(seen[3], dag)[due] for due in both), seen
        # The command is the shell's one word for each of ours, whatever stands in it.
        command = seen[3]["dags"]["demo_dag"]["tasks"]["load"]["command"].replace("{{ run_date(dag_run) }}", "2026-11-20")
        subprocess.run(["bash", "-c", command], cwd=scratch, capture_output=True, check=True, timeout=60)
        assert (hostile / "steps/2026-11-20/load.json").exists() and not (scratch / "owned").exists()
        checked = subprocess.run([venv(3) / "bin/ruff", "check", "--isolated", "--preview", "--select", "AIR,F,E9", dags],
                                 capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout


def answers(data):
    return (data / "reports/answers.json").read_bytes()


def rows(data):
    return {name: run_json("sql", f"select * from {name} order by 1", "--data-dir", data) for name in ("pin", "geo", '"user"')}


def mended_when(failed, path, text):
    wait_for(failed, RUN_SECONDS)
    path.write_text(text)


def scenario_a_run_of_airflow_leaves_what_batch_run_leaves_and_a_failing_step_is_tried_again():
    only_for_real()
    server = shared_airflow()
    with folder() as scratch:
        data, other = scratch / "d", scratch / "other"
        fill(data)
        shutil.copytree(data, other)
        run("batch", "run", "--data-dir", other)
        pipeline = pipeline_with(scratch, retries="5", retry_delay="2s")
        geo = pipeline / "clean/geo.sql"
        sound = geo.read_text()
        geo.write_text("select no_such_column from raw\n")
        run("export", "airflow", "--data-dir", data, "--pipeline", pipeline, "--dag-id", "graph", "--start-date", "2026-01-01",
            "--output", server.dags / "graph.py")
        server.parse()
        began = wait_for(lambda: server.runs("graph"), RUN_SECONDS)[0]["dag_run_id"]
        geo_task = lambda: server.tasks("graph", began)["clean_geo"]
        mended_when(lambda: geo_task()["state"] == "up_for_retry", geo, sound)
        wait_for(lambda: server.runs("graph")[0]["state"] in ("success", "failed"), RUN_SECONDS)
        assert [one["state"] for one in server.runs("graph")] == ["success"], server.tasks("graph", began)
        assert 2 <= geo_task()["try_number"] <= 6, geo_task()
        first = server.log_of("graph", began, "clean_geo")
        assert "no_such_column" in first and "geo.sql" in first, first
        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        assert f"--date '{today}'" in server.log_of("graph", began, "load").replace(f"--date {today}", f"--date '{today}'")
        assert answers(data) == answers(other)
        assert rows(data) == rows(other)
        ledgers = [json.loads((place / "reports/ledger.json").read_text())["total"] for place in (data, other)]
        assert ledgers[0] == ledgers[1], ledgers


def airflow_settings(scratch, server, dag, **more):
    secret = scratch / "password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    lines = {"url": server.url, "user": USER, "password_file": secret, "dag_id": dag, "timeout": "60s", **more}
    path = scratch / "pinflow.yaml"
    path.write_text("schedule: airflow\nairflow:\n" + "".join(f"  {key}: {value}\n" for key, value in lines.items()))
    return path


def shown(data, which):
    return run_json("run", "show", which, "--log", "--data-dir", data)


def scenario_up_triggers_airflow_by_the_clock_and_the_run_book_tells_of_every_step():
    only_for_real()
    server = shared_airflow()
    with folder() as scratch:
        data = scratch / "d"
        fill(data)
        pipeline = pipeline_with(scratch, cron='"* * * * *"', retries="5", retry_delay="2s")
        geo = pipeline / "clean/geo.sql"
        sound = geo.read_text()
        geo.write_text("select no_such_column from raw\n")
        config = airflow_settings(scratch, server, "told")
        run("export", "airflow", "--data-dir", data, "--pipeline", pipeline, "--config", config, "--dag-id", "told",
            "--output", server.dags / "told.py")
        assert "schedule=None," in (server.dags / "told.py").read_text(), "we trigger it: Airflow must not run it by itself"
        server.parse()
        with Server(data, "log.durability=os", f"pipeline.directory={pipeline}", env={"PINFLOW_CONFIG": str(config)}) as up:
            assert post_record(up, "demo.geo", {"ind": 424242, "country": "Chad", "timestamp": "2020-01-02T03:04:05",
                                                "latitude": 1.5, "longitude": 2.5})[0] == 200
            runs = lambda: run_json("run", "list", "--data-dir", data)
            number = wait_for(runs, RUN_SECONDS)[0]["id"]
            step = lambda name: [one for one in shown(data, number)["steps"] if one["name"] == name]
            mended_when(lambda: any(one["state"] == "failed" for one in step("clean_geo")), geo, sound)
            wait_for(lambda: shown(data, number)["state"] not in ("queued", "running"), RUN_SECONDS)
            told = shown(data, number)
            up.stop()
        assert told["state"] == "succeeded" and told["trigger"] == "scheduled", told
        order = [one["name"] for one in told["steps"] if one["attempt"] == 1]
        assert [*order[:2], sorted(order[2:5]), *order[5:]] == ["trigger", "load", sorted(STEPS[1:4]), "ask"], told["steps"]
        assert [one["state"] for one in step("clean_geo")][-1] == "succeeded", step("clean_geo")
        assert any(one["state"] == "failed" and "no_such_column" in one["reason"] for one in step("clean_geo")), told
        assert all(one["ended_ms"] >= one["started_ms"] > 0 for one in told["steps"] if one["state"] == "succeeded"), told
        airflows = server.runs("told")
        assert airflows[0]["dag_run_id"].startswith("pinflow__") and airflows[0]["conf"] == {"date": told["date"]}, airflows
        # What was accepted before the run is in its tables: the step `load` had the server's sink put it into objects.
        assert run_json("sql", "select country from geo where ind = 424242", "--data-dir", data) == [{"country": "Chad"}]
        assert PASSWORD not in json.dumps(told) + up.log_text()


def scenario_what_airflow_refuses_is_said_with_what_to_try():
    only_for_real()
    server = shared_airflow()
    with folder() as scratch:
        pipeline = pipeline_with(scratch, retries="0")

        def refused(dag="refusing", **settings):
            config = airflow_settings(scratch, server, dag, **settings)
            done = run("run", "start", "--data-dir", scratch / "d", "--pipeline", pipeline, "--config", config, code=1)
            assert PASSWORD not in done.stdout + done.stderr
            return done.stdout
        assert "pinflow export airflow" in refused()
        run("export", "airflow", "--data-dir", scratch / "d", "--dag-id", "refusing", "--output", server.dags / "refusing.py",
            "--set", "schedule.cron=off", "-q")
        server.parse()
        server.ask("PATCH", "/api/v2/dags/refusing", {"is_paused": True})
        assert "airflow dags unpause refusing" in refused()
        wrong = scratch / "wrong"
        wrong.write_text("canary-password\n")
        wrong.chmod(0o600)
        text = refused(password_file=wrong)
        assert "401" in text and "airflow.password_file" in text and "canary" not in text, text
        assert "airflow.url" in refused(url="http://127.0.0.1:9")
        unset = run("run", "start", "--set", "schedule=airflow", "--data-dir", scratch / "d", code=78)
        assert "airflow.url is not set" in unset.stderr, unset.stderr


def scenario_the_dag_file_is_python_and_its_commands_run_whatever_the_names():
    """Without an Airflow: the file's own words, and the steps as it says them."""
    with folder() as scratch:
        data = scratch / "it's \"a\" $(touch owned) folder"
        fill(data)
        text = run("export", "airflow", "--data-dir", data, "--set", "sink.topics.regex=.*'\"\\\\.*").stdout
        tree = ast.parse(text)
        words = next(ast.literal_eval(one.value) for one in tree.body
                     if isinstance(one, ast.Assign) and one.targets[0].id == "PINFLOW")
        assert words[1:] == ["--data-dir", str(data), "--set", "sink.topics.regex=.*'\"\\\\.*"], words
        for step in STEPS:
            subprocess.run(["bash", "-c", shlex.join([*words, "run", "step", step, "--date", "2026-11-24"])], cwd=scratch,
                           check=True, capture_output=True, timeout=60)
        stepwise = answers(data)
        run("batch", "run", "--data-dir", data)
        assert answers(data) == stepwise and not (scratch / "owned").exists()
        for wrong in (("--dag-id", "a b"), ("--tasks", "databricks"), ("--start-date", "soon"), ("--program", "/{{ x }}")):
            assert run("export", "airflow", *wrong, code=2).stderr.startswith("pinflow: "), wrong
        told = run("run", "step", "ask", "--date", "2026-11-23", "--data-dir", data, code=3)
        assert "pinflow run step load --date 2026-11-23" in told.stderr, told.stderr
