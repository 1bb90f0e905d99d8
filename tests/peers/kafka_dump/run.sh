#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh PROGRAM. Kafka's own DumpLogSegments reads the segments that the program has written. 0 if both agree,
# 77 (skipped, with a line saying why) where there is no Java or Maven, or Kafka's jars cannot be fetched.
set -eu
program=$1
here=$(cd "$(dirname "$0")" && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/pinflow"
# One folder for each list of jars; what is in it has been checked.
jars="$cache/kafka-$(sha256sum "$here/jars.sha256" | cut -c1-16)"

skip() {
    echo "skipped: kafka_dump: $1"
    exit 77
}

whole() { (cd "$1" 2>/dev/null && sha256sum --check --status "$here/jars.sha256"); }

fetch() {
    command -v mvn >/dev/null || skip "Maven is not installed"
    fresh="$jars.new.$$"
    trap 'rm -rf "$fresh"' EXIT
    mkdir -p "$cache"
    timeout 600 mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
        "-DoutputDirectory=$fresh" "-Dmaven.repo.local=$fresh/repository" >&2 || skip "Kafka's jars cannot be fetched"
    rm -rf "$fresh/repository"
    whole "$fresh" || { echo "kafka_dump: the jars fetched are not those of jars.sha256; not used" >&2; exit 1; }
    rm -rf "$jars"
    mv "$fresh" "$jars"
}

command -v java >/dev/null || skip "Java is not installed"
whole "$jars" || fetch
python3 -B "$here/kafka_dump.py" "$program" "$jars"
