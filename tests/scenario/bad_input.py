# SPDX-License-Identifier: Apache-2.0
"""Wrong input: a clear error in the shape its client knows, nothing half done, nothing accepted lost."""
import os
import socket
import subprocess

from house import KAFKA_JSON, Server, Skip, folder, http, post_record, put_record, run, wait_for


def scenario_wrong_json_type_shape_and_names_are_refused_in_the_proxys_shape():
    with folder() as scratch, Server(scratch / "d") as server:
        def refused(path, body, headers, status, code):
            answer = http("POST", server.url(path), body, headers)
            assert answer[0] == status and answer[2]["error_code"] == code, (path, body, answer)
            assert answer[2]["message"]
        refused("/topics/t", b'{"records":[{"value":{"a":1,}}]}', KAFKA_JSON, 400, 400)
        refused("/topics/t", b"{}", {"Content-Type": "text/plain"}, 415, 415)
        refused("/topics/t", b'{"records":[]}', KAFKA_JSON, 422, 422)
        refused("/topics/t", b'{}', KAFKA_JSON, 422, 422)
        name = http("POST", server.url("/topics/bad%20name"), {"records": [{"value": 1}]}, KAFKA_JSON)
        assert 400 <= name[0] < 500 and name[2]["error_code"], name
        assert http("GET", server.url("/topics"))[2] == [], "a refused request left a topic"
        assert http("GET", server.url("/topics/none"))[2]["error_code"] == 40401
        assert post_record(server, "t", {"a": 1})[0] == 200


def scenario_kinesis_errors_have_aws_shapes_and_true_statuses():
    with folder() as scratch, Server(scratch / "d", "gateway.auto_create_streams=false") as server:
        status, _, body = put_record(server, "nope", {"a": 1})
        assert status == 400 and body["__type"] == "ResourceNotFoundException" and "nope" in body["message"]
        status, _, body = http("PUT", server.url("/test/streams/s/record"), b'{"Data":', {"Content-Type": "application/json"})
        assert status == 400 and isinstance(body, dict), body
        assert http("GET", server.url("/test/nowhere"))[0] == 403
    with folder() as scratch, Server(scratch / "d", "gateway.auto_create_streams=false",
                                     "gateway.default_response_200=true") as server:
        status, _, body = put_record(server, "nope", {"a": 1})
        assert status == 200 and body["__type"] == "ResourceNotFoundException", "the course's export answers 200"


def scenario_unknown_topic_with_auto_create_off_is_40401_at_once():
    with folder() as scratch, Server(scratch / "d", "gateway.auto_create_topics=false") as server:
        status, _, body = post_record(server, "t", {"a": 1})
        assert status == 404 and body["error_code"] == 40401, body


def scenario_oversized_and_cut_bodies_leave_nothing_behind():
    with folder() as scratch, Server(scratch / "d") as server:
        big = b'{"records":[{"value":"' + b"x" * (10 << 20) + b'"}]}'
        assert http_status(server, big) == 413
        host, port = server.addresses["gateway"].split(":")
        with socket.create_connection((host, int(port))) as cut:
            cut.sendall(b"POST /topics/t HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.kafka.json.v2+json\r\n"
                        b"Content-Length: 100\r\n\r\n{\"records\":[{\"value\":")
        assert http("GET", server.url("/topics"))[2] == []
        with socket.create_connection((host, int(port))) as wide:
            wide.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * (17 << 10) + b"\r\n\r\n")
            assert b" 431 " in wide.recv(4096)
        assert http("GET", server.url("/"))[0] == 200


def http_status(server, body):
    import http.client
    host, port = server.addresses["gateway"].split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    try:
        connection.request("POST", "/topics/t", body, KAFKA_JSON)
    except OSError:
        pass  # refused by its length: the server need not read it all
    return connection.getresponse().status


def scenario_a_data_directory_in_use_is_refused():
    with folder() as scratch, Server(scratch / "d"):
        second = run("up", "--data-dir", scratch / "d", "--set", "listen.gateway=127.0.0.1:0", code=1)
        assert "in use" in second.stderr and "--data-dir" in second.stderr, second.stderr


def scenario_a_wrong_setting_gives_78_and_the_nearest_name():
    wrong = run("up", "--set", "sink.flush.sise=1", code=78)
    assert "did you mean 'sink.flush.size'" in wrong.stderr, wrong.stderr
    assert "unit" in run("up", "--set", "stream.commit.interval=5", code=78).stderr
    with folder() as scratch:
        (scratch / "pinflow.yaml").write_text("listen:\n  gatewai: 127.0.0.1:1\n")
        wrong = run("status", cwd=scratch, code=78)
        assert "pinflow.yaml:2:3" in wrong.stderr and "listen.gateway" in wrong.stderr, wrong.stderr
        assert run("status", env={"PINFLOW_LISTEN__GATEWAI": "x"}, code=78).stderr


def scenario_unknown_commands_and_missing_services_say_what_to_try():
    assert "Did you mean 'emulate'" in run("emulat", code=2).stderr
    with folder() as scratch:
        gone = run("status", "--data-dir", scratch / "d", code=69)
        assert "pinflow up" in gone.stderr, gone.stderr
        none = run("emulate", "--data-dir", scratch / "d", "--url", "http://127.0.0.1:9", code=1)
        assert "pinflow seed" in none.stderr, none.stderr
        error = run("sql", "select nonsense from pin", "--data-dir", scratch / "d", code=1)
        assert error.stderr.startswith("pinflow: "), error.stderr


def scenario_a_full_disk_refuses_with_a_retriable_error_and_recovers():
    """On a small file system of its own, where root allows one."""
    with folder() as scratch:
        disk = scratch / "disk"
        disk.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", disk],
                                               capture_output=True).returncode != 0:
            raise Skip("no small file system can be mounted here")
        try:
            full_disk(disk)
        finally:
            subprocess.run(["umount", "-l", disk])


def full_disk(disk):
    with Server(disk / "d", "log.free_space_floor=8MiB", "log.journal.file.bytes=8MiB",
                "sink.flush.size=1000000") as server:
        assert post_record(server, "t", {"n": 0})[0] == 200
        ballast = disk / "ballast"
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        ballast.write_bytes(b"x" * (free - (4 << 20)))
        status, _, body = post_record(server, "t", {"n": 1})
        assert status == 200 and body["offsets"][0]["error_code"] == 50003, (status, body)
        assert http("GET", server.url("/topics/t"))[0] == 200, "reads go on"
        ballast.unlink()
        wait_for(lambda: post_record(server, "t", {"n": 2})[2]["offsets"][0].get("error_code") is None)
