# SPDX-License-Identifier: Apache-2.0
"""Settings from flags, environment, profiles and a file; what `config`, `check`, `doctor` and completion say."""
import json
import pathlib
import shutil
import signal
import socket
import subprocess

from house import ROOT, Server, Skip, environment, folder, post_record, program, put_record, run, run_json, wait_for

FILE = """
user: ab
sink:
  flush.size: 7
profiles:
  small:
    sink.flush.size: ${PINS:-3}
    log.durability: os
"""


def scenario_settings_are_told_with_where_they_come_from():
    with folder() as scratch:
        (scratch / "pinflow.yaml").write_text(FILE)
        shown = run("config", "show", cwd=scratch).stdout
        assert "user: ab" in shown and "pinflow.yaml:2:7" in shown and "durability" not in shown, shown
        resolved = run_json("config", "show", "--resolved", "--profile", "small", cwd=scratch,
                            env={"PINFLOW_SINK__TOPICS__DIR": "t", "PINS": "4"})
        assert resolved["profile"] == "small", resolved
        values = resolved["settings"]
        assert values["user"] == {"value": "ab", "origin": "pinflow.yaml:2:7"}
        assert values["sink.flush.size"] == {"value": "4", "origin": "profile small, pinflow.yaml:7:22"}
        assert values["sink.topics.dir"] == {"value": "t", "origin": "environment PINFLOW_SINK__TOPICS__DIR"}
        assert values["listen.kafka"]["origin"] == "default"
        again = run_json("config", "show", "--set", "user=cd", cwd=scratch)["settings"]["user"]
        assert again == {"value": "cd", "origin": "--set"}


def scenario_a_wrong_file_is_refused_whole_with_every_place():
    with folder() as scratch:
        (scratch / "pinflow.yaml").write_text("usr: ab\nsink:\n  flush.size: 0\nlog:\n  retention.time: 7\n")
        for command in (["config", "show"], ["check"], ["up"], ["table", "list"]):
            wrong = run(*command, cwd=scratch, code=78).stderr
            for part in ("pinflow.yaml:1:1: unknown setting 'usr', did you mean 'user'?", ":3:15: ", "1 at least",
                         ":5:19: ", "a duration with a unit"):
                assert part in wrong, (command, part, wrong)
        assert "no profile 'aws'" in run("check", "--profile", "aws", code=78, cwd=scratch / "..").stderr


def scenario_the_sample_the_schema_and_the_reference_follow_from_the_table():
    sample = run("config", "sample").stdout
    with folder() as scratch:
        (scratch / "pinflow.yaml").write_text(sample)
        assert "user: demo" in run("config", "show", "--resolved", cwd=scratch).stdout
    reference = run("config", "reference").stdout
    assert reference == (ROOT / "docs/settings.md").read_text(), \
        "docs/settings.md is old: pinflow config reference > docs/settings.md"
    check_schema(json.loads(run("config", "schema").stdout), sample)


