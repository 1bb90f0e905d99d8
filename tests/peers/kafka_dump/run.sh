#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh PROGRAM. Kafka's own DumpLogSegments reads the segments that the program has written. 0 if both agree,
# 77 (skipped, with a line saying why) where Kafka's jars cannot be had.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
jars=$("$here/../kafka/install.sh") || { status=$?; echo "$jars"; exit $status; }
python3 -B "$here/kafka_dump.py" "$1" "$jars"
