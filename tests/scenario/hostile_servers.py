# SPDX-License-Identifier: Apache-2.0
"""Servers that misbehave: of no protocol at all, and that say one wrong thing in HTTP, MySQL's or Kafka's protocol."""
import contextlib
import json
import socket
import ssl
import struct
import threading

from fault_proxy import Ended, Stream

PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head>\n<body>\n<h1>502</h1><hr>nginx\n</body></html>\n"


class Hostile:
    """Listens, and gives each connection to talk(); counts them. `tls`: a certificate and its key."""

    def __init__(self, tls=None):
        self.connections, self.said = 0, []  # what clients sent us, as bytes
        self.lines = []
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
        self.door = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                line, _ = self.door.accept()
            except OSError:
                return
            self.connections += 1
            self.lines.append(line)
            threading.Thread(target=self.guard, args=(line,), daemon=True).start()

    def guard(self, line):
        line.settimeout(120)
        try:
            with self.context.wrap_socket(line, server_side=True) if self.context else line as wrapped:
                self.talk(wrapped)
        except (OSError, Ended):
            pass  # the client went away, or wants none of our TLS

    def talk(self, line):
        raise NotImplementedError

    def cut(self):
        """All connections end; new ones are taken."""
        for line in self.lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.door.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Silent(Hostile):
    """Takes everything and never says a word."""

    def talk(self, line):
        while data := line.recv(1 << 16):
            self.said.append(data)


class Closes(Hostile):
    def talk(self, line):
        pass


class Says(Hostile):
    """Says the same words to whoever comes, and then ends, half-closes, or drips one byte more a second."""

    def __init__(self, words, then="end", **options):
        self.words, self.then = words, then
        super().__init__(**options)

    def talk(self, line):
        if self.then != "greet":
            self.said.append(line.recv(1 << 16))
        line.sendall(self.words)
        if self.then == "half-close":
            line.shutdown(socket.SHUT_WR)
            while line.recv(1 << 16):
                pass
        never = threading.Event()
        while self.then == "drip" and not never.wait(1):
            line.sendall(b" ")


class Http(Hostile):
    """answer(method, path, headers and body as text) gives (status, body as text or value, headers)."""

    def __init__(self, answer, **options):
        self.answer, self.requests = answer, 0
        super().__init__(**options)

    def talk(self, line):
        stream = Stream(line)
        if not self.context and line.recv(1, socket.MSG_PEEK) == b"\x16":  # TLS' first word: as nginx has it
            line.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        while request := stream.message():
            self.requests += 1
            self.said.append(request.head + request.body)
            words = request.head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
            text = (request.head + request.body).decode("latin-1")
            status, body, *more = self.answer(words[0], words[1], text)
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
            headers = {"Content-Length": len(body), "Content-Type": "text/plain", **(more[0] if more else {})}
            head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            line.sendall(head.encode() + b"\r\n" + (b"" if words[0] == "HEAD" else body))


# ---- MySQL ----

SSL_CAPABILITY = 0x800
CAPABILITIES = 0x1 | 0x2 | 0x4 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000


def packet(number, body):
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


def error_packet(code, state, text):
    return b"\xff" + struct.pack("<H", code) + b"#" + state.encode() + text.encode("latin-1")


