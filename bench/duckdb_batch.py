# SPDX-License-Identifier: Apache-2.0
"""The batch with plain DuckDB from Python: objects -> last of each key -> the same cleaning SQL -> Parquet -> answers.

duckdb_batch.py BUCKET OUTPUT: writes the tables and answers.json there. What pinflow does besides (quarantine with
reasons, ledger, statistics, Delta commits, fsync) is not done here."""
import json
import pathlib
import sys

import duckdb

import peer_pipeline

TYPES = {"string": "VARCHAR", "bigint": "BIGINT", "int": "INTEGER", "double": "DOUBLE", "boolean": "BOOLEAN",
         "timestamp": "TIMESTAMPTZ", "array<double>": "DOUBLE[]"}
PRELUDE = "SET TimeZone='UTC'; CREATE TYPE timestamp_ltz AS TIMESTAMPTZ;"


def clean(connection, kind, bucket, output):
    columns = ", ".join(f"'{name}': '{TYPES[kind_of]}'" for name, kind_of in kind["record"].items())
    objects = f"{bucket}/topics/{kind['topic']}/partition=*/*.json"
    connection.execute(f"CREATE OR REPLACE TABLE arrived AS SELECT * FROM read_json('{objects}', "
                       f"columns = {{{columns}}}, format = 'newline_delimited', ignore_errors = true)")
    # Rows keep the order of the files; a window over row numbers would be several times slower.
    connection.execute(f"CREATE OR REPLACE VIEW raw AS SELECT * FROM arrived WHERE rowid IN "
                       f"(SELECT max(rowid) FROM arrived GROUP BY \"{kind['key']}\")")
    path = f"{output}/{kind['table']}.parquet"
    connection.execute(f"COPY ({kind['sql']}\n) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    # year() on a zoned timestamp is eight times slower: the questions see UTC without a zone, as pinflow's do.
    shown = ", ".join(f"make_timestamp(epoch_us({name})) AS {name}" if kind_of == "timestamp" else name
                      for name, kind_of in kind["cleaned"].items())
    connection.execute(f"CREATE OR REPLACE VIEW {kind['view']} AS SELECT {shown} FROM '{path}'")


def main():
    bucket, output = sys.argv[1], pathlib.Path(sys.argv[2])
    output.mkdir(parents=True)
    pipeline = peer_pipeline.load()
    connection = duckdb.connect()
    connection.execute(PRELUDE)
    for kind in pipeline["kinds"].values():
        clean(connection, kind, bucket, output)
    connection.execute("DROP VIEW raw; DROP TABLE arrived")
    answers = {}
    for question in pipeline["questions"]:
        asked = connection.execute(question["sql"])
        answers[question["name"]] = peer_pipeline.answer_rows([c[0] for c in asked.description], asked.fetchall())
    (output / "answers.json").write_text(json.dumps(answers, default=str))


main()
