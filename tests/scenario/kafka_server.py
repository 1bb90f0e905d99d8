# SPDX-License-Identifier: Apache-2.0
"""A real Apache Kafka, one KRaft node, in a scratch folder: without security, by SASL, by TLS, and by both, each at a port."""
import atexit
import functools
import pathlib
import socket
import subprocess
import tempfile

from house import Skip, wait_for
from mariadb_server import certificates, found
from real_server import RealServer, free_port

USER, PASSWORD = "ana", "anas-password"
INSTALL = pathlib.Path(__file__).resolve().parents[1] / "peers/kafka/install.sh"


@functools.cache
def jars():
    done = subprocess.run([INSTALL], capture_output=True, text=True)
    if done.returncode == 77:
        raise Skip(done.stdout.strip().removeprefix("skipped: "))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Kafka(RealServer):
    """One broker on 127.0.0.1; `plain`, `sasl`, `tls`, `sasl_tls` are its addresses. Topics are made only when told to be."""

    def __init__(self, *options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pinflow-kafka-"))
        self.classes = jars() + "/*"
        self.process = None
        self.plain, self.sasl, self.tls, self.sasl_tls, controller = (f"127.0.0.1:{free_port()}" for _ in range(5))
        self.ca, certificate, key = certificates(self.folder, "127.0.0.1", "localhost")
        (self.folder / "store.pem").write_text(key.read_text() + certificate.read_text() + self.ca.read_text())
        listeners = f"PLAINTEXT://{self.plain},SASL_PLAINTEXT://{self.sasl},SSL://{self.tls},SASL_SSL://{self.sasl_tls}"
        modules = "org.apache.kafka.common.security"
        lines = [
            "process.roles=broker,controller", "node.id=1", f"controller.quorum.bootstrap.servers={controller}",
            "controller.listener.names=CONTROLLER", f"listeners={listeners},CONTROLLER://{controller}",
            f"advertised.listeners={listeners}", "inter.broker.listener.name=PLAINTEXT", f"log.dirs={self.folder}/data",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,"
            "CONTROLLER:PLAINTEXT",
            "sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN",
            *(f"listener.name.{door}.{line}" for door in ("sasl_plaintext", "sasl_ssl") for line in (
                f"scram-sha-512.sasl.jaas.config={modules}.scram.ScramLoginModule required;",
                f"scram-sha-256.sasl.jaas.config={modules}.scram.ScramLoginModule required;",
                f'plain.sasl.jaas.config={modules}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";')),
            "ssl.keystore.type=PEM", f"ssl.keystore.location={self.folder}/store.pem",
            "offsets.topic.replication.factor=1", "offsets.topic.num.partitions=1", "auto.create.topics.enable=false",
            "transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1",
            "transaction.state.log.num.partitions=1", "transaction.max.timeout.ms=3600000",
            # Records of tests are of 1970; and what goes, goes soon.
            "log.retention.ms=-1", "log.retention.check.interval.ms=500", "log.initial.task.delay.ms=100",
            "log.segment.delete.delay.ms=500", "log.cleaner.backoff.ms=200", *options]
        (self.folder / "server.properties").write_text("\n".join(lines) + "\n")
        self.java("kafka.tools.StorageTool", "format", "--standalone", "-t", "4L6g3nShT-eMCtK--X86sw", "-c",
                  f"{self.folder}/server.properties",
                  *(part for hashing in ("256", "512")
                    for part in ("--add-scram", f"SCRAM-SHA-{hashing}=[name={USER},password={PASSWORD}]")))
        self.start()

    def java(self, program, *arguments):
        done = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-cp", self.classes, program, *arguments],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [found("setpriv"), "--pdeathsig=KILL", "java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
             self.classes, "kafka.Kafka", f"{self.folder}/server.properties"],
            stdout=self.log, stderr=self.log, start_new_session=True)
        wait_for(lambda: self.process.poll() is not None or self.answers(), seconds=120)
        assert self.process.poll() is None, (self.folder / "log").read_text()[-3000:]

    def answers(self):
        """It speaks the protocol: ApiVersions, version 0."""
        host, port = self.plain.split(":")
        request = bytes.fromhex("0012000000000001") + b"\0\6asking"  # key 18, version 0, correlation 1, client id
        try:
            with socket.create_connection((host, int(port)), timeout=1) as connection:
                connection.sendall(len(request).to_bytes(4, "big") + request)
                return connection.recv(8)[4:] == b"\0\0\0\1"
        except OSError:
            return False


@functools.cache
def shared_kafka():
    """One broker for the scenarios that do not stop it."""
    server = Kafka()
    atexit.register(server.remove)
    return server
