#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fetches Apache Kafka's jars from Maven Central, as jars.sha256 pins them, and prints their folder. 77, with a line that
# says why, where there is no Java or Maven, or they cannot be fetched.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/pinflow"
# One folder for each list of jars; what is in it has been checked.
jars="$cache/kafka-$(sha256sum "$here/jars.sha256" | cut -c1-16)"

skip() {
    echo "skipped: kafka: $1"
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
    whole "$fresh" || { echo "kafka: the jars fetched are not those of jars.sha256; not used" >&2; exit 1; }
    rm -rf "$jars"
    mv "$fresh" "$jars"
}

command -v java >/dev/null || skip "Java is not installed"
whole "$jars" || fetch
echo "$jars"
