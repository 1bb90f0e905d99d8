# SPDX-License-Identifier: Apache-2.0
"""The daily graph as a user meets it: by the clock, by hand, cut off, cancelled, broken and twice at once."""
import contextlib
import glob
import json
import shutil
import signal
import subprocess

from house import ROOT, Server, Skip, environment, folder, http, program, run, run_json, wait_for

QUIET = ("log.durability=os",)
DAYS = 30
ENDLESS = "select count(*) as n from range(100000000000000) t(i) where i % 7 = 3\n"


def fill(data, rows=40):
    """Objects of a few rows, by a server that has gone again."""
    run("seed", "--rows", 200, "--data-dir", data)
    with Server(data, *QUIET) as server:
        run("emulate", "--data-dir", data, "--rows", rows, "--no-wait", "--url", server.url("/test"))
        server.stop()


def pipeline_with(scratch, question=None, **schedule):
    """A copy of the pipeline with another first question, and other schedule lines."""
    copy = scratch / "pipeline"
    shutil.copytree(ROOT / "pipelines/pinterest", copy)
    if question:
        (copy / "questions/q4_top_category_per_country.sql").write_text(question)
    path = copy / "pipeline.yaml"
    lines = path.read_text().splitlines(keepends=True)
    at = lines.index("schedule:\n")
    for key, value in schedule.items():
        found = next(n for n in range(at, len(lines)) if lines[n].startswith(f"  {key}:"))
        lines[found] = f"  {key}: {value}\n"
    path.write_text("".join(lines))
    return copy


