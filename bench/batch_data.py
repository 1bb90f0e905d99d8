#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rows that `pinflow seed` makes, as objects in the sink's layout: what the batch reads, without posting them.

    bench/batch_data.py --pinflow build/release/src/app/pinflow --rows 1000000 --an-object 1000 build/data/1m

An object holds `--an-object` records (1: the tiny objects of `flush.size=1`) of one of `--partitions` partitions."""
import argparse
import pathlib
import sqlite3
import subprocess

TOPICS = {"pin": "pinterest_data", "geo": "geolocation_data", "user": "user_data"}
FETCHED_ROWS = 10_000


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pinflow", required=True, help="the program, which makes the rows")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of each kind")
    parser.add_argument("--an-object", type=int, default=1_000, help="records in each object")
    parser.add_argument("--partitions", type=int, default=1, help="of each topic; records go round")
    parser.add_argument("--user", default="demo")
    parser.add_argument("bucket", type=pathlib.Path, help="the folder that will hold topics/")
    return parser.parse_args()


def json_rows(source, table):
    """Each row as the sink stores it: one line of minified JSON, in key order."""
    columns = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
    pairs = ", ".join(f"'{name}', \"{name}\"" for name in columns)
    rows = source.execute(f"SELECT json_object({pairs}) FROM {table} ORDER BY rowid")
    while batch := rows.fetchmany(FETCHED_ROWS):
        yield from (row[0] for row in batch)


class Partition:
    """One partition's objects, each named by its first offset."""

    def __init__(self, bucket, topic, number, an_object):
        self.folder = bucket / "topics" / topic / f"partition={number}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = f"{topic}+{number}+"
        self.an_object, self.offset, self.lines = an_object, 0, []

    def add(self, line):
        self.lines.append(line)
        if len(self.lines) == self.an_object:
            self.close()

    def close(self):
        if not self.lines:
            return
        with open(f"{self.folder}/{self.name}{self.offset:010}.json", "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines) + "\n")
        self.offset += len(self.lines)
        self.lines = []


def write_topic(source, table, topic, chosen):
    partitions = [Partition(chosen.bucket, topic, number, chosen.an_object) for number in range(chosen.partitions)]
    for at, line in enumerate(json_rows(source, table)):
        partitions[at % len(partitions)].add(line)
    for partition in partitions:
        partition.close()


def main():
    chosen = options()
    chosen.bucket.mkdir(parents=True, exist_ok=True)
    database = chosen.bucket.parent / f"{chosen.bucket.name}.sqlite"
    if not database.exists():
        subprocess.run([chosen.pinflow, "--data-dir", f"{database}.data", "seed", "--rows", str(chosen.rows),
                        "--file", str(database)], check=True)
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as source:
        for kind, table in TOPICS.items():
            write_topic(source, table, f"{chosen.user}.{kind}", chosen)


if __name__ == "__main__":
    main()
