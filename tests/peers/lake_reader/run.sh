#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh BUILD_DIRECTORY PYTHON. Ours writes, delta-rs reads and appends, ours reads. 0 if all
# agree. PYTHON has deltalake (tests/peers/requirements.txt); ./dev test gives its own.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
python=$2

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
export PINFLOW_PEER_LAKE="$root"
lake_test="$build/src/lake/lake_test"
"$lake_test" --gtest_brief=1 --gtest_filter='PeerLake.writes'
table="$root/tables/peer"
set -- --sum id --check id --check name --check seen --check part --check flag --check long
"$python" "$here/lake_reader.py" "$table" "$@" \
    --count "seen >= timestamptz '2020-01-02T03:04:05.123456Z'" --count "place[1] = id / 2.0" \
    --query 'select min(seen), max(seen) from t' --append 20 --copy-to "$root/tables/copy" >"$root/answer.json" ||
    { cat "$root/answer.json"; exit 3; }
# The same with no entry before the checkpoint: it alone must tell the reader what they told.
rm "$root"/tables/copy/_delta_log/0000000000000000000[01].json
rm "$table"/_delta_log/000000000000000000[0-9][0-9].json
"$python" "$here/lake_reader.py" "$table" "$@" >"$root/answer2.json"
"$python" - "$root" <<'PYTHON'
import json, sys
first, second = (json.load(open(f"{sys.argv[1]}/{name}")) for name in ("answer.json", "answer2.json"))
ids = range(100, 1100)
expected = {
    "version": 105, "reader_version": 1, "writer_version": 2, "files": 10, "rows": 1000,
    "sums": {"id": sum(ids)},
    "counts": {"seen >= timestamptz '2020-01-02T03:04:05.123456Z'": 800, "place[1] = id / 2.0": 800},
    "schema": {"id": "long", "name": "string", "seen": "timestamp", "part": "double", "flag": "boolean",
               "place": {"type": "array", "elementType": "double", "containsNull": True},
               "small": "integer", "raw": "binary", "long": "string"},
    "queries": {"select min(seen), max(seen) from t":
                [["2020-01-02 03:05:46.123456+00:00", "2020-01-02 03:22:24.123456+00:00"]]},
    "problems": [], "appended_version": 106,
}
wrong = {name: (first.get(name), value) for name, value in expected.items() if first.get(name) != value}
again = {"version": 106, "rows": 1020, "problems": []}
wrong |= {f"{name} later": (second.get(name), value) for name, value in again.items() if second.get(name) != value}
for name, (got, want) in wrong.items():
    print(f"lake_reader: {name} is {got}, not {want}", file=sys.stderr)
sys.exit(3 if wrong else 0)
PYTHON
"$lake_test" --gtest_brief=1 --gtest_filter='PeerLake.reads_*'
echo "lake_reader: delta-rs and pinflow agree"