@contextlib.contextmanager
def started(*arguments, env=None):
    """A command that goes on beside the scenario."""
    process = subprocess.Popen([program(), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=environment(env))
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def runs(data):
    return run_json("run", "list", "--limit", 1000, "--data-dir", data)


def shown(data, which):
    return run_json("run", "show", which, "--data-dir", data)


def is_running(data, date, step):
    return any(one["date"] == date and one["state"] == "running"
               and any(s["name"] == step and s["state"] == "running" for s in shown(data, one["id"])["steps"])
               for one in runs(data))


def ledgers(data):
    return {json.dumps(one["ledger"]) for one in runs(data) if one["state"] == "succeeded"}


def scenario_up_on_a_month_of_days_gives_thirty_equal_ledgers():
    """The wall clock is moved on by a day at a time (libfaketime); the monotonic one goes as it goes."""
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        raise Skip("libfaketime is not installed")
    with folder() as scratch:
        data, clock = scratch / "d", scratch / "clock"
        fill(data)
        date = lambda day: f"2026-11-{day + 1:02}" if day < 30 else f"2026-12-{day - 29:02}"

        def wind(day):
            (scratch / "clock.new").write_text(f"@{date(day)} 09:00:00\n")
            (scratch / "clock.new").rename(clock)

        wind(0)
        env = {"LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
               "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "TZ": "UTC"}
        with Server(data, *QUIET, env=env) as server:
            schedule = lambda: http("GET", server.url("/api/v1/runs", "admin"))[2]
            wait_for(lambda: schedule()["next"]["at_ms"])
            assert schedule()["runs"] == [], "the past is not run"
            for day in range(1, DAYS + 1):
                wind(day)
                wait_for(lambda: (schedule()["runs"] or [{"date": ""}])[0]["date"] == date(day)
                         and schedule()["runs"][0]["state"] == "succeeded")
            wind(DAYS - 1)  # the clock goes back: nothing is run again
            wind(DAYS)
            server.stop()
        done = runs(data)
        assert [one["date"] for one in reversed(done)] == [date(day) for day in range(1, DAYS + 1)], done
        assert {one["state"] for one in done} == {"succeeded"} and {one["trigger"] for one in done} == {"scheduled"}
        assert len(ledgers(data)) == 1, ledgers(data)
        total = done[0]["ledger"]
        assert total["read"] == 3 * 40 == sum(value for key, value in total.items() if key != "read"), total


def scenario_a_backfill_runs_each_date_once_and_with_again_once_more():
    with folder() as scratch:
        data = scratch / "d"
        fill(data)
        span = ("--from", "2026-01-30", "--to", "2026-02-02", "--data-dir", data)
        first = run_json("run", "start", *span)["runs"]
        assert [one["date"] for one in first] == ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"]
        again = run("run", "start", *span)
        assert again.stdout == "" and again.stderr.count("--again runs it again") == 4, again
        run("run", "start", "--again", *span)
        assert len(runs(data)) == 8 and len(ledgers(data)) == 1
        assert {one["trigger"] for one in runs(data)} == {"backfill"}


def scenario_a_server_killed_in_mid_run_tells_it_and_the_run_can_be_run_again():
    with folder() as scratch:
        data = scratch / "d"
        fill(data)
        run("run", "start", "--data-dir", data, "--date", "2026-01-01")
        answers = (data / "reports/answers.json").read_text()
        with Server(data, *QUIET, env={"PINFLOW_CRASH_POINT": "schedule.step_started:3"}) as server:
            status, _, begun = http("POST", server.url("/api/v1/runs", "admin"), {"date": "2026-01-02"})
            assert status == 202 and begun["state"] == "running", begun
            wait_for(lambda: server.process.poll() is not None)
            assert server.process.returncode == -signal.SIGKILL
        with Server(data, *QUIET) as server:
            wait_for(lambda: "was killed" in server.log_text())
            dead = shown(data, "2026-01-02")
            assert dead["state"] == "killed" and "--date 2026-01-02" in dead["reason"], dead
            assert {step["state"] for step in dead["steps"]} <= {"succeeded", "killed"}, dead
            run("run", "start", "--data-dir", data, "--date", "2026-01-02")
            server.stop()
        assert len(ledgers(data)) == 1 and shown(data, "2026-01-02")["state"] == "succeeded"
        assert (data / "reports/answers.json").read_text() == answers


def scenario_a_command_killed_before_its_run_is_finished_tells_it_to_the_next():
    with folder() as scratch:
        data = scratch / "d"
        fill(data)
        run("run", "start", "--data-dir", data, "--date", "2026-01-01", code=-signal.SIGKILL,
            env={"PINFLOW_CRASH_POINT": "schedule.before_finish"})
        assert runs(data)[0]["state"] == "killed"
        run("run", "start", "--data-dir", data, "--date", "2026-01-01")
        assert [one["state"] for one in runs(data)] == ["succeeded", "killed"]
        assert list((data / "runs").iterdir()) == []


def scenario_a_step_that_hangs_is_stopped_and_told():
    with folder() as scratch:
        data = scratch / "d"
        fill(data)
        slow = pipeline_with(scratch, ENDLESS, step_timeout="2s", retries=0)
        run("run", "start", "--data-dir", data, "--pipeline", slow, "--date", "2026-01-01", code=1)
        told = shown(data, 1)
        assert told["state"] == "failed" and told["reason"] == "step ask: timed out after 2s", told
        assert [step["state"] for step in told["steps"]] == ["succeeded"] * 4 + ["failed"], told
        assert told["ledger"] is None and not (data / "reports/answers.json").exists(), "nothing half written"


def scenario_a_broken_question_is_told_with_file_line_and_hint():
    with folder() as scratch:
        data = scratch / "d"
        fill(data)
        broken = pipeline_with(scratch, "select category\nfrom pin\nwhere categry = 'art'\n", retry_delay="1s")
        run("run", "start", "--data-dir", data, "--pipeline", broken, code=1)
        text = run("run", "show", 1, "--log", "--data-dir", data).stdout
        for part in ("ask", "q4_top_category_per_country.sql", "LINE 3", "category", "not tried again", "clean_geo"):
            assert part in text, text
        assert "Candidate bindings" in text or "Did you mean" in text, text
        assert len(shown(data, 1)["steps"]) == 5, "the same SQL gives the same error: no second attempt"


def scenario_a_step_that_fails_is_tried_again_after_its_delay():
    with folder() as scratch:
        data = scratch / "d"
        patient = pipeline_with(scratch, retries=2, retry_delay="1s")
        fill(data)
        # The bucket's place is a file until the first attempt has failed.
        (data / "objects").rename(data / "objects.away")
        (data / "objects").write_text("")
        with started("run", "start", "--data-dir", data, "--pipeline", patient, "--date", "2026-01-01") as process:
            wait_for(lambda: runs(data) and any(step["attempt"] == 2 for step in shown(data, 1)["steps"]))
            (data / "objects").unlink()
            (data / "objects.away").rename(data / "objects")
            assert process.wait(timeout=60) == 0
        first, *rest = shown(data, 1)["steps"]
        assert (first["name"], first["attempt"], first["state"]) == ("load", 1, "failed"), first
        assert rest[-1]["state"] == "succeeded"


def scenario_a_run_is_cancelled_from_another_process_and_by_a_signal():
    with folder() as scratch:
        data = scratch / "d"
        fill(data)
        slow = pipeline_with(scratch, ENDLESS)
        begin = ("run", "start", "--data-dir", data, "--pipeline", slow, "--date")
        with started(*begin, "2026-01-01") as process:
            wait_for(lambda: is_running(data, "2026-01-01", "ask"))
            assert "cancelled" in run("run", "cancel", "1", "--data-dir", data).stdout
            assert process.wait(timeout=60) == 1
        assert shown(data, 1)["reason"] == "cancelled by pinflow run cancel"
        assert "ended already" in run("run", "cancel", "1", "--data-dir", data, code=1).stderr
        with started(*begin, "2026-01-02") as process:
            wait_for(lambda: is_running(data, "2026-01-02", "ask"))
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 1
        assert (shown(data, 2)["state"], shown(data, 2)["reason"]) == ("cancelled", "stopped by signal")
        with Server(data, *QUIET, f"pipeline.directory={slow}") as server:
            http("POST", server.url("/api/v1/runs", "admin"), {"date": "2026-01-03"})
            wait_for(lambda: is_running(data, "2026-01-03", "ask"))
            server.stop()
        assert (shown(data, 3)["state"], shown(data, 3)["reason"]) == ("cancelled", "stopped by signal")
        with Server(data, *QUIET) as server:
            assert "run it again with pinflow run start --date 2026-01-03" in server.log_text(), server.log_text()
            server.stop()


def scenario_two_runs_of_one_date_never_and_of_two_dates_one_waits():
    with folder() as scratch:
        data = scratch / "d"
        fill(data)
        slow = pipeline_with(scratch, ENDLESS)
        with started("run", "start", "--data-dir", data, "--pipeline", slow, "--date", "2026-01-01") as first:
            wait_for(lambda: is_running(data, "2026-01-01", "ask"))
            same = run("run", "start", "--data-dir", data, "--date", "2026-01-01", code=1)
            assert "2026-01-01 is being run already: run 1" in same.stderr, same
            other = run("run", "start", "--data-dir", data, "--date", "2026-01-02", "--no-wait", code=1)
            assert "run 1 of 2026-01-01" in other.stderr and "has to end first" in other.stderr, other
            with started("run", "start", "--data-dir", data, "--date", "2026-01-02") as second:
                wait_for(lambda: runs(data)[0]["state"] == "queued")
                assert "waits for the end of run 1" in runs(data)[0]["reason"], runs(data)
                run("run", "cancel", "1", "--data-dir", data)
                assert first.wait(timeout=60) == 1 and second.wait(timeout=60) == 0
        assert [one["state"] for one in runs(data)] == ["succeeded", "cancelled"]


def scenario_many_starts_of_one_date_at_once_have_one_winner_each_time():
    with folder() as scratch:
        data = scratch / "d"
        fill(data)
        with contextlib.ExitStack() as stack:
            starts = [stack.enter_context(started("run", "start", "--data-dir", data, "--date", "2026-01-01"))
                      for _ in range(5)]
            codes = [process.wait(timeout=60) for process in starts]
        assert codes.count(0) >= 1 and set(codes) <= {0, 1}, codes
        done = runs(data)
        assert len(done) == codes.count(0) and {one["state"] for one in done} == {"succeeded"}, done
        spans = sorted((one["started_ms"], one["ended_ms"]) for one in done)
        assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:])), spans


