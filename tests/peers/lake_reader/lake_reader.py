#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a Delta table with delta-rs, a reader that shares no code with ours, and prints one JSON object.

    lake_reader.py TABLE [--version N] [--sum COLUMN]... [--count CONDITION]... [--query SQL]...
                         [--check COLUMN]... [--append COUNT] [--copy-to FOLDER]

TABLE is a folder. The table is `t` in SQL. --check compares, for COLUMN, every file's statistics
with its rows, and the count of rows over every file's bounds with a count that no statistics can
prune. --append adds the first COUNT rows to the table again, and --copy-to writes the rows to a table
of delta-rs's own making, with a checkpoint of its own and a commit after it: so that our own reader can
be tried on what another writer writes. Exit code 3 if a check does not hold.
"""

import argparse
import json
import sys

from deltalake import DeltaTable, QueryBuilder, write_deltalake


def rows_of(builder, sql):
    """The rows of a query as a list of lists of plain values."""
    table = builder.execute(sql).read_all()
    columns = [table.column(i).to_pylist() for i in range(table.num_columns)]
    return [list(row) for row in zip(*columns)]


def one(builder, sql):
    return rows_of(builder, sql)[0][0]


def plain(value):
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def literal(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value).replace("'", "''")
    kind = "timestamptz " if hasattr(value, "tzinfo") else ""
    return f"{kind}'{text}'"


def check(table, builder, column):
    """What the statistics of `column` promise, file by file, against the rows."""
    problems = []
    actions = table.get_add_actions(flatten=True)
    names = actions.schema.names

    def of(name):
        return actions.column(names.index(name)).to_pylist() if name in names else None

    paths, counts = of("path"), of("num_records")
    lows, highs, nulls = of(f"min.{column}"), of(f"max.{column}"), of(f"null_count.{column}")
    total = one(builder, "select count(*) from t")
    if sum(counts) != total:
        problems.append(f"files promise {sum(counts)} rows, there are {total}")
    null_total = one(builder, f'select count(*) from t where "{column}" is null')
    if nulls is not None and sum(nulls) != null_total:
        problems.append(f"files promise {sum(nulls)} nulls in {column}, there are {null_total}")
    for at, path in enumerate(paths):
        if lows is None or lows[at] is None:
            continue
        low, high = literal(lows[at]), literal(highs[at])
        for condition, unpruned in (
            (f'"{column}" >= {low}', f'coalesce("{column}", null) >= {low}'),
            (f'"{column}" <= {high}', f'coalesce("{column}", null) <= {high}'),
            (f'"{column}" > {high}', f'coalesce("{column}", null) > {high}'),
        ):
            pruned = one(builder, f"select count(*) from t where {condition}")
            full = one(builder, f"select count(*) from t where {unpruned}")
            if pruned != full:
                problems.append(f"{path}: {condition} finds {pruned} rows of {full}")
    return problems


def copy_to(builder, folder):
    """Three commits, the second replaced by the third but for its rows, a checkpoint, no old entries."""
    write_deltalake(folder, builder.execute("select * from t where id % 2 = 0").read_all())
    write_deltalake(folder, builder.execute("select * from t").read_all(), mode="overwrite")
    DeltaTable(folder).create_checkpoint()
    DeltaTable(folder).cleanup_metadata()
    write_deltalake(folder, builder.execute("select * from t limit 10").read_all(), mode="append")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("--version", type=int)
    parser.add_argument("--sum", action="append", default=[], metavar="COLUMN")
    parser.add_argument("--count", action="append", default=[], metavar="CONDITION")
    parser.add_argument("--query", action="append", default=[], metavar="SQL")
    parser.add_argument("--check", action="append", default=[], metavar="COLUMN")
    parser.add_argument("--append", type=int, metavar="COUNT")
    parser.add_argument("--copy-to", metavar="FOLDER")
    arguments = parser.parse_args()

    table = DeltaTable(arguments.table, version=arguments.version)
    builder = QueryBuilder().register("t", table)
    protocol = table.protocol()
    answer = {
        "version": table.version(),
        "reader_version": protocol.min_reader_version,
        "writer_version": protocol.min_writer_version,
        "schema": {field["name"]: field["type"] for field in json.loads(table.schema().to_json())["fields"]},
        "files": len(table.file_uris()),
        "rows": one(builder, "select count(*) from t"),
        "sums": {name: plain(one(builder, f'select sum("{name}") from t')) for name in arguments.sum},
        "counts": {where: one(builder, f"select count(*) from t where {where}") for where in arguments.count},
        "queries": {sql: plain(rows_of(builder, sql)) for sql in arguments.query},
        "problems": [problem for name in arguments.check for problem in check(table, builder, name)],
    }
    if arguments.append is not None:
        rows = builder.execute(f"select * from t limit {arguments.append}").read_all()
        write_deltalake(table, rows, mode="append")
        answer["appended_version"] = DeltaTable(arguments.table).version()
    if arguments.copy_to:
        copy_to(builder, arguments.copy_to)
    json.dump(answer, sys.stdout, indent=1, ensure_ascii=False)
    print()
    return 3 if answer["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
