# SPDX-License-Identifier: Apache-2.0
"""Clients that post under load and remember what they were told.

Every record is (client, number), and its bytes follow from these two alone, so that a lost, doubled, foreign or moved
record is arithmetic (check.py). A client sends one request after the other. A request whose answer never came is *in
doubt*: without an idempotency key its records may be there once or not at all; with a key the client sends the very
same request again, to whichever process answers next, until it is told where the records are.
"""
import base64
import http.client
import json
import random
import threading
import time
import uuid

ANSWER_SECONDS = 30
RETRY_SECONDS = 0.05  # after an answer that says "try again"
KAFKA_JSON = "application/vnd.kafka.json.v2+json"
KAFKA_BINARY = "application/vnd.kafka.binary.v2+json"
# Errors that promise nothing but that the same request may succeed: whether the records are stored is open.
RETRIABLE = {50002, 50003, "ProvisionedThroughputExceededException", "InternalFailure"}


def padding(client, number):
    """Mostly a row's size; at times several pages, so that a write can tear inside a batch."""
    dice = random.Random(client << 40 | number)
    size = dice.choices((dice.randrange(120), dice.randrange(6_000), 20_000), (94, 5.5, 0.5))[0]
    return ("%08x" % dice.getrandbits(32) * (size // 8 + 1))[:size]


def value_of(client, number):
    return b'{"client":%d,"number":%d,"pad":"%s"}' % (client, number, padding(client, number).encode())


class Request:
    """One request: the numbers in it, what is sent, and what the client knows of it."""
    __slots__ = ("client", "numbers", "key", "path", "body", "began", "attempts", "outcomes")

    def __init__(self, client, numbers, key, path, body):
        self.client, self.numbers, self.key, self.path, self.body = client, numbers, key, path, body
        self.began = self.attempts = 0
        self.outcomes = None  # None: in doubt; else one a record: (topic, partition, offset) or an error code


class Door:
    """Where the server answers now. Clients wait here while there is none."""

    def __init__(self):
        self.changed = threading.Condition()
        self.address, self.generation, self.busy = None, 0, 0
        self.is_over = self.is_for_pending = False

    def open(self, address, is_for_pending=False):
        """`is_for_pending`: only requests that wait for their answer are sent (again), no new ones."""
        with self.changed:
            self.address, self.generation, self.is_for_pending = address, self.generation + 1, is_for_pending
            self.changed.notify_all()

    def close(self, is_over=False):
        """No request begins from here on; comes back when none is under way."""
        with self.changed:
            self.address, self.is_over = None, is_over
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.busy == 0)

    def enter(self, seen, has_pending):
        """(generation, address), or None when all is over; `seen` is a generation that has failed."""
        def may_enter():
            return self.address and self.generation != seen and (has_pending or not self.is_for_pending)
        with self.changed:
            self.changed.wait_for(lambda: self.is_over or may_enter())
            if self.is_over:
                return None
            self.busy += 1
            return self.generation, self.address

    def leave(self):
        with self.changed:
            self.busy -= 1
            self.changed.notify_all()


class Client:
    """One thread, one connection, one topic or stream."""

    def __init__(self, ident, door, topic, space, is_binary=False, has_key=False, seed=0):
        self.ident, self.door, self.topic, self.space = ident, door, topic, space
        self.is_binary, self.has_key = is_binary, has_key
        self.dice = random.Random(seed << 16 | ident)
        self.next_number, self.requests, self.acknowledged = 0, [], 0
        self.connection = self.failed = self.pending = None
        self.generation, self.is_refused = 0, False  # the last answer was an error
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while entered := self.door.enter(self.failed, self.pending is not None):
            try:
                self.connect(*entered)
                self.pending = self.send(self.pending or self.next_request())
            finally:
                self.door.leave()
            if self.is_refused:
                time.sleep(RETRY_SECONDS)

    def connect(self, generation, address):
        if generation != self.generation:
            host, port = address.split(":")
            self.connection = http.client.HTTPConnection(host, int(port), timeout=ANSWER_SECONDS)
            self.generation = generation

    def next_request(self):
        count = self.dice.choices((1, self.dice.randint(2, 12)), (80, 20))[0]
        numbers = range(self.next_number, self.next_number + count)
        self.next_number += count
        key = str(uuid.UUID(int=self.dice.getrandbits(128), version=4)) if self.has_key else None
        path, body = self.stream_form(numbers) if self.space == "streams" else self.topic_form(numbers)
        request = Request(self.ident, numbers, key, path, body.encode())
        self.requests.append(request)
        return request

    def topic_form(self, numbers):
        texts = [value_of(self.ident, n) for n in numbers]
        if self.is_binary:
            records = ['{"value":"%s"}' % base64.b64encode(text).decode() for text in texts]
        else:
            records = ['{"value":%s}' % text.decode() for text in texts]
        return f"/topics/{self.topic}", '{"records":[%s]}' % ",".join(records)

    def stream_form(self, numbers):
        records = ['{"Data":%s,"PartitionKey":"%d"}' % (value_of(self.ident, n).decode(), self.dice.randrange(1000))
                   for n in numbers]
        if len(records) > 1:
            return f"/test/streams/{self.topic}/records", '{"records":[%s]}' % ",".join(records)
        return f"/test/streams/{self.topic}/record", records[0]

    def send(self, request):
        """None when the request is done with; else the request, to be sent again."""
        headers = {"Content-Type": "application/json"}
        if self.space == "topics":
            headers["Content-Type"] = KAFKA_BINARY if self.is_binary else KAFKA_JSON
        if request.key:
            headers["Idempotency-Key"] = request.key
        request.attempts += 1
        request.began = request.began or time.time()
        try:
            method = "PUT" if self.space == "streams" else "POST"
            self.connection.request(method, request.path, request.body, headers)
            answer = self.connection.getresponse()
            status, body = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            # Wait for the next process: a request that lives on behind a broken connection would else be overtaken.
            self.connection.close()
            self.failed = self.generation
            request.outcomes = None
            return request if request.key else None
        request.outcomes = self.outcomes_of(status, json.loads(body), len(request.numbers))
        taken = sum(type(outcome) is tuple for outcome in request.outcomes)
        self.acknowledged += taken
        self.is_refused = taken < len(request.outcomes)
        return request if self.is_refused and request.key else None

    def outcomes_of(self, status, body, count):
        if status != 200:
            return [body.get("error_code") or body.get("__type") or status] * count
        if self.space == "topics":
            return [entry["error_code"] or (self.topic, entry["partition"], entry["offset"]) for entry in body["offsets"]]
        return [entry.get("ErrorCode") or (self.topic, int(entry["ShardId"].rpartition("-")[2]),
                                           offset_in(entry["SequenceNumber"]))
                for entry in body.get("Records", [body])]


def offset_in(sequence_number):
    """AWS's layout from the top, in hexadecimal digits: 2 | created 9 | shard 1 | count 16 | 00 | time 9 | shard 8 | 2."""
    return (int(sequence_number) >> 4 * (2 + 9 + 8 + 1) & (1 << 64) - 1) - 1


class Load:
    """Clients over topics and streams; every second one sends keys."""
    with_keys = True

    def __init__(self, count=16, seed=0):
        self.door = Door()
        self.clients = []
        for ident in range(count):
            kind = ident // 2 % 4
            space, topic = (("topics", "json-a"), ("streams", "stream-a"), ("topics", "binary"),
                            (("topics", "json-b"), ("streams", "stream-b"))[ident // 8 % 2])[kind]
            self.clients.append(Client(ident, self.door, topic, space, is_binary=topic == "binary",
                                       has_key=self.with_keys and ident % 2 == 1, seed=seed))
        for client in self.clients:
            client.thread.start()

    def acknowledged(self):
        return sum(client.acknowledged for client in self.clients)

    def is_settled(self):
        """No request with a key waits for its answer."""
        return all(client.pending is None for client in self.clients)

    def end(self):
        self.door.close(is_over=True)
        for client in self.clients:
            client.thread.join()
