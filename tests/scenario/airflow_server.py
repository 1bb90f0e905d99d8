# SPDX-License-Identifier: Apache-2.0
"""A real Apache Airflow 3 from PyPI (API server and scheduler over SQLite) in a scratch folder."""
import atexit
import contextlib
import functools
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile

from house import Skip, http, wait_for
from mariadb_server import found
from real_server import free_port

USER, PASSWORD = "ana", "anas-airflow-password"
INSTALL = pathlib.Path(__file__).resolve().parents[1] / "peers/airflow/install.sh"
START_SECONDS = 240
ANSWER_SECONDS = 180


@functools.cache
def venv(line):
    """The folder with Airflow 3 or 2."""
    done = subprocess.run([INSTALL, str(line)], capture_output=True, text=True)
    if done.returncode == 77:
        raise Skip(done.stdout.strip().removeprefix("skipped: "))
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip())


def airflow_environment(line, home, extra=None):
    """Nothing of the caller's Airflow, no telemetry, no examples."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PINFLOW_"))}
    path = f"{venv(line)}/bin:{os.environ.get('PATH', '')}"
    return {**kept, "PATH": path, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__DAGS_FOLDER": f"{home}/dags",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "SCARF_ANALYTICS": "false", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", **(extra or {})}


def migrated_database():
    """A new database, made once: that takes longer than all else here."""
    made = venv(3) / "pinflow-new-database.db"
    if not made.exists():
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run([venv(3) / "bin/airflow", "db", "migrate"], env=airflow_environment(3, home),
                                  capture_output=True, text=True, timeout=600)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
            with contextlib.closing(sqlite3.connect(f"{home}/airflow.db")) as database:
                database.execute("PRAGMA journal_mode = WAL")  # fewer times "database is locked"
            shutil.copy(f"{home}/airflow.db", made.with_suffix(".fresh"))
        made.with_suffix(".fresh").rename(made)
    return made


class Airflow:
    """One API server and one scheduler on 127.0.0.1. DAG files go into `dags`, and are there after `parse`: a DAG
    processor that looks all the time would only be in the way of a small machine."""

    def __init__(self):
        self.database = migrated_database()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pinflow-airflow-"))
        self.dags = self.folder / "dags"
        self.dags.mkdir()
        shutil.copy(self.database, self.folder / "airflow.db")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        passwords = self.folder / "passwords.json"
        passwords.write_text(json.dumps({USER: PASSWORD}))
        self.environment = airflow_environment(3, self.folder, {
            "AIRFLOW__API__HOST": "127.0.0.1", "AIRFLOW__API__PORT": str(self.port), "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__API_AUTH__JWT_SECRET": "only-for-this-scratch-folder-" + "x" * 40,
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__PARALLELISM": "3",  # with SQLite behind it, more get in one another's way
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3"})
        self.log = open(self.folder / "log", "ab")
        self.processes = []
        try:
            self.start("api-server")
            self.start("scheduler")
            wait_for(lambda: not self.is_alive() or self.answers(), START_SECONDS)
            assert self.is_alive(), self.log_text()[-3000:]
            self.token = self.ask("POST", "/auth/token", {"username": USER, "password": PASSWORD})["access_token"]
        except BaseException:
            self.remove()
            raise

    def start(self, *arguments):
        self.processes.append(subprocess.Popen(
            [found("setpriv"), "--pdeathsig=TERM", venv(3) / "bin/airflow", *arguments], env=self.environment,
            cwd=self.folder, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, start_new_session=True))

    def is_alive(self):
        return all(process.poll() is None for process in self.processes)

    def parse(self):
        """Reads the DAG files; whatever is wrong with one fails."""
        done = subprocess.run([venv(3) / "bin/airflow", "dags", "reserialize"], env=self.environment, cwd=self.folder,
                              capture_output=True, text=True, timeout=ANSWER_SECONDS)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        errors = self.ask("GET", "/api/v2/importErrors")["import_errors"]
        assert not errors, errors

    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")

    def answers(self):
        try:
            return http("GET", f"{self.url}/api/v2/version")[0] == 200
        except OSError:
            return False

    def ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if path.startswith("/api"):
            headers["Authorization"] = f"Bearer {self.token}"

        def answer():
            try:
                return http(method, self.url + path, body, headers)
            except TimeoutError:  # a small machine under load
                return None
        status, _, answered = wait_for(answer, ANSWER_SECONDS)
        assert 200 <= status < 300, (method, path, status, answered)
        return answered

    def runs(self, dag):
        return self.ask("GET", f"/api/v2/dags/{dag}/dagRuns?order_by=run_after")["dag_runs"]

    def tasks(self, dag, run):
        answer = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances?limit=100")
        return {one["task_id"]: one for one in answer["task_instances"]}

    def log_of(self, dag, run, task, attempt=1):
        answer = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}?full_content=true")
        return "\n".join(one if isinstance(one, str) else one["event"] for one in answer["content"])

    def stop(self):
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # nothing here is worth a clean end
            process.wait(timeout=60)
        self.log.close()

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.cache
def shared_airflow():
    """One server for all scenarios: one takes a while to start."""
    server = Airflow()
    atexit.register(server.remove)
    return server
