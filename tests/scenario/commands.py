# SPDX-License-Identifier: Apache-2.0
"""The commands, as a newcomer types them."""
import json
import sqlite3

from house import Server, folder, http, run, run_json, wait_for

QUESTIONS = 13


def check_ledger(ledger):
    assert ledger["read"] == (ledger["written"] + ledger["quarantined"] + ledger["duplicates"] + ledger["late"]), ledger


def scenario_demo_runs_both_roads_and_its_ledger_adds_up():
    with folder() as scratch:
        demo = run_json("demo", "--rows", 200, "--seed", 7, "--data-dir", scratch / "d")
        assert demo["rows"] == 200
        assert demo["accepted"] == {"topics": 600, "streams": 600}, demo["accepted"]
        check_ledger(demo["ledger"]["batch"])
        check_ledger(demo["ledger"]["stream"])
        assert demo["ledger"]["batch"]["read"] == 600
        assert demo["ledger"]["stream"]["read"] == 600
        assert demo["ledger"]["stream"]["written"] == 600
        assert demo["tables"]["pin"] == demo["ledger"]["batch"]["written"] / 3
        assert demo["tables"]["demo_pin_table"] == 200
        assert demo["objects"] >= 3
        assert len(demo["answers"]) >= QUESTIONS
        # The dice of seed 100 over 11,001 rows: 200 draws hit 197 or so distinct rows, the same ones always.
        again = run_json("demo", "--rows", 200, "--seed", 7, "--data-dir", scratch / "e")
        assert again["answers"] == demo["answers"] and again["tables"] == demo["tables"]
        other = run_json("demo", "--rows", 200, "--seed", 8, "--data-dir", scratch / "f")
        assert other["answers"] != demo["answers"], "another seed, the same answers: is the source read?"


def scenario_demo_resumes_an_interrupted_run_and_refuses_other_numbers():
    with folder() as scratch:
        first = run_json("demo", "--rows", 50, "--data-dir", scratch / "d")
        again = run_json("demo", "--rows", 50, "--data-dir", scratch / "d")
        assert again["accepted"] == first["accepted"] and again["answers"] == first["answers"]
        assert again["ledger"] == first["ledger"]
        refused = run("demo", "--rows", 51, "--data-dir", scratch / "d", code=1)
        assert "50" in refused.stderr and "--data-dir" in refused.stderr, refused.stderr


def scenario_demo_shows_each_station_and_ends_with_lines_to_paste():
    with folder() as scratch:
        done = run("demo", "--rows", 30, "--data-dir", scratch / "d")
        for word in ("seed", "serve", "emulate", "sink", "clean", "ask", "stream"):
            assert word in done.stderr, f"{word} is not told: {done.stderr}"
        for word in ("curl ", "DeltaTable(", "pinflow sql", "q4_top_category_per_country", "read"):
            assert word in done.stdout, f"{word} is not in: {done.stdout[-3000:]}"
        assert "█" in done.stdout or "#" in done.stdout, "no bars"


def scenario_seed_is_deterministic_and_follows_the_row_count():
    with folder() as scratch:
        for name in ("a", "b"):
            run("seed", "--rows", 500, "--seed", 3, "--file", scratch / name)
        dumps = ["\n".join(sqlite3.connect(scratch / name).iterdump()) for name in ("a", "b")]
        assert dumps[0] == dumps[1]
        for table in ("pinterest_data", "geolocation_data", "user_data"):
            count = sqlite3.connect(scratch / "a").execute(f"select count(*) from {table}").fetchone()[0]
            assert count == 500, (table, count)


def scenario_up_emulate_batch_ask_sql_and_status_work_together():
    with folder() as scratch:
        data = scratch / "d"
        run("seed", "--rows", 1000, "--data-dir", data)
        with Server(data, "sink.flush.size=10", "sink.rotate.schedule.interval.ms=200",
                    "stream.commit.interval=100ms") as server:
            emulated = run_json("emulate", "--data-dir", data, "--rows", 40, "--no-wait", "--road", "both")
            assert emulated["accepted"] == {"topics": 120, "streams": 120}, emulated
            status = wait_for(lambda: (s := run_json("status", "--data-dir", data)) and len(s["tables"]) >= 3 and s)
            assert [s["name"] for s in status["stations"]][:3] == ["gateway", "log", "sink"]
            wait_for(lambda: sum(t["rows"] for t in run_json("status", "--data-dir", data)["tables"]) >= 120)
            assert http("GET", server.url("/livez", "admin"))[0] == 200
            assert http("GET", server.url("/readyz", "admin"))[0] == 200
            health = http("GET", server.url("/health", "admin"))[2]
            assert health["status"] == "ok" and health["durability"] == "fsync"
            metrics = http("GET", server.url("/metrics", "admin"))[2]
            assert "pinflow_gateway_" in metrics and "pinflow_sink_objects_total" in metrics, metrics
            assert "<title>pinflow</title>" in http("GET", server.url("/", "admin"))[2]
            assert http("GET", server.url("/", "admin"), headers={"Host": "evil.example"})[0] == 421
            server.stop()
        batch = run_json("batch", "run", "--data-dir", data)
        check_ledger(batch["ledger"]["batch"])
        assert batch["ledger"]["batch"]["read"] == 120, "flush at clean stop left rows behind"
        with Server(data) as server:
            batch_ledger = http("GET", server.url("/api/v1/status", "admin"))[2]["ledger"]["batch"]
            assert batch_ledger["total"]["read"] == 120 and len(batch_ledger["kinds"]) == 3, batch_ledger
        rows = run_json("sql", "select count(*) as n from pin", "--data-dir", data)
        assert rows == [{"n": batch["tables"]["pin"]}], rows
        one = run_json("ask", "q4", "--data-dir", data)
        assert list(one) == ["q4_top_category_per_country"] and one == {k: batch["answers"][k] for k in one}
        report = json.loads((data / "reports" / "answers.json").read_text())
        assert report == batch["answers"]


def scenario_pipeline_tests_pass_and_a_broken_rule_gives_exit_3():
    import shutil

    from house import ROOT
    run("test")
    with folder() as scratch:
        shutil.copytree(ROOT / "pipelines/pinterest", scratch / "p")
        clean = scratch / "p/clean/pin.sql"
        clean.write_text(clean.read_text().replace("User Info Error", "Some Other Text"))
        broken = run("test", "--set", f"pipeline.directory={scratch / 'p'}", code=3)
        assert "poster" in (broken.stdout + broken.stderr).lower()


def scenario_export_dbml_names_every_table():
    text = run("export", "dbml").stdout
    for word in ("Project", 'Table "pinterest_data"', 'Table "geolocation_data"', 'Table "user_data"', 'Table "pin"', "Ref"):
        assert word in text, f"{word} not in {text}"


def scenario_version_and_help():
    assert run("version").stdout.startswith("pinflow 0.")
    assert "Examples:" in run("--help").stdout
