# SPDX-License-Identifier: Apache-2.0
"""The golden sets through the program itself: objects in, Spark's rows and answers out."""
import json

from house import ROOT, folder, run_json


def same_order(values):
    """Rows sorted by their columns: numbers by value, text by code point, null last."""
    def key(value):
        if value is None:
            return (3, 0)
        if isinstance(value, list):
            return (2, [key(item) for item in value])
        return (0, value) if isinstance(value, (int, float)) else (1, value)
    return sorted(values, key=lambda row: [key(value) for value in row.values()])


def objects_from(golden, target, lines_per_object=7):
    for kind in ("pin", "geo", "user"):
        lines = (golden / "input" / f"{kind}.jsonl").read_bytes().split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        folder = target / "topics" / f"0a1b.{kind}" / "partition=0"
        folder.mkdir(parents=True)
        for first in range(0, len(lines), lines_per_object):
            body = b"\n".join(lines[first:first + lines_per_object]) + b"\n"
            (folder / f"0a1b.{kind}+0+{first:010}.json").write_bytes(body)


def check_set(name):
    golden = ROOT / "tests/golden" / name
    with folder() as scratch:
        objects_from(golden, scratch / "objects")
        batch = run_json("batch", "run", "--objects", scratch / "objects", "--data-dir", scratch / "d")
        expected = json.loads((golden / "expected/answers.json").read_text())
        for question, rows in expected.items():
            assert same_order(batch["answers"][question]) == same_order(rows), f"{name}: {question} differs"
        for kind in ("pin", "geo", "user"):
            wanted = [json.loads(line) for line in (golden / f"expected/clean_{kind}.jsonl").read_text().splitlines()]
            view = "users" if kind == "user" else kind
            rows = run_json("sql", f"select * from {view}", "--data-dir", scratch / "d")
            assert same_order(rows) == same_order(wanted), f"{name}: rows of {kind} differ"
            assert [list(row) for row in rows[:1]] == [list(row) for row in wanted[:1]], "column order"
        ledger = batch["ledger"]["batch"]
        assert ledger["read"] == sum(ledger[k] for k in ("written", "quarantined", "duplicates", "late")), ledger


def scenario_law_set_equals_spark():
    check_set("law")


def scenario_edge_set_equals_spark():
    check_set("edge")
