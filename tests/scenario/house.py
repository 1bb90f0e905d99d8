# SPDX-License-Identifier: Apache-2.0
"""What the scenarios share: the program as a user runs it, over real sockets and real files."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
WAIT_SECONDS = 60


class Skip(Exception):
    """This machine cannot run the scenario; the text says why."""


def program():
    return os.environ["PINFLOW"]


def environment(extra=None):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PINFLOW_")}
    kept["NO_COLOR"] = "1"
    kept.update(extra or {})
    return kept


def run(*arguments, code=0, env=None, cwd=None, timeout=120):
    """The program's stdout; fails the scenario when the exit code is another."""
    done = subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True,
                          env=environment(env), cwd=cwd, timeout=timeout)
    assert done.returncode == code, (f"{arguments}: exit {done.returncode}, not {code}\n"
                                     f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


def run_json(*arguments, **options):
    return json.loads(run(*arguments, "--json", **options).stdout)


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="pinflow-scenario-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Server:
    """`pinflow up` on free ports."""

    def __init__(self, data_dir, *sets, env=None):
        self.data_dir = pathlib.Path(data_dir)
        self.ready = self.data_dir.with_name(self.data_dir.name + ".ready")
        self.ready.unlink(missing_ok=True)
        self.log = open(self.data_dir.with_name(self.data_dir.name + ".log"), "ab")
        arguments = [program(), "up", "--data-dir", str(data_dir), "--ready-file", str(self.ready)]
        for setting in ("listen.gateway=127.0.0.1:0", "listen.admin=127.0.0.1:0", *sets):
            arguments += ["--set", setting]
        self.process = subprocess.Popen(arguments, stderr=self.log, stdout=self.log, env=environment(env))
        wait_for(lambda: self.ready.exists() or self.process.poll() is not None)
        assert self.ready.exists(), f"the server did not start: {self.log_text()[-1500:]}"
        self.addresses = json.loads(self.ready.read_text())

    def log_text(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def url(self, path, door="gateway"):
        return f"http://{self.addresses[door]}{path}"

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=WAIT_SECONDS)
        assert code == 0, f"clean stop gave {code}: {self.log_text()[-1500:]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()
        self.log.close()


def wait_for(condition, seconds=WAIT_SECONDS):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("the condition did not come true in time")


def http(method, url, body=None, headers=None):
    """(status, headers, parsed JSON or text); never raises for an HTTP status."""
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    # urllib would call a body a form if nothing else is said.
    headers = headers or ({"Content-Type": "application/json"} if data is not None else {})
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, parse(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.headers, parse(error.read())


def parse(body):
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


KAFKA_JSON = {"Content-Type": "application/vnd.kafka.json.v2+json"}


def post_record(server, topic, value, stage=""):
    return http("POST", server.url(f"{stage}/topics/{topic}"), {"records": [{"value": value}]}, KAFKA_JSON)


def put_record(server, stream, data, key="partition-1", stage="/test"):
    return http("PUT", server.url(f"{stage}/streams/{stream}/record"),
                {"StreamName": stream, "Data": data, "PartitionKey": key}, {"Content-Type": "application/json"})


def object_lines(data_dir, topic=None):
    """{object name: lines} of every sunk object."""
    found = {}
    for path in sorted(pathlib.Path(data_dir, "objects").rglob("*.json")):
        if "topics" in path.parts and (topic is None or path.parts[path.parts.index("topics") + 1] == topic):
            found[path.name] = path.read_text().splitlines()
    return found