class MySql(Hostile):
    """refuse: at the greeting ("greeting"), after the sign-in ("sign-in"), or at the first query that holds that text.
    `echo` repeats in the error what the client sent; with TLS it asks for the password in clear."""

    def __init__(self, when, code=1045, text="", state="28000", tls=None, echo=False):
        self.when, self.error, self.echo = when, (code, state, text), echo
        super().__init__()
        if tls:
            self.line_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.line_tls.load_cert_chain(*tls)
        self.has_tls = bool(tls)

    def refuse(self, line, number, said=b""):
        code, state, text = self.error
        if self.echo:
            text += " you said " + said.rstrip(b"\0").decode("latin-1")
        line.sendall(packet(number, error_packet(code, state, text)))

    def talk(self, line):
        if self.when == "greeting":
            line.sendall(packet(0, b"\xff" + struct.pack("<H", self.error[0]) + self.error[2].encode()))
            return
        offered = CAPABILITIES | (SSL_CAPABILITY if self.has_tls else 0)
        greeting = b"\x0a8.0.36\0" + struct.pack("<I", 7) + b"12345678\0"
        greeting += struct.pack("<HBHHB", offered & 0xFFFF, 45, 2, offered >> 16, 21) + bytes(10)
        line.sendall(packet(0, greeting + b"123456789012\0" + b"mysql_native_password\0"))
        number, said = self.receive(line)
        if self.has_tls and len(said) == 32:
            line = self.line_tls.wrap_socket(line, server_side=True)
            number, said = self.receive(line)
        if self.echo and self.has_tls:
            line.sendall(packet(number + 1, b"\xfemysql_clear_password\0" + b"12345678901234567890\0"))
            number, said = self.receive(line)
        if self.when == "sign-in":
            self.refuse(line, number + 1, said)
            return
        ok = b"\0\0\0\x02\0\0\0"
        line.sendall(packet(number + 1, ok))
        while True:
            number, said = self.receive(line)
            if self.when.encode() in said:
                self.refuse(line, number + 1, said)
            else:
                line.sendall(packet(number + 1, ok))

    def receive(self, line):
        head = exactly(line, 4)
        body = exactly(line, int.from_bytes(head[:3], "little"))
        self.said.append(body)
        return head[3], body


def exactly(line, count):
    got = b""
    while len(got) < count:
        more = line.recv(count - len(got))
        if not more:
            raise Ended
        got += more
    return got


# ---- Kafka ----

METADATA, SASL_HANDSHAKE, API_VERSIONS, INIT_PRODUCER, SASL_AUTHENTICATE = 3, 17, 18, 22, 36
OFFERED = [(0, 3, 7), (1, 4, 10), (2, 0, 2), (METADATA, 0, 4), (SASL_HANDSHAKE, 0, 1), (API_VERSIONS, 0, 0),
           (INIT_PRODUCER, 0, 1), (SASL_AUTHENTICATE, 0, 0)]


def kafka_text(text):
    data = text.encode("latin-1")
    return struct.pack(">h", len(data)) + data


class KafkaBroker(Hostile):
    """One broker without topics; `fails`: {API key: (error code, text)}; `echo` repeats in the text what it was sent."""

    def __init__(self, fails=None, mechanisms=("PLAIN",), echo=False, partial=False, **options):
        self.fails, self.mechanisms, self.echo, self.partial = fails or {}, mechanisms, echo, partial
        super().__init__(**options)

    def talk(self, line):
        while True:
            body = exactly(line, int.from_bytes(exactly(line, 4), "big"))
            self.said.append(body)
            key, version, correlation, name_bytes = struct.unpack(">hhih", body[:10])
            answer = struct.pack(">i", correlation) + self.answer(key, version, body[10 + max(0, name_bytes):])
            whole = len(answer).to_bytes(4, "big") + answer
            if self.partial and key == METADATA:
                line.sendall(whole[:len(whole) // 2])
                return
            line.sendall(whole)

    def answer(self, key, version, body):
        code, text = self.fails.get(key, (0, ""))
        if key == API_VERSIONS:  # whatever version is asked: the answer is of version 0
            error = 0 if version == 0 else 35
            return struct.pack(">hi", error, len(OFFERED)) + b"".join(struct.pack(">hhh", *one) for one in OFFERED)
        if key == SASL_HANDSHAKE:
            wanted = body[2:].decode()
            return struct.pack(">hi", 0 if wanted in self.mechanisms else 33, len(self.mechanisms)) + b"".join(
                kafka_text(one) for one in self.mechanisms)
        if key == SASL_AUTHENTICATE:
            if self.echo:
                text += " you said " + body[4:].decode("latin-1").replace("\0", " ")
            return struct.pack(">h", code) + (kafka_text(text) if code else b"\xff\xff") + struct.pack(">i", 0)
        if key == METADATA:
            broker = struct.pack(">i", 1) + kafka_text("127.0.0.1") + struct.pack(">i", self.port) + b"\xff\xff"
            topic = struct.pack(">h", code) + kafka_text("denied.pin") + b"\0" + struct.pack(">i", 0)
            return (struct.pack(">ii", 0, 1) + broker + kafka_text("hostile-cluster") + struct.pack(">i", 1) +
                    (struct.pack(">i", 1) + topic if code else struct.pack(">i", 0)))
        if key == INIT_PRODUCER:
            return struct.pack(">ihqh", 0, code, -1 if code else 1000, -1 if code else 0)
        raise Ended
