#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The peer of `pinflow batch run`: DuckDB from Python over the same objects, with the same SQL files.

    batch_peer.py PIPELINE_FOLDER BUCKET OUTPUT_FOLDER

As one would write it by hand: a table a kind, the last of each key by rowid, Parquet files, then the questions. No
quarantine, no ledger, no transaction log."""
import json
import pathlib
import sys

import duckdb
import yaml

TYPES = {"bigint": "BIGINT", "int": "INTEGER", "double": "DOUBLE", "string": "VARCHAR", "boolean": "BOOLEAN"}


def main():
    folder, bucket, output = (pathlib.Path(argument) for argument in sys.argv[1:4])
    output.mkdir(parents=True, exist_ok=True)
    pipeline = yaml.safe_load((folder / "pipeline.yaml").read_text())
    session = duckdb.connect()
    session.execute("SET TimeZone = 'UTC'; CREATE TYPE timestamp_ltz AS TIMESTAMPTZ")
    for kind in pipeline["kinds"].values():
        columns = {name: TYPES[kind_type] for name, kind_type in kind["record"].items()}
        objects = f"{bucket}/topics/*{kind['topic'].removeprefix('{user}')}/*/*.json"
        session.execute(f"CREATE OR REPLACE TABLE records AS SELECT * FROM read_json('{objects}', "
                        f"format='newline_delimited', columns={columns})")
        session.execute("CREATE OR REPLACE VIEW raw AS SELECT * FROM records WHERE rowid IN "
                        f"(SELECT max(rowid) FROM records GROUP BY {kind['key']})")
        file = output / f"{kind['table']}.parquet"
        session.execute(f"COPY ({(folder / kind['clean']).read_text()}\n) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
        session.execute("DROP VIEW raw; DROP TABLE records")
        zoned = [name for name, kind_type in kind["cleaned"].items() if kind_type == "timestamp"]
        replaced = ", ".join(f"make_timestamp(epoch_us({name})) AS {name}" for name in zoned)
        session.execute(f"CREATE VIEW {kind['view']} AS SELECT * {f'REPLACE ({replaced})' if zoned else ''} FROM '{file}'")
    answers = {}
    for question in pipeline["questions"]:
        answers[question["name"]] = session.execute((folder / question["file"]).read_text()).fetchall()
    (output / "answers.json").write_text(json.dumps(answers, default=str))


if __name__ == "__main__":
    main()
