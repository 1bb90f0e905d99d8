# SPDX-License-Identifier: Apache-2.0
"""Durable one-record POSTs to the real program, beside nginx that reads the same requests and answers 204."""
import socket
import statistics

from machine import print_table, room_for, say
from servers import NO_TOPIC, SERVER_CORE, Nginx, Pinflow, cpu_seconds, run_wrk, thread_cpu_us

CONNECTIONS = (16, 64, 256)
RECORD_BYTES_ON_DISK = 1700  # log, journal and an object, generously
ROUGH_PER_SECOND = 90_000
BUSY_THREAD_US = 0.05


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def check_errors(server, seen):
    errors = {name: n for name, n in seen.items() if n and (name.endswith("errors") or name in ("not_2xx", "timeouts"))}
    if errors:
        raise RuntimeError(f"{server}: not a figure, {errors}: {seen}")


def check_count(before, after, answers, connections):
    """All that was answered is in the log; at its end wrk drops what is under way, one a connection."""
    if not answers <= after - before <= answers + connections:
        raise RuntimeError(f"{answers} answers, but the log went from {before} to {after} records")


def one_run(name, server, connections, close, seconds):
    arguments = ["close"] if close else []
    before = server.records_of_topic() if isinstance(server, Pinflow) else 0
    cpu, threads = cpu_seconds(server.pid), thread_cpu_us(server.pid)
    seen = run_wrk(server.url, connections, seconds, arguments)
    cpu = cpu_seconds(server.pid) - cpu
    threads = {name: (us - threads.get(name, 0)) / seen["answers"] for name, us in thread_cpu_us(server.pid).items()}
    check_errors(name, seen)
    if isinstance(server, Pinflow):
        check_count(before, server.records_of_topic(), seen["answers"], connections)
    return {"server": name, "durability": server.durability, "connections": connections, "close": close,
            "per_s": seen["answers"] / seen["seconds"], "cpu_s_per_million": cpu / seen["answers"] * 1e6,
            "server_core_share": cpu / seen["seconds"], "cpu_us_by_thread": threads} | seen


def summary(runs, peers):
    """Medians of one row's repeats; the ratio is of neighbours in time."""
    row = dict(runs[0])
    for name in ("per_s", "p50_us", "p99_us", "cpu_s_per_million", "server_core_share", "wrk_core_share"):
        row[name] = statistics.median(run[name] for run in runs)
    row["per_s_range"] = [min(run["per_s"] for run in runs), max(run["per_s"] for run in runs)]
    row["ratio"] = statistics.median(run["per_s"] / peer["per_s"] for run, peer in zip(runs, peers))
    row["answers"] = sum(run["answers"] for run in runs)
    row["cpu_us_by_thread"] = {name: round(statistics.median(run["cpu_us_by_thread"].get(name, 0) for run in runs), 2)
                               for name in runs[0]["cpu_us_by_thread"]}
    return row


COLUMNS = [
    ("server", lambda r: r["server"]),
    ("durability", lambda r: r["durability"]),
    ("connections", lambda r: str(r["connections"])),
    ("a request", lambda r: "new connection" if r["close"] else "keep-alive"),
    ("req/s", lambda r: f"{r['per_s']:,.0f}"),
    ("range", lambda r: f"{r['per_s_range'][0]:,.0f}-{r['per_s_range'][1]:,.0f}"),
    ("p50 ms", lambda r: f"{r['p50_us'] / 1000:.2f}"),
    ("p99 ms", lambda r: f"{r['p99_us'] / 1000:.2f}"),
    ("CPU s/million", lambda r: f"{r['cpu_s_per_million']:.1f}"),
    ("server core", lambda r: f"{r['server_core_share']:.0%}"),
    ("wrk core", lambda r: f"{r['wrk_core_share']:.0%}"),
    ("answers", lambda r: f"{r['answers']:,}"),
    (": nginx", lambda r: f"{r['ratio']:.2f}"),
]


def measure_post(program, nginx_program, directory, quick):
    seconds, rounds = (2, 1) if quick else (4, 5)
    shapes = [(connections, close) for close in (False, True) for connections in CONNECTIONS]
    needed = rounds * seconds * (len(shapes) + 1) * ROUGH_PER_SECOND * RECORD_BYTES_ON_DISK
    if not room_for(needed, directory, "the POSTs' log"):
        return None
    runs = {}
    one_reactor = ["threads.reactors=1"]
    with Nginx(nginx_program, directory / "nginx", free_port(), SERVER_CORE) as nginx, \
            Pinflow(program, directory / "post", [*one_reactor, NO_TOPIC], SERVER_CORE) as pinflow, \
            Pinflow(program, directory / "post-sink", one_reactor, SERVER_CORE) as with_sink:
        servers = {"nginx 204": nginx, "pinflow": pinflow, "pinflow, sink on": with_sink}
        for server in servers.values():
            if isinstance(server, Pinflow):
                server.post_one()  # makes the topic
            run_wrk(server.url, 64, 1)
        for round_number in range(rounds):
            for connections, close in shapes:
                say(f"  round {round_number + 1} of {rounds}: {connections} connections{', close' if close else ''}")
                for name, server in servers.items():
                    if server is with_sink and (connections != 64 or close):
                        continue
                    run = one_run(name, server, connections, close, seconds)
                    runs.setdefault((name, connections, close), []).append(run)
    rows = [summary(runs[key], runs[("nginx 204", *key[1:])]) for key in runs]
    print_table("one-record POST (697-byte body, REST v2), server on one core, wrk on the other", COLUMNS, rows)
    for row in rows:
        busy = [f"{name} {us:.1f}" for name, us in row["cpu_us_by_thread"].items() if us >= BUSY_THREAD_US]
        if row["server"] == "pinflow":
            print(f"  CPU us a request by thread, {row['connections']}{' close' if row['close'] else ''}: "
                  + ", ".join(busy))
    print("  every answer was 2xx and stands in the log, by its offsets; 'pinflow' has its sink idle, "
          "'sink on' writes the objects on the same core")
    return rows