def scenario_a_bad_schedule_is_refused_with_its_place():
    with folder() as scratch:
        never = pipeline_with(scratch, cron='"0 0 30 2 *"')
        told = run("run", "list", "--data-dir", scratch / "d", "--pipeline", never, code=78).stderr
        assert "pipeline.yaml:" in told and "never fires: there is no feb 30" in told, told
        told = run("up", "--data-dir", scratch / "d", "--set", "schedule.time_zone=Europe/Berln", code=78).stderr
        assert "did you mean 'Europe/Berlin'?" in told, told
        run("run", "start", "--data-dir", scratch / "d", "--date", "2026-02-30", code=2)
        assert "nothing has run" in run("run", "show", "77", "--data-dir", scratch / "e", code=1).stderr
        assert not (scratch / "e").exists()


def scenario_the_runs_are_on_the_admin_address_and_no_foreign_page_may_start_one():
    with folder() as scratch:
        data = scratch / "d"
        fill(data)
        with Server(data, *QUIET) as server:
            url = lambda path: server.url("/api/v1/runs" + path, "admin")
            foreign = {"Origin": "http://evil.example", "Content-Type": "text/plain"}
            assert http("POST", url(""), {}, foreign)[0] == 403
            assert http("POST", url(""), {"dat": "x"})[0] == 400
            assert http("POST", url(""), {"date": "2026-02-30"})[0] == 400
            assert http("GET", url("/7"))[0] == 404
            assert http("PUT", url("/7"))[0] == 405
            own = {"Origin": f"http://{server.addresses['admin']}"}
            assert http("POST", url(""), b"", own)[0] == 202
            wait_for(lambda: http("GET", url("/1"))[2]["state"] == "succeeded")
            told = http("GET", url(""))[2]
            assert "due at" in told["next"]["reason"] and told["runs"][0]["ledger"]["read"] == 120, told
            assert http("POST", url("/1/cancel"))[0] == 409
            status = http("GET", server.url("/api/v1/status", "admin"))[2]
            assert status["schedule"]["runs"][0]["id"] == 1
            assert "due at" in run("status", "--data-dir", data).stdout
            server.stop()
