#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Walks with one pin through every station and compares what is there with ARCHITECTURE.md.

The document's blocks named `walk:<station>` are what this walk sees. After a change that is meant,
`PINFLOW=build/release/src/app/pinflow tests/scenario/life_of_a_pin.py --write` writes them anew.
"""
import json
import re
import sqlite3
import struct
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from house import ROOT, Server, folder, http, object_lines, run, run_json, wait_for

DOCUMENT = ROOT / "ARCHITECTURE.md"
BLOCK = re.compile(r"(```\w* walk:(\w+)\n)(.*?)(\n```)", re.DOTALL)
ROW = 7528  # the first that the dice of seed 100 show


class Recorder(BaseHTTPRequestHandler):
    """Notes each request and its answer, and passes both on."""
    protocol_version = "HTTP/1.1"
    target, seen = "", []

    def pass_on(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = urllib.request.Request(self.target + self.path, data=body, method=self.command,
                                         headers={"Content-Type": self.headers["Content-Type"]})
        with urllib.request.urlopen(request) as answer:
            reply = answer.read()
        self.seen.append((self.command, self.path, self.headers["Content-Type"], body.decode(), reply.decode()))
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_POST = do_PUT = pass_on

    def log_message(self, *_):
        pass


def read_batch(data):
    """A record batch v2, read here by hand: an independent reader of the log's files."""
    base, length, epoch, magic = struct.unpack_from(">qiib", data, 0)
    last_delta, = struct.unpack_from(">i", data, 23)
    producer, = struct.unpack_from(">q", data, 43)
    count, = struct.unpack_from(">i", data, 57)
    return (f"base offset {base}, length {length}, leader epoch {epoch}, magic {magic}, last offset delta {last_delta}, "
            f"producer id {producer}, records {count}"), data[61:12 + length]


def mask(text):
    """What differs from run to run, by its kind."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>", text)
    text = re.sub(r'"(size|modificationTime|timestamp|lastUpdated|createdTime)":\d+', r'"\1":<number>', text)
    text = re.sub(r'"numOutputBytes":"\d+"', '"numOutputBytes":"<number>"', text)
    return re.sub(r"\d{50,}", "<sequence number>", text)


def walk():
    seen = {}
    with folder() as scratch:
        data = scratch / "d"
        run("seed", "--seed", 100, "--data-dir", data)
        database = sqlite3.connect(data / "source.sqlite")
        row = database.execute("select * from pinterest_data limit ?, 1", (ROW,)).fetchone()
        seen["source"] = json.dumps(row, ensure_ascii=False)
        with Server(data, "stream.commit.interval=50ms") as server:
            proxy = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
            Recorder.target, Recorder.seen = f"http://{server.addresses['gateway']}", []
            threading.Thread(target=proxy.serve_forever, daemon=True).start()
            run("emulate", "--data-dir", data, "--rows", 1, "--no-wait", "--road", "both",
                "--url", f"http://127.0.0.1:{proxy.server_port}/test")
            proxy.shutdown()
            for name, at in (("post", 0), ("put", 3)):
                method, path, kind, body, reply = Recorder.seen[at]
                seen[f"emulator_{name}"] = f"{method} {path}\nContent-Type: {kind}\n\n{body}"
                seen[f"gateway_{name}"] = mask(reply)
            status = lambda: http("GET", server.url("/api/v1/status", "admin"))[2]
            wait_for(lambda: len(status()["ledger"]["stream"]) == 3)
            seen["dash"] = json.dumps(status()["ledger"]["stream"], separators=(",", ":"))
            server.stop()
        header, records = read_batch((data / "log/topics/demo.pin-0/00000000000000000000.log").read_bytes())
        value = records[records.index(b"{"):].rstrip(b"\0").decode()
        seen["log"] = f"log/topics/demo.pin-0/00000000000000000000.log\n{header}\n{value}"
        name, lines = next(item for item in object_lines(data).items() if item[0].startswith("demo.pin"))
        path = next((data / "objects").rglob(name)).relative_to(data)
        seen["sink"] = f"{path}\n{lines[0]}"
        run("batch", "run", "--data-dir", data, "--quiet")
        seen["batch"] = json.dumps(run_json("sql", "select * from pin", "--data-dir", data)[0],
                                   ensure_ascii=False, separators=(",", ":"))
        entries = sorted((data / "tables/demo_pin_table/_delta_log").glob("*.json"))
        seen["lake"] = mask(entries[-1].name + "\n" + entries[-1].read_text().strip())
        seen["stream"] = json.dumps(run_json("sql", "select * from demo_pin_table", "--data-dir", data)[0],
                                    ensure_ascii=False, separators=(",", ":"))
        answer = run_json("ask", "q6b", "--data-dir", data)
        seen["ask"] = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        done = run_json("run", "start", "--date", "2026-01-01", "--data-dir", data)["runs"][0]
        seen["schedule"] = json.dumps({"id": done["id"], "date": done["date"], "trigger": done["trigger"],
                                       "state": done["state"], "ledger": done["ledger"],
                                       "steps": {step["name"]: step["state"] for step in done["steps"]}},
                                      separators=(",", ":"))
    return seen


def scenario_the_walk_sees_what_the_document_says():
    seen = walk()
    told = {name: text for _, name, text, _ in BLOCK.findall(DOCUMENT.read_text())}
    assert set(told) == set(seen), f"stations differ: {set(told) ^ set(seen)}"
    for name, text in seen.items():
        assert told[name] == text, f"walk:{name} is told as\n{told[name]}\nand is\n{text}"


if __name__ == "__main__" and "--write" in sys.argv:
    fresh = walk()
    DOCUMENT.write_text(BLOCK.sub(lambda m: m.group(1) + fresh.get(m.group(2), "?") + m.group(4), DOCUMENT.read_text()))
