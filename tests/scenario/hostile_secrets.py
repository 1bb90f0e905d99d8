# SPDX-License-Identifier: Apache-2.0
"""Canaries: each secret is a text that is looked for in all that the program says, shows and keeps, while every service
repeats to it what it was sent."""
import concurrent.futures
import contextlib
import json
import pathlib
import subprocess

from canaries import SECRETS, environment_keys, none_told, secret_files, signatures
from hostile_servers import METADATA, SASL_AUTHENTICATE, Http, KafkaBroker, MySql
from house import Server, environment, folder, http, post_record, program, put_record, run, wait_for
from mariadb_server import certificates

PAGES = ("/", "/page.js", "/livez", "/readyz", "/health", "/metrics", "/api/v1/status", "/api/v1/runs", "/api/v1/runs/1",
         "/api/v1/topics", "/api/v1/topics/demo.pin", "/api/v1/streams", "/api/v1/streams/streaming-demo-pin", "/no/such")


def said(text):
    return " ".join(text.split())


def mirrors(tls):
    """A server for each service; it repeats the request in the service's own form of an error that may pass."""
    return {
        "s3": Http(lambda _m, _p, text: (500, f"<Error><Code>InternalError</Code><Message>{said(text).replace('&', '&amp;')}</Message></Error>")),
        "kinesis": Http(lambda _m, _p, text: (500, {"__type": "InternalFailure", "message": said(text)})),
        "databricks": Http(lambda _m, _p, text: (400, {"error_code": "MIRROR", "message": said(text)})),
        "airflow": Http(lambda _m, path, text: ((200, {"version": "3"}) if path.endswith("/version") else
                                                (400, {"detail": said(text)}))),
        "kafka": KafkaBroker({SASL_AUTHENTICATE: (58, "wrong:")}, echo=True),
        "mysql": MySql("sign-in", tls=tls, echo=True),
    }


def given_by(way, home):
    """(settings, environment) by which the secrets come: in files, in the environment, or as AWS's console gives them."""
    files, keys = secret_files(home), environment_keys(home)
    secrets = {"source.password": "mysql", "kafka.password": "kafka", "spark.databricks_token": "databricks",
               "airflow.password": "airflow"}
    if way == "environment":
        return {}, {**keys, **{"PINFLOW_" + name.upper().replace(".", "__"): SECRETS[which] for name, which in secrets.items()}}
    sets = {f"{name}_file": str(files[which]) for name, which in secrets.items()}
    nothing = {"HOME": str(home), "AWS_REGION": "eu-west-1"}
    if way == "csv":
        (home / "keys.csv").write_text(f"Access key ID,Secret access key\nAKIDEXAMPLE,{SECRETS['aws secret key']}\n")
        return {**sets, "aws.credentials_csv": str(home / "keys.csv")}, nothing
    (home / ".aws").mkdir()
    (home / ".aws/credentials").write_text(
        f"[team]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {SECRETS['aws secret key']}\n"
        f"aws_session_token = {SECRETS['aws session token']}\n")
    return {**sets, "aws.profile": "team"}, nothing


def all_settings(servers, ca):
    at = {name: f"127.0.0.1:{server.port}" for name, server in servers.items()}
    return {
        "source.url": f"mysql://ana@{at['mysql']}/posts", "source.tls": "verify", "source.tls_ca": str(ca),
        "kinesis.endpoint": f"http://{at['kinesis']}", "s3.endpoint": f"http://{at['s3']}", "objects.url": "s3://posts/o",
        "tables.url": "s3://posts/t", "batch.engine": "spark", "spark.databricks_url": f"http://{at['databricks']}",
        "spark.databricks_cluster": "1", "spark.databricks_folder": "/Volumes/m/d/p", "spark.objects": "s3://posts/o",
        "spark.tables": "s3://posts/t", "airflow.url": f"http://{at['airflow']}", "airflow.user": "ana", "log_level": "debug",
        "sink.rotate.schedule.interval.ms": "100",
    }, {"kafka.bootstrap_servers": at["kafka"], "kafka.security_protocol": "SASL_PLAINTEXT", "kafka.sasl_mechanism": "PLAIN",
        "kafka.user": "ana"}


