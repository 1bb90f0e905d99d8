# SPDX-License-Identifier: Apache-2.0
"""A listener that speaks as much of Kafka's protocol as signing in by OAUTHBEARER takes, and keeps what it is told."""
import socket
import ssl
import struct
import threading

from mariadb_server import certificates

API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE = 18, 17, 36
# What librdkafka looks for before it says anything else: (key, lowest, highest).
OFFERED = [(0, 0, 7), (1, 0, 10), (2, 0, 2), (3, 0, 4), (SASL_HANDSHAKE, 0, 1), (API_VERSIONS, 0, 0), (SASL_AUTHENTICATE, 0, 0)]


class Listener:
    def __init__(self, folder):
        self.ca, certificate, key = certificates(folder, "127.0.0.1")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.door.getsockname()[1]}"
        self.mechanisms, self.messages = [], []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as client:
                while answer := self.answer(client):
                    client.sendall(len(answer).to_bytes(4, "big") + answer)
        except (OSError, ssl.SSLError, EOFError):
            pass

    def answer(self, client):
        key, version, correlation, name_bytes = struct.unpack(">hhih", (body := self.request(client))[:10])
        body = body[10 + max(0, name_bytes):]
        head = struct.pack(">i", correlation)
        if key == API_VERSIONS:  # whatever version is asked: the answer is of version 0
            error = 0 if version == 0 else 35
            return head + struct.pack(">hi", error, len(OFFERED)) + b"".join(struct.pack(">hhh", *one) for one in OFFERED)
        if key == SASL_HANDSHAKE:
            self.mechanisms.append(body[2:].decode())
            return head + struct.pack(">hih", 0, 1, len(b"OAUTHBEARER")) + b"OAUTHBEARER"
        if key == SASL_AUTHENTICATE:
            self.messages.append(body[4:])
            return head + struct.pack(">hhi", 0, -1, 0)
        return None  # signed in: that is all there is to see

    @staticmethod
    def request(client):
        def exactly(count):
            data = b""
            while len(data) < count:
                part = client.recv(count - len(data))
                if not part:
                    raise EOFError
                data += part
            return data

        return exactly(int.from_bytes(exactly(4), "big"))

    def close(self):
        self.door.close()
