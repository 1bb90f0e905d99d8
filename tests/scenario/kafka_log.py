# SPDX-License-Identifier: Apache-2.0
"""The event log over a real Apache Kafka: the port's contract, and what becomes of it when the broker stops."""
import base64
import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile
import textwrap
import threading
import urllib.parse

from house import Server, Skip, folder, object_lines, post_record, program, run, run_json, wait_for
from kafka_listener import Listener
from kafka_server import PASSWORD, USER, Kafka, shared_kafka
from mariadb_server import certificates


def kafka_test(make_server, *filters, timeout=300, control=None):
    """Runs the C++ test over this broker; nothing of it may be skipped."""
    if not os.environ.get("REAL"):
        raise Skip("needs --real")
    test = pathlib.Path(program()).parents[1] / "remote/kafka/remote_kafka_test"
    if not test.exists():
        raise Skip(f"{test.name} is not built")
    server = make_server()
    with contextlib.ExitStack() as stack:
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        variables = {"PINFLOW_TEST_KAFKA": server.plain, "PINFLOW_TEST_KAFKA_SASL": server.sasl,
                     "PINFLOW_TEST_KAFKA_TLS": server.tls, "PINFLOW_TEST_KAFKA_CA": str(server.ca),
                     "PINFLOW_TEST_KAFKA_OTHER_CA": str(certificates(scratch, "127.0.0.1")[0])}
        if control:
            variables["PINFLOW_TEST_KAFKA_CONTROL"] = stack.enter_context(controlled(server, scratch))
        done = subprocess.run([test, "--gtest_filter=" + ":".join(filters)], capture_output=True, text=True, timeout=timeout,
                              env={**os.environ, **variables})
    text = done.stdout[-4000:] + done.stderr[-2000:]
    assert done.returncode == 0 and "SKIPPED" not in done.stdout and "[  PASSED  ] 0 tests" not in done.stdout, text


@contextlib.contextmanager
def controlled(server, scratch):
    """Two pipes by which the test orders the broker's end (TERM, KILL) and its start (START), one at a time."""
    control = str(scratch / "control")
    for end in (".orders", ".done"):
        os.mkfifo(control + end)

    def obey():
        while True:
            order = pathlib.Path(control + ".orders").read_text().strip()
            if not order:
                return
            if order == "START":
                server.start()
            else:
                server.stop(getattr(signal, f"SIG{order}"))
            pathlib.Path(control + ".done").write_text(order + "\n")

    obeying = threading.Thread(target=obey, daemon=True)
    obeying.start()
    try:
        yield control
    finally:
        # An order that is none ends it; the test may have died before it read the last answer.
        if obeying.is_alive():
            pipe = os.open(control + ".orders", os.O_RDWR | os.O_NONBLOCK)
            os.write(pipe, b"\n")
            os.close(pipe)  # who reads it reads to its end
            obeying.join(timeout=30)


def scenario_the_contract_of_event_logs_holds_over_a_real_kafka():
    kafka_test(shared_kafka, "*EventLogContract*")


def scenario_transactions_retention_and_readers_apart_over_a_real_kafka():
    kafka_test(shared_kafka, "KafkaBroker.*")


def scenario_accounts_and_certificates_of_a_real_kafka_are_checked():
    kafka_test(shared_kafka, "KafkaAccounts.*")


def signed_in(kafka, scratch, protocol, mechanism, password):
    """A settings file, with the secret in another, for this way in."""
    (scratch / "password").write_text(password)
    (scratch / "password").chmod(0o600)
    config = scratch / "pinflow.yaml"
    config.write_text(textwrap.dedent(f"""\
        user: {mechanism.lower()}.{protocol.lower()}
        sink: {{flush.size: 2}}
        kafka:
          bootstrap_servers: "{kafka.sasl_tls if protocol == "SASL_SSL" else kafka.sasl}"
          security_protocol: {protocol}
          sasl_mechanism: {mechanism}
          user: {USER}
          password_file: password
        """) + (f"  ca_file: {kafka.ca}\n" if protocol == "SASL_SSL" else ""))
    return config


def scenario_scram_signs_in_to_a_real_kafka_and_a_wrong_password_is_told_and_kept():
    if not os.environ.get("REAL"):
        raise Skip("needs --real")
    kafka, wrong = shared_kafka(), "canary-of-a-password"
    for protocol in ("SASL_PLAINTEXT", "SASL_SSL"):
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            with folder() as scratch:
                config = signed_in(kafka, scratch, protocol, mechanism, PASSWORD)
                data, topic = scratch / "d", f"{mechanism.lower()}.{protocol.lower()}.pin"
                with Server(data, f"sink.topics.regex={topic}", env={"PINFLOW_CONFIG": str(config)}) as up:
                    answers = [post_record(up, topic, {"index": number}) for number in range(2)]
                    assert [answer[2]["offsets"][0]["offset"] for answer in answers] == [0, 1], answers
                    wait_for(lambda: object_lines(data, topic))
                    found = run_json("check", "--connect", "--data-dir", data, "--config", config)
                    assert all(one["is_ok"] for one in found["stations"]), found
                    up.stop()
                assert list(object_lines(data, topic).values()) == [['{"index":0}', '{"index":1}']]

                signed_in(kafka, scratch, protocol, mechanism, wrong)
                refused = run("check", "--connect", "--data-dir", data, "--config", config, code=69)
                text = refused.stdout + refused.stderr
                assert "kafka.password_file" in text and mechanism in text, text
                assert wrong not in text, text


def scenario_msk_is_shown_a_token_signed_by_the_account():
    test = pathlib.Path(program()).parents[1] / "remote/kafka/remote_kafka_test"
    if not test.exists():
        raise Skip(f"{test.name} is not built")
    with tempfile.TemporaryDirectory() as scratch:
        listener = Listener(scratch)
        done = subprocess.run([test, "--gtest_filter=KafkaToken.*"], capture_output=True, text=True, timeout=60, env={
            **os.environ, "PINFLOW_TEST_KAFKA_IAM": listener.address, "PINFLOW_TEST_KAFKA_CA": str(listener.ca)})
        listener.close()
    assert done.returncode == 0 and "SKIPPED" not in done.stdout, done.stdout[-3000:]
    assert set(listener.mechanisms) == {"OAUTHBEARER"}, listener.mechanisms
    header, token, *_ = listener.messages[0].split(b"\x01")
    assert header == b"n,,", listener.messages[0]
    token = token.removeprefix(b"auth=Bearer ").decode()
    url = urllib.parse.urlsplit(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode())
    query = dict(urllib.parse.parse_qsl(url.query))
    assert (url.scheme, url.netloc, query["Action"]) == ("https", "kafka.eu-west-1.amazonaws.com", "kafka-cluster:Connect"), url
    assert query["X-Amz-Credential"].startswith("AKIDEXAMPLE/") and query["X-Amz-Expires"] == "900", query
    assert query["X-Amz-Security-Token"] == "session-token" and len(query["X-Amz-Signature"]) == 64, query


def scenario_a_kafka_that_is_stopped_and_killed_costs_no_acknowledged_record():
    server = None

    def make_server():
        nonlocal server
        server = Kafka()
        return server

    try:
        kafka_test(make_server, "KafkaRestarts.*", control=True)
    finally:
        if server:
            server.remove()
