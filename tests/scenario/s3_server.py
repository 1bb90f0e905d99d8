# SPDX-License-Identifier: Apache-2.0
"""Real S3 servers for the scenarios: moto (Python, in memory), and versitygw (Go, over a folder) with --real."""
import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

from house import ROOT, Skip, wait_for
from real_server import RealServer, free_port

ACCESS, SECRET, BUCKET = "scenario-access", "scenario-secret-key", "posts"


def client(endpoint, **options):
    """boto3's, as an independent reader and writer."""
    try:
        import boto3
    except ImportError:
        raise Skip("the Python package boto3 is not installed") from None
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=ACCESS,
                        aws_secret_access_key=SECRET, **options)


class S3Server(RealServer):
    """A server on 127.0.0.1 with one empty bucket. What it holds is gone with `remove`."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pinflow-s3-"))
        self.port = free_port()
        self.process = None
        self.start()
        try:
            client(self.endpoint, verify=self.authority).create_bucket(Bucket=BUCKET)
        except BaseException:
            self.remove()
            raise

    certificates = None

    @property
    def authority(self):
        return str(self.certificates[0]) if self.certificates else None

    @property
    def scheme(self):
        return "https" if self.certificates else "http"

    @property
    def endpoint(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def test_url(self, port=None, timeout_ms=60_000):
        """What PINFLOW_TEST_S3 names; `port` is that of a proxy before it."""
        return f"{self.scheme}://{ACCESS}:{SECRET}@127.0.0.1:{port or self.port}/{BUCKET}?timeout_ms={timeout_ms}"

    def environment(self):
        """As AWS's own tools take it."""
        return {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}

    def start(self):
        command, environment = self.command()
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(["setpriv", "--pdeathsig=KILL", *command], stdout=self.log, stderr=self.log,
                                        env={**os.environ, **environment})
        wait_for(lambda: self.process.poll() is not None or self.answers())
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]

    def answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


class Moto(S3Server):
    """`certificates`, of mariadb_server.certificates: it then speaks TLS."""

    def __init__(self, certificates=None):
        self.certificates = certificates
        super().__init__()

    def command(self):
        try:
            import moto.server  # noqa: F401
        except ImportError:
            raise Skip("the Python package moto[server,s3] is not installed") from None
        tls = ["-s", "-c", str(self.certificates[1]), "-k", str(self.certificates[2])] if self.certificates else []
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port), *tls], {}


class VersityGw(S3Server):
    def command(self):
        (self.folder / "objects").mkdir(exist_ok=True)
        return ([installed_versitygw(), "--port", f"127.0.0.1:{self.port}", "posix", str(self.folder / "objects")],
                {"ROOT_ACCESS_KEY": ACCESS, "ROOT_SECRET_KEY": SECRET, "ROOT_ACCESS_KEY_ID": ACCESS,
                 "ROOT_SECRET_ACCESS_KEY": SECRET})


def installed_versitygw():
    if not os.environ["REAL"]:
        raise Skip("needs --real")
    done = subprocess.run([ROOT / "tests/peers/versitygw/install.sh"], capture_output=True, text=True, timeout=1500)
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode == 77:
        raise Skip(last.removeprefix("skipped: "))
    assert done.returncode == 0, done.stderr[-2000:]
    return last