def check_schema(schema, sample):
    try:
        import jsonschema
        import yaml
    except ImportError:
        raise Skip("the schema was not tried: no jsonschema and PyYAML (./dev test installs them)") from None
    validator = jsonschema.Draft202012Validator(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    good = ["{}", sample, FILE, "flush.size: 1\nlog:\n  retention:\n    time: never\nsink: {topics.dir: t}\nuser: 12",
            "memory.budget: auto\nlog.durability: os\ngateway: {auto_create_topics: false}\nuser: ${X}"]
    bad = ["usr: a", "sink: {flush.sise: 1}", "log.durability: never", "log: {retention.time: 7}", "sink: 3",
           "sink: {flush.size: many}", "profiles: {a: {usr: b}}", "memory.budget: 5"]
    for text in good:
        errors = list(validator.iter_errors(yaml.safe_load(text)))
        assert not errors, (text, errors[0].message)
    for text in bad:
        assert list(validator.iter_errors(yaml.safe_load(text))), f"the schema takes {text!r}"


def scenario_check_finds_a_broken_question_before_anything_runs():
    assert "ok" in run("check").stdout
    with folder() as scratch:
        shutil.copytree(ROOT / "pipelines/pinterest", scratch / "p")
        question = scratch / "p/questions/q4_top_category_per_country.sql"
        question.write_text(question.read_text().replace("category", "ctegory"))
        wrong = run("check", "--pipeline", scratch / "p", code=78).stderr
        assert "q4_top_category_per_country.sql" in wrong and "category" in wrong, wrong
        problems = json.loads(run("check", "--pipeline", scratch / "p", "--json", code=78).stdout)["problems"]
        assert len(problems) == 1, problems


def scenario_topics_streams_and_tables_are_listed_and_described():
    with folder() as scratch:
        assert run("table", "list", "--data-dir", scratch / "d", "--json").stdout.strip() == "[]"
        assert "pinflow up" in run("topic", "list", "--data-dir", scratch / "d", code=69).stderr
        with Server(scratch / "d", "sink.rotate.schedule.interval.ms=100", "stream.commit.interval=50ms") as server:
            assert "emulate" in run("topic", "list", "--data-dir", scratch / "d").stderr
            post_record(server, "demo.geo", {"ind": 1})
            put_record(server, "streaming-demo-geo", {"ind": 1})
            topics = run_json("topic", "list", "--data-dir", scratch / "d")
            assert [(t["topic"], t["partitions"], t["records"]) for t in topics] == [("demo.geo", 1, 1)], topics
            wait_for(lambda: run_json("topic", "describe", "demo.geo", "--data-dir", scratch / "d")[0]["in_objects_to"] == 1)
            assert "demo.geo" in run("topic", "list", "--data-dir", scratch / "d").stdout
            wrong = run("topic", "describe", "demo.gео", "--data-dir", scratch / "d", code=1)
            assert wrong.stderr.startswith("pinflow: "), wrong.stderr
            streams = run_json("stream", "list", "--data-dir", scratch / "d")
            assert streams[0]["stream"] == "streaming-demo-geo" and streams[0]["shards"] == 4, streams
            shards = run_json("stream", "describe", "streaming-demo-geo", "--data-dir", scratch / "d")
            assert shards[-1]["hash_key_last"] == str(2**128 - 1), shards
            wait_for(lambda: any(t["rows"] for t in run_json("table", "list", "--data-dir", scratch / "d")))
            words = subprocess.run([program(), "__complete", "--", "--data-dir", str(scratch / "d"), "topic", "describe", "d"],
                                   capture_output=True, text=True, env=environment()).stdout
            assert words == "demo.geo\t\n", words
            server.stop()
        described = run_json("table", "describe", "demo_geo_table", "--data-dir", scratch / "d")
        assert described["rows"] == 1 and described["columns"][0] == {"name": "ind", "type": "bigint"}, described
        assert described["history"][-1]["operation"] == "CREATE TABLE", described
        assert "coordinates" in run("table", "describe", "demo_geo_table", "--data-dir", scratch / "d").stdout
        near = run("table", "describe", "demo_geo_tabel", "--data-dir", scratch / "d", code=1).stderr
        assert "did you mean 'demo_geo_table'" in near, near


def scenario_the_doctor_finds_a_taken_port_and_an_open_folder_and_says_how_to_mend_them():
    with folder() as scratch:
        (scratch / "d").mkdir()
        free = ["--set", "listen.gateway=127.0.0.1:0", "--set", "listen.admin=127.0.0.1:0"]
        run("doctor", "--data-dir", scratch / "d", *free)
        assert not list((scratch / "d").iterdir()), "the doctor left something behind"
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            ill = run_json("doctor", "--data-dir", scratch / "d", "--set", f"listen.gateway=127.0.0.1:{port}",
                           "--set", "listen.admin=127.0.0.1:0", code=3)
            wrong = [f for f in ill if f["health"] == "wrong"]
            assert [f["subject"] for f in wrong] == ["listen.gateway"] and "--set" in wrong[0]["fix"], wrong
        (scratch / "d").chmod(0o777)
        assert "chmod" in run("doctor", "--data-dir", scratch / "d", *free, code=3).stdout


def scenario_a_shell_completes_commands_options_and_values():
    if not shutil.which("bash"):
        raise Skip("no bash")
    script = f"""
set -e
pinflow() {{ {program()} "$@"; }}
source <(pinflow completion bash)
words() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_WORDS[0]={program()}; _pinflow; echo "${{COMPREPLY[*]}}"; }}
compopt() {{ :; }}
words pinflow emul
words pinflow emulate --roa
words pinflow emulate --road ''
words pinflow ask q8
words pinflow --set sink.fl
"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment())
    assert done.stdout.splitlines() == ["emulate", "--road", "batch stream both", "q8_median_followers_per_age_group",
                                        "sink.flush.size="], (done.stdout, done.stderr)
    for shell in ("zsh", "fish"):
        assert "__complete" in run("completion", shell).stdout


def scenario_ctrl_c_ends_a_long_query_at_once():
    with folder() as scratch:
        query = "select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 7"
        asking = subprocess.Popen([program(), "sql", query, "--data-dir", str(scratch / "d")], env=environment(),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for(lambda: "libduckdb" in pathlib.Path(f"/proc/{asking.pid}/maps").read_text())
        asking.send_signal(signal.SIGINT)
        assert asking.wait(timeout=5) == -signal.SIGINT, asking.communicate()
