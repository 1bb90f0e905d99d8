# SPDX-License-Identifier: Apache-2.0
"""The event log over a real Apache Kafka: the port's contract, and what becomes of it when the broker stops."""
import os
import pathlib
import subprocess

from house import Skip, program
from kafka_server import shared_kafka


def kafka_test(server, *filters, timeout=300, **variables):
    """Runs the C++ test over this broker; nothing of it may be skipped."""
    if not os.environ.get("REAL"):
        raise Skip("needs --real")
    test = pathlib.Path(program()).parents[1] / "remote/kafka/remote_kafka_test"
    if not test.exists():
        raise Skip(f"{test.name} is not built")
    done = subprocess.run([test, "--gtest_filter=" + ":".join(filters)], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, "PINFLOW_TEST_KAFKA": server().plain, **variables})
    assert done.returncode == 0 and "SKIPPED" not in done.stdout and "[  PASSED  ] 0" not in done.stdout, \
        done.stdout[-3000:] + done.stderr[-2000:]


def scenario_the_contract_of_event_logs_holds_over_a_real_kafka():
    kafka_test(shared_kafka, "*EventLogContract*")
