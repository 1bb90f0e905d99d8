# SPDX-License-Identifier: Apache-2.0
"""The processes that are measured, and the one that loads them."""
import http.client
import json
import os
import pathlib
import resource
import signal
import subprocess
import time

from machine import ROOT

SERVER_CORE, CLIENT_CORE = 0, 1
START_SECONDS_MAX = 600
STOP_SECONDS_MAX = 120
NO_TOPIC = "sink.topics.regex=-"  # "-" is no topic here: the sink has nothing to do


def on_core(core, command):
    return command if core is None else ["taskset", "-c", str(core), *command]


def process_tree(pid):
    pids = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            pids += process_tree(int(child))
    return pids


def cpu_seconds(pid):
    """User and system time of a process and its children, from /proc/<pid>/stat."""
    ticks = 0
    for one in process_tree(pid):
        fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def thread_cpu_us(pid):
    """Run time by thread name, from the scheduler; 0 where the kernel keeps none."""
    times = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        run_ns = (task / "schedstat").read_text().split()[0] if (task / "schedstat").exists() else 0
        times[name] = times.get(name, 0) + int(run_ns) / 1000
    return times


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


class Process:
    """Ends with its block, however that is left."""

    def __init__(self, command, core=None, log=subprocess.DEVNULL):
        self.process = subprocess.Popen(on_core(core, command), stdout=log, stderr=log)
        self.pid = self.process.pid

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_SECONDS_MAX)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


class Pinflow(Process):
    """`pinflow up` on free ports; ready when the constructor returns."""

    durability = "fsync"

    def __init__(self, program, data_dir, sets=(), core=None):
        data_dir = pathlib.Path(data_dir)
        data_dir.mkdir(parents=True, exist_ok=True)
        self.log_file = data_dir.with_name(data_dir.name + ".log")
        ready = data_dir.with_name(data_dir.name + ".ready")
        ready.unlink(missing_ok=True)
        command = [str(program), "up", "--data-dir", str(data_dir), "--ready-file", str(ready)]
        for setting in ("listen.gateway=127.0.0.1:0", "listen.admin=127.0.0.1:0", *sets):
            command += ["--set", setting]
        self.started = time.monotonic()
        with open(self.log_file, "ab") as log:
            super().__init__(command, core, log)
        try:
            self.addresses = self.wait_until_ready(ready)
        except BaseException:
            self.__exit__()
            raise
        self.ready_seconds = time.monotonic() - self.started
        self.url = f"http://{self.addresses['gateway']}/topics/bench"

    def wait_until_ready(self, ready):
        while time.monotonic() - self.started < START_SECONDS_MAX:
            if ready.exists() and (text := ready.read_text()).endswith("\n"):
                return json.loads(text)
            if self.process.poll() is not None:
                break
            time.sleep(0.001)
        raise RuntimeError(f"pinflow did not start: {self.log_text()[-1500:]}")

    def log_text(self):
        return self.log_file.read_text(errors="replace")

    def ask(self, method, path, body=None, door="gateway"):
        connection = http.client.HTTPConnection(self.addresses[door], timeout=60)
        headers = {"Content-Type": "application/vnd.kafka.json.v2+json"} if body else {}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
        return text

    def post_one(self):
        return self.ask("POST", "/topics/bench", '{"records":[{"value":{"index":0}}]}')

    def records_of_topic(self, partitions=1):
        """What the log holds, by its offsets."""
        return sum(json.loads(self.ask("GET", f"/topics/bench/partitions/{p}/offsets"))["end_offset"]
                   for p in range(partitions))


NGINX_CONFIGURATION = """
daemon off; worker_processes 1; pid {prefix}/pid; error_log {prefix}/error.log crit;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
    client_body_temp_path {prefix}/body; proxy_temp_path {prefix}/proxy; fastcgi_temp_path {prefix}/fastcgi;
    uwsgi_temp_path {prefix}/uwsgi; scgi_temp_path {prefix}/scgi;
    server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 204; }} }}
}}
"""


class Nginx(Process):
    """One worker that reads a request and answers 204: what HTTP costs when nothing is kept."""

    durability = "none"

    def __init__(self, program, prefix, port, core):
        prefix = pathlib.Path(prefix)
        prefix.mkdir(parents=True)
        configuration = prefix / "nginx.conf"
        configuration.write_text(NGINX_CONFIGURATION.format(prefix=prefix, port=port))
        self.url = f"http://127.0.0.1:{port}/topics/bench"
        command = [str(program), "-p", str(prefix), "-c", str(configuration), "-e", str(prefix / "error.log")]
        with open(prefix / "messages", "wb") as log:
            super().__init__(command, core, log)
        try:
            self.wait_until_ready(port, prefix)
        except BaseException:
            self.__exit__()
            raise

    def wait_until_ready(self, port, prefix):
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            try:
                connection.request("GET", "/")
                connection.getresponse().read()
                return
            except OSError:
                time.sleep(0.01)
            finally:
                connection.close()
        raise RuntimeError(f"nginx did not start: {(prefix / 'messages').read_text()[-500:]}")

    def kill(self):
        self.stop()  # kill -9 of the master would leave its worker


def run_wrk(url, connections, seconds, arguments=(), core=CLIENT_CORE):
    """What wrk saw (post.lua's last line), and the share of a core that it used."""
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s",
               "-s", str(ROOT / "bench/post.lua"), url, "--", *arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(on_core(core, command), capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines or not lines[-1].startswith("{"):
        raise RuntimeError(f"wrk failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    seen = json.loads(lines[-1])
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seen | {"wrk_core_share": used / seen["seconds"]}