def words_of_commands(home, sets, kafka, env):
    flags = [part for name, value in {**sets, **kafka, "schedule.runner": "airflow"}.items() for part in ("--set", f"{name}={value}")]
    commands = [["check", "--connect"], ["check", "--connect", "--json"], ["check"], ["config", "show", "--resolved"],
                ["config", "show", "--resolved", "--json"], ["config", "show"], ["doctor"], ["table", "list"],
                ["emulate", "--rows", "1", "--url", "http://127.0.0.1:9"],
                ["emulate", "--rows", "1", "--url", "http://127.0.0.1:9", "--set", "source.iam=true"], ["batch", "run"],
                ["sql", "select 1 from pin"], ["migrate", "topics", "--to", "none"], ["export", "airflow", "--help"]]

    def words(command):
        done = subprocess.run([program(), *command, "-v", *flags, "--data-dir", str(home / "commands")], capture_output=True,
                              text=True, env=environment(env), timeout=150, cwd=home)
        return f"{command}: {done.stdout}{done.stderr}"

    with concurrent.futures.ThreadPoolExecutor(max_workers=len(commands)) as pool:
        return list(pool.map(words, commands))


def command_lines(process):
    """Of the process and all below it."""
    lines = [pathlib.Path(f"/proc/{process}/cmdline").read_text(errors="replace").replace("\0", " ")]
    for child in pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split():
        with contextlib.suppress(OSError):
            lines += command_lines(child)
    return lines


def all_of(done):
    return done.stdout + done.stderr


