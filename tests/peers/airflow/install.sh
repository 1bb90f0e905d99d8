#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh 3|2: that line of Apache Airflow with the Databricks provider, from PyPI, as requirements_3.txt or
# requirements_2.txt pins it with all that it needs (pip freeze), in a folder of its own, which is printed. 77, with a
# line that says why, where it cannot be had.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
line=${1:-3}
pins="$here/requirements_$line.txt"
# One folder for each list of pins: what is in it has been installed whole.
venv="${XDG_CACHE_HOME:-$HOME/.cache}/pinflow/airflow-$line-$(sha256sum "$pins" | cut -c1-16)"

skip() {
    echo "skipped: airflow $line: $1"
    exit 77
}

python=
for candidate in python3.11 python3 python3.12 python3.10; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys, venv, ensurepip
sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ ! -e "$venv/whole" ]; then
    [ -n "$python" ] || skip "there is no Python 3.10 to 3.12 with venv (package python3-venv)"
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    "$python" -m venv "$venv"
    # Without a look for what fits: the pins are whole.
    timeout 900 "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$pins" >&2 ||
        skip "its packages cannot be fetched from PyPI"
    touch "$venv/whole"
fi
echo "$venv"
