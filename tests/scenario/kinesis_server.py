# SPDX-License-Identifier: Apache-2.0
"""A foreign Kinesis server: kinesalite of the npm registry (tests/peers/kinesalite), in a scratch folder."""
import functools
import http.client
import json
import pathlib
import subprocess
import tempfile

from house import ROOT, Skip, wait_for
from mariadb_server import found
from real_server import RealServer, free_port

REGION, ACCESS_KEY, SECRET_KEY = "us-east-1", "AKIDEXAMPLE", "a-secret-that-nobody-checks"


@functools.cache
def installed():
    """Its folder."""
    done = subprocess.run([ROOT / "tests/peers/kinesalite/install.sh"], capture_output=True, text=True, timeout=400)
    if done.returncode == 77:
        raise Skip(done.stderr.strip().removeprefix("skipped: "))
    assert done.returncode == 0, done.stderr[-2000:]
    return pathlib.Path(done.stdout.strip().splitlines()[-1])


class Kinesalite(RealServer):
    """One server on 127.0.0.1. It checks that requests are signed, and not the signatures; has no limits of
    throughput; and keeps what it has in LevelDB, so that it is there again after kill() and start()."""

    def __init__(self, change_ms=20):
        self.program = installed() / "node_modules/kinesalite/cli.js"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pinflow-kinesalite-"))
        self.port = free_port()
        self.change_ms = change_ms  # how long streams are CREATING, UPDATING and DELETING
        self.process = None
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self):
        return [found("node"), str(self.program), f"--port={self.port}", f"--path={self.folder}/data", "--shardLimit=2000",
                *(f"--{change}StreamMs={self.change_ms}" for change in ("create", "update", "delete"))]

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([found("setpriv"), "--pdeathsig=KILL", *self.command], stdout=self.log,
                                        stderr=self.log)
        wait_for(lambda: self.process.poll() is not None or self.answers())
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]

    def answers(self):
        try:
            return "StreamNames" in self.call("ListStreams")
        except OSError:
            return False

    def call(self, operation, **members):
        """One operation: the answer's JSON, or an AssertionError with AWS's own words."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/", json.dumps(members), {
                "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{operation}",
                "X-Amz-Date": "20260101T000000Z",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{REGION}/kinesis/aws4_request, "
                                 "SignedHeaders=host, Signature=0"})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        assert answer.status == 200, f"{operation}: {answer.status} {body[:500]}"
        return json.loads(body) if body else {}

    def await_active(self, stream):
        wait_for(lambda: self.call("DescribeStreamSummary", StreamName=stream)["StreamDescriptionSummary"]["StreamStatus"]
                 == "ACTIVE")

    def open_shards(self, stream):
        return [shard for shard in self.call("ListShards", StreamName=stream)["Shards"]
                if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]

    def split(self, stream, shard):
        """Its two children take its place."""
        first, last = (int(shard["HashKeyRange"][end]) for end in ("StartingHashKey", "EndingHashKey"))
        self.call("SplitShard", StreamName=stream, ShardToSplit=shard["ShardId"],
                  NewStartingHashKey=str((first + last) // 2))
        self.await_active(stream)

    def merge(self, stream, left, right):
        self.call("MergeShards", StreamName=stream, ShardToMerge=left["ShardId"], AdjacentShardToMerge=right["ShardId"])
        self.await_active(stream)
