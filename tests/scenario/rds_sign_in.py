# SPDX-License-Identifier: Apache-2.0
"""Signing in at Amazon RDS by a token: what a server that asks for it gets, and what it never gets."""
import datetime
import hashlib
import hmac
import socket
import ssl
import struct
import threading
import urllib.parse

from house import folder, run
from mariadb_server import certificates

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "canary-secret-key"}
CAPABILITIES = 0x1 | 0x4 | 0x8 | 0x200 | 0x800 | 0x2000 | 0x8000 | 0x80000  # TLS and plugins among them


class SignInServer:
    """The first words of MySQL's protocol: TLS, then "send mysql_clear_password", then a refusal. Keeps what it got."""

    def __init__(self, certificate, key):
        self.tokens = []
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            try:
                self.talk(client)
            except OSError:
                pass
            client.close()

    def talk(self, client):
        greeting = b"\x0a8.0.36\0" + struct.pack("<I", 7) + b"12345678\0"
        greeting += struct.pack("<HBHHB", CAPABILITIES & 0xFFFF, 45, 2, CAPABILITIES >> 16, 21) + bytes(10)
        send(client, 0, greeting + b"123456789012\0" + b"mysql_native_password\0")
        receive(client)  # the request for TLS
        with self.tls.wrap_socket(client, server_side=True) as line:
            number, _ = receive(line)
            send(line, number + 1, b"\xfemysql_clear_password\0" + b"12345678901234567890\0")
            number, token = receive(line)
            self.tokens.append(token.rstrip(b"\0").decode())
            send(line, number + 1, b"\xff" + struct.pack("<H", 1045) + b"#28000" + b"Access denied for user 'ana'")


def send(line, number, body):
    line.sendall(struct.pack("<I", len(body))[:3] + bytes([number]) + body)


def receive(line):
    head = exactly(line, 4)
    return head[3], exactly(line, int.from_bytes(head[:3], "little"))


def exactly(line, count):
    got = b""
    while len(got) < count:
        more = line.recv(count - len(got))
        if not more:
            raise ConnectionError
        got += more
    return got


def signature_of(host, query, region):
    """As the RDS guide has it, in other words than ours."""
    names = [part for part in query.split("&") if not part.startswith("X-Amz-Signature=")]
    date = dict(part.split("=") for part in names)["X-Amz-Date"]
    request = "\n".join(["GET", "/", "&".join(sorted(names)), f"host:{host}", "", "host", hashlib.sha256(b"").hexdigest()])
    scope = f"{date[:8]}/{region}/rds-db/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + KEYS["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in [*scope.split("/"), text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def scenario_rds_is_signed_in_to_by_a_token_over_verified_tls_only():
    with folder() as scratch:
        ca, certificate, key = certificates(scratch, "127.0.0.1")
        server = SignInServer(certificate, key)
        url = f"mysql://ana@127.0.0.1:{server.port}/pinterest_data"
        emulate = ["emulate", "--data-dir", scratch / "data", "--source", url, "--set", "source.iam=true", "--url",
                   "http://127.0.0.1:9", "--rows", "1"]
        trusted = ["--set", f"source.tls_ca={ca}", "--set", "aws.region=eu-west-1"]
        done = run(*emulate, *trusted, env=KEYS, code=1)
        assert "Access denied" in done.stderr, done.stderr
        host, _, query = server.tokens[0].partition("/?")
        said = dict(urllib.parse.parse_qsl(query))
        assert host == f"127.0.0.1:{server.port}" and said["Action"] == "connect" and said["DBUser"] == "ana", said
        assert said["X-Amz-Signature"] == signature_of(host, query, "eu-west-1")
        signed = datetime.datetime.strptime(said["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        assert abs((signed - datetime.datetime.utcnow()).total_seconds()) < 60 and said["X-Amz-Expires"] == "900"

        got = len(server.tokens)
        done = run(*emulate, "--set", "aws.region=eu-west-1", "--set", "source.tls=off", env=KEYS, code=1)
        assert "source.tls_ca" in done.stderr and len(server.tokens) == got, "nobody trusts it: it gets no token"
        done = run(*emulate, *trusted, env={"HOME": str(scratch)}, code=1)
        assert "no AWS keys" in done.stderr and "aws.credentials_csv" in done.stderr, done.stderr
        done = run(*emulate, *trusted[:2], env={**KEYS, "HOME": str(scratch)}, code=78)
        assert "aws.region" in done.stderr, done.stderr
        assert "canary" not in done.stderr


def scenario_a_host_of_rds_is_trusted_by_the_certificates_that_we_carry():
    with folder() as scratch:
        done = run("emulate", "--data-dir", scratch, "--source", "mysql://ana@no-such.eu-west-1.rds.amazonaws.com/d", "--set",
                   "source.iam=true", "--set", "source.timeout=5s", "--url", "http://127.0.0.1:9", "--rows", "1", env=KEYS,
                   code=69)
        assert "no-such.eu-west-1.rds.amazonaws.com" in done.stderr, done.stderr
        bundle = (scratch / "staging" / "rds-ca.pem").read_text()
        assert bundle.count("BEGIN CERTIFICATE") > 50
        ssl.create_default_context(cadata=bundle)
