#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Spark with Delta Lake, as requirements.txt, pom.xml and jars.sha256 pin them: prints the folder that has venv/ and jars/.
# 77, with a line that says why, where there is no Java or Maven, or they cannot be fetched.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/pinflow"
pins=$(cat "$here/requirements.txt" "$here/pom.xml" "$here/jars.sha256" | sha256sum | cut -c1-16)
spark="$cache/spark-$pins"

skip() {
    echo "skipped: spark: $1"
    exit 77
}

fetch() {
    command -v mvn >/dev/null || skip "Maven is not installed"
    # A virtual environment cannot be moved: it is made in its place, and whole once `done` is there.
    rm -rf "$spark"
    mkdir -p "$spark/all"
    python3 -m venv "$spark/venv" >&2 || skip "python3-venv is not installed"
    timeout 900 "$spark/venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt" >&2 ||
        skip "Spark's Python packages cannot be fetched"
    timeout 600 mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
        "-DoutputDirectory=$spark/all" >&2 || skip "Delta's jars cannot be fetched"
    mkdir "$spark/jars"
    while read -r _ name; do mv "$spark/all/$name" "$spark/jars/"; done <"$here/jars.sha256"
    (cd "$spark/jars" && sha256sum --check --status "$here/jars.sha256") ||
        { echo "spark: the jars fetched are not those of jars.sha256; not used" >&2; exit 1; }
    rm -rf "$spark/all"
    touch "$spark/done"
}

command -v java >/dev/null || skip "Java is not installed (openjdk-17-jre-headless)"
[ -e "$spark/done" ] || fetch
echo "$spark"
