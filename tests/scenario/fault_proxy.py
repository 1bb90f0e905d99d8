# SPDX-License-Identifier: Apache-2.0
"""A proxy that breaks what passes through it, for any service: by connection, or by HTTP/1.1 request.

    with FaultProxy(server.port, choose=some_of(0.1, HTTP_FAULTS, seed=1), http=True) as proxy: ...

`choose(n, line)` is called for each request (its line) or connection (""), counted from 0, and gives the fault or None.
What was done is counted in `proxy.faults`.
"""
import collections
import random
import socket
import threading
import time

CHUNK = 1 << 16
# Before the server has seen anything of the request.
BEFORE = ("refuse", "cut_request", "slow_down", "flip_request")
# After it has acted: the answer is lost, replaced, cut short or changed.
AFTER = ("swallow", "fail_after", "truncate", "half_close", "delay")
HTTP_FAULTS = BEFORE + AFTER
# Of whole connections: ended or silent after some bytes, in either direction.
TCP_FAULTS = ("refuse", "drop_up", "drop_down", "half_close", "delay", "flip_down")


def some_of(share, faults, seed):
    """A chooser: that share of all, by chance; the same seed, the same choices in the same order."""
    chance, lock = random.Random(seed), threading.Lock()

    def choose(_number, _line):
        with lock:
            return chance.choice(faults) if chance.random() < share else None

    return choose


class FaultProxy:
    def __init__(self, target_port, choose, http=False, delay=0.3, drop_after=2_000):
        self.target = ("127.0.0.1", target_port)
        self.choose, self.http, self.delay, self.drop_after = choose, http, delay, drop_after
        self.faults = collections.Counter()
        self.requests = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=300)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            work = self.serve_http if self.http else self.serve_bytes
            threading.Thread(target=self.guard, args=(work, connection), daemon=True).start()

    def guard(self, work, connection):
        with connection:
            try:
                work(connection)
            except (OSError, Ended):
                pass  # either side went away

    def next_fault(self, line):
        with self.lock:
            number, self.requests = self.requests, self.requests + 1
        fault = self.choose(number, line)
        if fault:
            with self.lock:
                self.faults[fault] += 1
        return fault

    def upstream(self):
        there = socket.create_connection(self.target, timeout=120)
        there.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return there

    # ---- HTTP ----

    def serve_http(self, here):
        client = Stream(here)
        server = None
        while True:
            request = client.message()
            if request is None:
                return
            line = request.head.split(b"\r\n", 1)[0].decode("latin-1")
            fault = self.next_fault(line)
            if fault == "refuse":
                return
            if fault == "slow_down":
                here.sendall(answer(503, "SlowDown"))
                continue
            if server is None:
                server = Stream(self.upstream())
            with_server = server.socket
            if fault == "cut_request":
                with_server.sendall((request.head + request.body)[:len(request.head) + len(request.body) // 2])
                with_server.close()
                return
            if fault == "flip_request" and request.body:
                request.body = flipped(request.body)
            with_server.sendall(request.head + request.body)
            reply = server.message(no_body=line.startswith("HEAD "))
            if reply is None:
                return
            if not self.pass_on(here, reply, fault) or reply.closes:
                with_server.close()
                return

    def pass_on(self, here, reply, fault):
        """False: the connection is over."""
        if fault == "swallow":
            return False
        if fault == "fail_after":
            here.sendall(answer(500, "InternalError"))
            return True
        whole = reply.head + reply.body
        if fault in ("truncate", "half_close"):
            here.sendall(whole[:len(whole) * 2 // 3])
            if fault == "half_close":
                here.shutdown(socket.SHUT_WR)
                while here.recv(CHUNK):
                    pass
            return False
        if fault == "delay":
            time.sleep(self.delay)
        if fault == "flip_answer" and reply.body:
            whole = reply.head + flipped(reply.body)
        here.sendall(whole)
        return True

    # ---- bytes ----

    def serve_bytes(self, here):
        fault = self.next_fault("")
        if fault == "refuse":
            return
        if fault == "delay":
            time.sleep(self.delay)
        with self.upstream() as there:
            up = threading.Thread(target=self.guard_pump, args=(here, there, fault == "drop_up", False), daemon=True)
            up.start()
            self.guard_pump(there, here, fault == "drop_down", fault == "flip_down", half=fault == "half_close")
            up.join(timeout=1)

    def guard_pump(self, source, sink, drops, flips, half=False):
        passed = 0
        try:
            while data := source.recv(CHUNK):
                if (drops or half) and passed + len(data) > self.drop_after:
                    sink.sendall(data[:self.drop_after - passed])
                    sink.shutdown(socket.SHUT_WR if half else socket.SHUT_RDWR)
                    if not half:
                        source.shutdown(socket.SHUT_RDWR)
                    return
                if flips and passed <= self.drop_after < passed + len(data):
                    data = flipped(data)
                sink.sendall(data)
                passed += len(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Ended(Exception):
    """The peer ended in the middle of a message."""


class Message:
    def __init__(self, head, body):
        self.head, self.body = head, body
        self.closes = b"\r\nconnection: close" in head.lower()


class Stream:
    """Whole HTTP messages of one side of a connection."""

    def __init__(self, connection):
        self.socket, self.buffer = connection, b""

    def more(self):
        data = self.socket.recv(CHUNK)
        self.buffer += data
        return bool(data)

    def message(self, no_body=False):
        while b"\r\n\r\n" not in self.buffer:
            if not self.more():
                return None
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        head += b"\r\n\r\n"
        return Message(head, b"" if no_body else self.body(head))

    def body(self, head):
        fields = {name.lower(): value.strip() for name, _, value in
                  (line.partition(b":") for line in head.split(b"\r\n")[1:])}
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            return self.chunked()
        return self.take(int(fields.get(b"content-length", 0)))

    def take(self, size):
        parts, have = [self.buffer], len(self.buffer)
        while have < size:
            data = self.socket.recv(CHUNK)
            if not data:
                raise Ended
            parts.append(data)
            have += len(data)
        whole = b"".join(parts)
        self.buffer = whole[size:]
        return whole[:size]

    def chunked(self):
        whole = b""
        while True:
            while b"\r\n" not in self.buffer:
                if not self.more():
                    raise Ended
            size = int(self.buffer.split(b"\r\n", 1)[0].split(b";")[0], 16)
            whole += self.take(self.buffer.index(b"\r\n") + 2 + size + 2)
            if size == 0:
                return whole


def flipped(data):
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


def answer(status, code):
    body = f"<Error><Code>{code}</Code><Message>by the fault proxy</Message></Error>".encode()
    return b"HTTP/1.1 %d X\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body
