# SPDX-License-Identifier: Apache-2.0
"""The gateway in front of a real Kafka, beside the same gateway over our own log and beside Kafka's own producer.

Strimzi's bridge, the peer that would fit best, is in none of the registries that this project fetches from."""
import re
import statistics
import subprocess
import time

from machine import print_table, say
from post_bench import check_count, check_errors
from real_services import Kafka, kafka_jars
from servers import NO_TOPIC, Pinflow, cpu_seconds, run_wrk

CONNECTIONS = (16, 64, 256)
RECORD_BYTES = 697  # as post.lua's body
SETTLED_SECONDS = 0.3
# A record is on the broker's disk before it is acknowledged, as in our own log; by default Kafka leaves that to the replicas.
FLUSH_EACH = "log.flush.interval.messages=1"
BROKERS = {"os (one broker)": (), "fsync": (FLUSH_EACH,)}


def settled_records(server):
    """What wrk had under way at its end may still be coming in."""
    seen, now = None, server.records_of_topic()
    while seen != now:
        time.sleep(SETTLED_SECONDS)
        seen, now = now, server.records_of_topic()
    return now


def post_run(name, server, durability, connections, seconds, broker=None):
    before = settled_records(server)
    cpu, broker_cpu = cpu_seconds(server.pid), cpu_seconds(broker.process.pid) if broker else 0
    seen = run_wrk(server.url, connections, seconds, core=None)
    cpu = cpu_seconds(server.pid) - cpu
    broker_cpu = cpu_seconds(broker.process.pid) - broker_cpu if broker else None
    check_errors(name, seen)
    check_count(before, settled_records(server), seen["answers"], connections)
    return {"what": name, "durability": durability, "connections": connections,
            "per_s": seen["answers"] / seen["seconds"], "p50_us": seen["p50_us"], "p99_us": seen["p99_us"],
            "cpu_s_per_million": cpu / seen["answers"] * 1e6,
            "broker_cpu_s_per_million": broker_cpu and broker_cpu / seen["answers"] * 1e6}


def producer_run(broker, durability, records):
    """Kafka's own measuring tool: one process that never waits for an answer, batches as they gather."""
    arguments = ["--topic", "producer", "--num-records", str(records), "--record-size", str(RECORD_BYTES), "--throughput",
                 "-1", "--producer-props", f"bootstrap.servers={broker.plain}", "acks=all", "linger.ms=0"]
    before = cpu_seconds(broker.process.pid)
    process = subprocess.Popen(["java", "-Xmx512m", "-cp", kafka_jars() + "/*", "org.apache.kafka.tools.ProducerPerformance",
                                *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    cpu = 0
    while process.poll() is None:
        try:
            cpu = max(cpu, cpu_seconds(process.pid))
        except OSError:
            break
        time.sleep(0.02)
    told = process.communicate()[0].strip().splitlines()[-1]
    found = re.match(r"(\d+) records sent, ([\d.]+) records/sec .* ([\d.]+) ms avg latency.* (\d+) ms 50th.* (\d+) ms 99th", told)
    if process.returncode != 0 or not found:
        raise RuntimeError(f"ProducerPerformance: {told}")
    return {"what": "Kafka's own producer", "durability": durability, "connections": None, "per_s": float(found[2]),
            "p50_us": float(found[4]) * 1000, "p99_us": float(found[5]) * 1000, "cpu_s_per_million": cpu / records * 1e6,
            "broker_cpu_s_per_million": (cpu_seconds(broker.process.pid) - before) / records * 1e6}


def summary(runs):
    row = dict(runs[0])
    for name in ("per_s", "p50_us", "p99_us", "cpu_s_per_million", "broker_cpu_s_per_million"):
        row[name] = None if row[name] is None else statistics.median(run[name] for run in runs)
    return row | {"range": [min(run["per_s"] for run in runs), max(run["per_s"] for run in runs)]}


COLUMNS = [
    ("", lambda r: r["what"]),
    ("durability", lambda r: r["durability"]),
    ("connections", lambda r: str(r["connections"] or "-")),
    ("records/s", lambda r: f"{r['per_s']:,.0f}"),
    ("range", lambda r: f"{r['range'][0]:,.0f}-{r['range'][1]:,.0f}"),
    ("p50 ms", lambda r: f"{r['p50_us'] / 1000:.2f}"),
    ("p99 ms", lambda r: f"{r['p99_us'] / 1000:.2f}"),
    ("CPU s/million", lambda r: f"{r['cpu_s_per_million']:.0f}"),
    ("of the broker", lambda r: "-" if r["broker_cpu_s_per_million"] is None else f"{r['broker_cpu_s_per_million']:.0f}"),
]


def measure_one_broker(program, directory, durability, options, seconds, rounds):
    runs = []
    with Kafka(*options) as broker, Pinflow(program, directory / "log", [NO_TOPIC]) as own, \
            Pinflow(program, directory / "kafka", [NO_TOPIC, f"kafka.bootstrap_servers={broker.plain}"]) as over:
        over.ask("POST", "/topics/producer", '{"records":[{"value":0}]}')  # makes the topic
        for server in (own, over):
            server.post_one()
            run_wrk(server.url, 64, seconds, core=None)  # the broker's code is compiled as it runs
        for number in range(rounds):
            for connections in CONNECTIONS:
                say(f"  {durability}: round {number + 1} of {rounds}: {connections} connections")
                if durability == "fsync":
                    runs.append(post_run("pinflow, own log", own, durability, connections, seconds))
                runs.append(post_run("pinflow over Kafka", over, durability, connections, seconds, broker))
            runs.append(producer_run(broker, durability, int(20_000 * seconds)))
    return runs


def measure_kafka(program, directory, quick):
    seconds, rounds = (2, 1) if quick else (6, 3)
    runs = {}
    for number, (durability, options) in enumerate(BROKERS.items()):
        place = directory / str(number)
        for run in measure_one_broker(program, place, durability, options, seconds, rounds):
            runs.setdefault((run["what"], durability, run["connections"]), []).append(run)
    rows = [summary(of_one) for of_one in runs.values()]
    print_table("one-record POST (697-byte body, REST v2): the gateway over Kafka; wrk, gateway and broker share the cores",
                COLUMNS, rows)
    print("  every answer was 2xx and stands in the log, by its offsets. Kafka's own producer waits for no answer: its latency "
          "is that of its queue\n  Strimzi's bridge cannot be had from the registries used here, so it is not beside these")
    return rows