def pages_of(server):
    """And a put, all at once: a Kinesis in trouble is asked for ten seconds each time."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(PAGES) + 1) as pool:
        put = pool.submit(put_record, server, "streaming-demo-pin", {"index": 1})
        return {**dict(zip(PAGES, pool.map(lambda page: str(http("GET", server.url(page, "admin"))), PAGES))),
                "put": str(put.result())}


def words_of_server(home, sets, runner, mirror, env):
    """What `up` says, answers, shows, logs and keeps while it runs, by URL or file."""
    data = home / f"served-{runner}"
    found = {}
    with Server(data, *(f"{name}={value}" for name, value in {**sets, "schedule.runner": runner}.items()), env=env) as server:
        found["command lines"] = " ".join(command_lines(server.process.pid))
        post_record(server, "demo.pin", {"index": 1})
        flags = [part for name, value in {**sets, "schedule.runner": runner}.items() for part in ("--set", f"{name}={value}")]
        found["run"] = all_of(run("run", "start", "--retries", "0", "--data-dir", data, "-v", *flags, env=env, code=1))
        found["run show"] = all_of(run("run", "show", "1", "--log", "--data-dir", data))
        assert f"127.0.0.1:{mirror.port}" in found["run show"] + found["run"], found["run"]
        wait_for(lambda: http("GET", server.url("/api/v1/status", "admin"))[2]["problems"])
        found |= pages_of(server)
        found["status"] = run("status", "--data-dir", data).stdout
        server.kill()
    found["log"] = server.log_text()
    return {**found, **kept_in(data)}


def words_of_store_in_trouble(home, sets, env):
    data, sets = home / "store", {n: v for n, v in sets.items() if not n.startswith("kinesis")}
    with Server(data, *(f"{name}={value}" for name, value in sets.items()), env=env) as server:
        post_record(server, "demo.pin", {"index": 1})
        wait_for(lambda: "sink" in str(http("GET", server.url("/api/v1/status", "admin"))[2]["problems"]))
        found = pages_of(server)
        server.kill()
    return {**found, "log": server.log_text(), **kept_in(data)}


def kept_in(data):
    return {str(path): path.read_bytes().decode("latin-1") for path in data.rglob("*") if path.is_file()}


def canaries_of(way):
    with folder() as scratch, contextlib.ExitStack() as stack:
        (home := scratch / "home").mkdir()
        ca, *tls = certificates(scratch, "127.0.0.1")
        servers = {name: stack.enter_context(server) for name, server in mirrors(tls).items()}
        sets, kafka = all_settings(servers, ca)
        given, env = given_by(way, home)
        sets |= given
        with concurrent.futures.ThreadPoolExecutor() as pool:
            commands = pool.submit(words_of_commands, home, {n: v for n, v in sets.items() if n != "log_level"}, kafka, env)
            # What a run by Airflow flushes first must get through; a store that fails is a server's of its own.
            # How a secret came makes no difference to a server: one way is enough.
            runners = (("airflow", "airflow"), ("pinflow", "databricks")) if way == "files" else ()
            here = {n: v for n, v in sets.items() if n not in ("objects.url", "tables.url")}
            served = [pool.submit(words_of_server, home, here, runner, servers[mirror], env)
                      for runner, mirror in runners]
            served += [pool.submit(words_of_store_in_trouble, home, sets, env)] if runners else []
            found = {f"command {number}": words for number, words in enumerate(commands.result())}
            for one in served:
                found |= {f"{len(found)} {where}": words for where, words in one.result().items()}
        told = [data for server in servers.values() for data in server.said]
        mute = [name for name, server in servers.items()
                if not signatures(server.said) and not none_told(b" ".join(server.said).decode("latin-1"))]
        assert not mute, f"{way}: {mute} were sent no secret to repeat"
        leaks = [leak for where, words in found.items() for leak in none_told(words, told, f"{way}, {where}")]
        assert not leaks, "\n".join(leaks)
    return way


def scenario_no_secret_is_said_shown_logged_or_kept_whoever_repeats_it():
    ways = ["files", "environment", "csv"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        assert list(pool.map(canaries_of, ways)) == ways


def scenario_a_kafka_that_turns_away_while_the_server_runs_tells_no_password():
    with folder() as scratch, KafkaBroker() as broker:
        files = secret_files(scratch)
        sets = [f"kafka.bootstrap_servers=127.0.0.1:{broker.port}", "kafka.security_protocol=SASL_PLAINTEXT",
                "kafka.sasl_mechanism=PLAIN", "kafka.user=ana", f"kafka.password_file={files['kafka']}", "log_level=debug",
                "kafka.delivery_timeout=2s"]
        with Server(scratch / "d", *sets) as server:
            broker.fails, broker.echo = {SASL_AUTHENTICATE: (58, "wrong:"), METADATA: (29, "")}, True
            broker.cut()
            answer = post_record(server, "demo.pin", {"index": 1})
            assert answer[0] >= 400, answer
            wait_for(lambda: f"127.0.0.1:{broker.port}" in str(http("GET", server.url("/api/v1/status", "admin"))[2]["problems"]))
            words = " ".join(str(http("GET", server.url(page, "admin"))) for page in PAGES)
            server.kill()
        leaks = none_told(server.log_text() + words + str(answer), broker.said, "kafka")
        assert none_told(b" ".join(broker.said).decode("latin-1")) and not leaks, leaks


def scenario_a_password_in_a_url_of_the_environment_is_not_shown():
    with folder() as scratch:
        url = "mysql://ana:canary%20kafka%20p%40ss%2Fword%2B9@127.0.0.1:9/posts"
        env = {"PINFLOW_SOURCE__URL": url, "HOME": str(scratch)}
        for command in (["config", "show", "--resolved"], ["config", "show", "--resolved", "--json"], ["config", "show"], ["check"],
                        ["check", "--connect", "--json"], ["emulate", "--rows", "1", "--url", "http://127.0.0.1:9"]):
            done = subprocess.run([program(), *command, "-v", "--data-dir", str(scratch / "d")], capture_output=True, text=True,
                                  env=environment(env), cwd=scratch, timeout=120)
            leaks = none_told(done.stdout + done.stderr, where=str(command))
            assert not leaks, leaks
