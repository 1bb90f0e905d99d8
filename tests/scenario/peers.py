# SPDX-License-Identifier: Apache-2.0
"""Foreign readers and clients of the registries, against the running program."""
import shutil
import sqlite3
import subprocess

from house import Server, Skip, folder, run_json, run, wait_for


def library(name):
    try:
        return __import__(name)
    except ImportError:
        raise Skip(f"the Python package {name} is not installed") from None


def scenario_deltalake_reads_batch_and_stream_tables_and_agrees():
    deltalake = library("deltalake")
    with folder() as scratch:
        demo = run_json("demo", "--rows", 300, "--data-dir", scratch / "d")
        for table, count in demo["tables"].items():
            foreign = deltalake.DeltaTable(str(scratch / "d/tables" / table)).to_pyarrow_table()
            assert foreign.num_rows == count, (table, foreign.num_rows, count)
        geo = deltalake.DeltaTable(str(scratch / "d/tables/geo"))
        ours = run_json("sql", "select ind, country, coordinates, timestamp from geo order by ind", "--data-dir", scratch / "d")
        theirs = geo.to_pyarrow_table().sort_by("ind").to_pylist()
        for one, other in zip(ours, theirs, strict=True):
            assert one["coordinates"] == other["coordinates"] and one["country"] == other["country"], (one, other)
            assert one["timestamp"] == other["timestamp"].strftime("%Y-%m-%d %H:%M:%S"), (one, other)
            assert other["timestamp"].utcoffset().total_seconds() == 0, "time zones"
        # Statistics prune right: a filter on a bound finds exactly the rows that a scan finds.
        bound = theirs[len(theirs) // 2]["ind"]
        pruned = geo.to_pyarrow_table(filters=[("ind", ">=", bound)]).num_rows
        assert pruned == sum(row["ind"] >= bound for row in theirs)


def scenario_a_student_script_with_requests_runs_unchanged():
    requests = library("requests")
    with folder() as scratch:
        run("seed", "--rows", 100, "--file", scratch / "source.sqlite")
        database = sqlite3.connect(scratch / "source.sqlite")
        database.row_factory = sqlite3.Row
        with Server(scratch / "d", "stream.commit.interval=50ms") as server:
            invoke = server.url("/test")
            for row_number in (7, 42):
                for table, kind in (("pinterest_data", "pin"), ("geolocation_data", "geo"), ("user_data", "user")):
                    row = dict(database.execute(f"select * from {table} limit {row_number}, 1").fetchone())
                    import json
                    payload = json.dumps({"records": [{"value": row}]}, default=str)
                    answer = requests.request("POST", f"{invoke}/topics/0a4e65e909bd.{kind}", data=payload,
                                              headers={"Content-Type": "application/vnd.kafka.json.v2+json"})
                    assert answer.status_code == 200, answer.text
                    stream = f"streaming-0a4e65e909bd-{kind}"
                    body = json.dumps({"StreamName": stream, "Data": row, "PartitionKey": "partition-1"}, default=str)
                    answer = requests.request("PUT", f"{invoke}/streams/{stream}/record", data=body,
                                              headers={"Content-Type": "application/json"})
                    assert answer.status_code == 200 and answer.json()["SequenceNumber"], answer.text
            def rows():
                status = requests.get(server.url("/api/v1/status", "admin")).json()
                return {table["name"]: table["rows"] for table in status["tables"]}
            wait_for(lambda: all(rows().get(f"0a4e65e909bd_{kind}_table") == 2 for kind in ("pin", "geo", "user")))
            server.stop()
        batch = run_json("batch", "run", "--objects", next((scratch / "d/objects").iterdir()), "--data-dir", scratch / "d")
        assert [batch["tables"][name] for name in ("pin", "geo", "user")] == [2, 2, 2], batch["tables"]


def scenario_the_page_draws_stations_tables_ledgers_and_answers_in_a_browser():
    browser = shutil.which("chromium")
    if not browser:
        raise Skip("chromium is not installed; ./dev test --real installs it")
    with folder() as scratch:
        run_json("demo", "--rows", 100, "--data-dir", scratch / "d")
        with Server(scratch / "d") as server:
            page = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                                   "--disable-component-update", "--disable-sync", "--no-first-run", f"--user-data-dir={scratch / 'b'}",
                                   "--virtual-time-budget=5000", "--dump-dom", server.url("/", "admin")],
                                  capture_output=True, text=True, timeout=90).stdout
        for text in ("<strong>log</strong>", "demo_pin_table", "batch pin", "batch, all", "stream demo_pin_table",
                     "q4_top_category_per_country", 'class="bar"', "Next: due at"):
            assert text in page, f"{text} is not on the page: {page[:3000]}"
        for text in ("undefined", "NaN", "<td>NO</td>", "no answer from pinflow"):
            assert text not in page, f"{text} is on the page"
