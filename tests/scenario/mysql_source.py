# SPDX-License-Identifier: Apache-2.0
"""A real MariaDB as the post database: the same posts, none skipped or doubled, and clear words for what is wrong."""
import collections
import contextlib
import http.server
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading

from house import Server, Skip, environment, folder, object_lines, program, run, run_json, wait_for
from mariadb_server import OWNER, PASSWORD, MariaDb, certificates, shared_server
from real_server import free_port

TABLES = ("pinterest_data", "geolocation_data", "user_data")
LOGIN = {"PINFLOW_SOURCE__PASSWORD": PASSWORD}
CANARY = "canary-in-the-password"


@contextlib.contextmanager
def recorded_posts():
    """A gateway that accepts everything and remembers (path, body)."""
    posts, lock = [], threading.Lock()

    class Door(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                posts.append((self.path, body))
            text = (b'{"SequenceNumber":"1","ShardId":"shardId-000000000000"}' if self.command == "PUT" else
                    b'{"offsets":[{"partition":0,"offset":0,"error_code":null,"error":null}]}')
            # In one write: two would wait for each other's acknowledgement.
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)

        do_POST = do_PUT = answer

        def log_message(self, *_):
            pass

    door = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{door.server_port}/test", posts
    finally:
        door.shutdown()
        door.server_close()


def seeded(name, rows=300, seed=3):
    """A database of the shared server with the three tables: (server, URL)."""
    server = shared_server()
    url = server.database(name)
    run("seed", "--into", url, "--rows", rows, "--seed", seed, env=LOGIN)
    return server, url


def emulate(url, *arguments, env=None, code=0):
    with recorded_posts() as (door, posts):
        done = run("emulate", "--source", url, "--url", door, "--no-wait", *arguments, env={**LOGIN, **(env or {})}, code=code)
    return done, posts


def refused(url, *arguments, env=None, code=1):
    """What stderr says; nothing may have been posted."""
    done, posts = emulate(url, "--rows", 5, *arguments, env=env, code=code)
    assert not posts, posts
    assert done.stderr.strip().splitlines()[-1].startswith("pinflow: "), done.stderr
    return done.stderr


def dice(draws, seed=100):
    """The course's loop."""
    generator, rows = random.Random(seed), []
    for _ in range(draws):
        generator.randrange(0, 2)
        rows.append(generator.randint(0, 11000))
    return rows


def scenario_the_contract_of_sources_holds_over_a_real_mariadb():
    test = pathlib.Path(program()).parents[1] / "remote/mysql/remote_mysql_test"
    if not test.exists():
        raise Skip(f"{test.name} is not built")
    server = shared_server()
    server.database("contract")
    done = subprocess.run([test], capture_output=True, text=True, timeout=300, env={
        **os.environ, "PINFLOW_TEST_MYSQL": f"mysql://{OWNER}:{PASSWORD}@127.0.0.1:{server.port}/contract"})
    assert done.returncode == 0 and "SKIPPED" not in done.stdout, done.stdout[-3000:] + done.stderr[-2000:]


def scenario_mysql_gives_the_emulator_the_very_same_posts_as_sqlite():
    with folder() as scratch:
        _, url = seeded("same", rows=600, seed=11)
        run("seed", "--file", scratch / "source", "--rows", 600, "--seed", 11)
        options = ("--rows", 150, "--road", "both")
        ours, theirs = emulate(url, *options)[1], emulate(scratch / "source", *options)[1]
        assert len(ours) == 900 and ours == theirs, next(pair for pair in zip(ours, theirs) if pair[0] != pair[1])
        every = ("--walk", "sequential")
        assert emulate(url, *every)[1] == emulate(f"sqlite:///{scratch}/source", *every)[1]


def scenario_seed_into_a_database_replaces_tables_only_when_told_and_all_at_once():
    server = shared_server()
    url = server.database("seeding")
    made = run_json("seed", "--into", url, "--rows", 50, "--seed", 1, env=LOGIN)
    assert made == {"database": url, "rows": 50, "seed": 1}, made
    dump = [server.sql(f"SELECT * FROM {table}", "seeding") for table in TABLES]
    again = run("seed", "--into", url, "--rows", 60, env=LOGIN, code=1)
    assert "pinterest_data" in again.stderr and "--replace" in again.stderr, again.stderr
    assert [server.sql(f"SELECT * FROM {table}", "seeding") for table in TABLES] == dump
    run("seed", "--into", url, "--rows", 60, "--seed", 2, "--replace", env=LOGIN)
    assert [server.sql(f"SELECT COUNT(*) FROM {table}", "seeding") for table in TABLES] == [[["60"]]] * 3
    assert sorted(row[0] for row in server.sql("SHOW TABLES", "seeding")) == sorted(TABLES), "leavings"
    # A reader that looks all the while sees both sets, and never a mixture or a hole.
    count = "(SELECT COUNT(*) FROM pinterest_data), (SELECT COUNT(*) FROM user_data)"
    loader = subprocess.Popen([program(), "seed", "--into", url, "--rows", "20000", "--replace", "-q"], env=environment(LOGIN))
    seen = set()
    while loader.poll() is None:
        seen.add(tuple(server.sql(f"SELECT {count}", "seeding")[0]))
    assert loader.returncode == 0
    seen.add(tuple(server.sql(f"SELECT {count}", "seeding")[0]))
    assert seen == {("60", "60"), ("20000", "20000")}, seen


def scenario_a_seed_cut_short_has_changed_nothing_and_can_be_said_again():
    server, url = seeded("cut", rows=40)
    for how, code in (("kill", 69), ("stop", 130)):
        with folder() as scratch:
            loader = subprocess.Popen([program(), "seed", "--into", url, "--rows", "2000000", "--replace"],
                                      env=environment(LOGIN), stderr=open(scratch / "messages", "wb"))
            # What the round before has left looks like a load under way: this one's has a connection too.
            wait_for(lambda: server.connections() and server.sql("SHOW TABLES LIKE 'pinflow\\_building\\_%'", "cut"))
            if how == "kill":
                server.kill_connections()
            else:
                loader.send_signal(signal.SIGINT)
            assert loader.wait(timeout=30) == code, (how, loader.returncode, (scratch / "messages").read_text())
            wait_for(lambda: not server.connections())
        assert [server.sql(f"SELECT COUNT(*) FROM {table}", "cut") for table in TABLES] == [[["40"]]] * 3, how
    run("seed", "--into", url, "--rows", 30, "--replace", env=LOGIN)
    assert sorted(row[0] for row in server.sql("SHOW TABLES", "cut")) == sorted(TABLES), "leavings"


def scenario_killed_connections_and_a_restart_skip_and_double_no_row():
    draws = 2400
    server, url = seeded("killing", rows=11154)
    with folder() as scratch, Server(scratch / "d", "sink.flush.size=100000") as up:
        emulator = subprocess.Popen(
            [program(), "emulate", "--json", "--source", url, "--url", up.url("/test"), "--rows", str(draws),
             "--rate", "200", "--concurrency", "4"],
            env=environment(LOGIN), stdout=subprocess.PIPE, stderr=open(scratch / "messages", "wb"))

        def kill_rounds(rounds):
            killed = 0
            for _ in range(rounds):
                wait_for(lambda: emulator.poll() is not None or len(server.connections()) == 4)
                assert emulator.poll() is None, (scratch / "messages").read_text()[-2000:]
                killed += server.kill_connections()
            return killed

        killed = kill_rounds(6)
        server.stop(signal.SIGTERM)
        server.start()
        killed += kill_rounds(3)
        server.stop(signal.SIGKILL)
        server.start()
        killed += kill_rounds(3)
        out, _ = emulator.communicate(timeout=120)
        messages = (scratch / "messages").read_text()
        assert emulator.returncode == 0, messages[-2000:]
        assert json.loads(out)["accepted"]["topics"] == 3 * draws, out
        assert killed >= 40 and messages.count("trying again") >= 8, (killed, messages[-2000:])
        up.stop()
        wanted = collections.Counter(dice(draws))
        for topic, key in (("demo.pin", "index"), ("demo.geo", "ind"), ("demo.user", "ind")):
            posted = collections.Counter(json.loads(line)[key] for lines in object_lines(scratch / "d", topic).values()
                                         for line in lines)
            assert posted == wanted, f"{topic}: {(posted - wanted)} too many, {(wanted - posted)} too few"


def scenario_a_stop_while_the_database_is_away_is_clean_and_prompt():
    server, url = seeded("away")
    with folder() as scratch, recorded_posts() as (door, posts):
        emulator = subprocess.Popen([program(), "emulate", "--source", url, "--url", door, "--no-wait", "--json"],
                                    env=environment(LOGIN), stdout=subprocess.PIPE, stderr=open(scratch / "messages", "wb"))
        wait_for(lambda: len(posts) > 20)
        server.stop(signal.SIGKILL)
        try:
            wait_for(lambda: "trying again" in (scratch / "messages").read_text())
            emulator.send_signal(signal.SIGINT)
            out, _ = emulator.communicate(timeout=20)
            assert emulator.returncode == 0, (scratch / "messages").read_text()[-2000:]
            assert json.loads(out)["accepted"]["topics"] == len(posts), (out, len(posts))
        finally:
            server.start()


def scenario_nulls_and_other_charsets_arrive_as_they_are():
    server, url = seeded("texts", rows=3)
    server.sql("ALTER TABLE user_data CONVERT TO CHARACTER SET latin1;"
               "UPDATE user_data SET first_name = 'Zoë', last_name = NULL, age = NULL, date_joined = NULL WHERE ind = 1;"
               "UPDATE geolocation_data SET latitude = NULL, longitude = -0.375174 WHERE ind = 1;"
               "UPDATE pinterest_data SET title = '😀 \"q\" \\\\', description = '' WHERE `index` = 1", "texts")
    posts = emulate(url, "--walk", "sequential")[1][3:6]
    pin, geo, user = (json.loads(body)["records"][0]["value"] for _, body in posts)
    assert user == {"ind": 1, "first_name": "Zoë", "last_name": None, "age": None, "date_joined": None}, user
    assert geo["latitude"] is None and b'"longitude": -0.375174' in posts[1][1], posts[1]
    assert pin["title"] == '😀 "q" \\' and pin["description"] == "", pin


def scenario_missing_tables_and_columns_are_named_before_the_first_post():
    server, url = seeded("lacking")
    server.sql("ALTER TABLE user_data RENAME COLUMN first_name TO firstname", "lacking")
    text = refused(url)
    assert "user_data has no column first_name" in text and "did you mean firstname?" in text, text
    server.sql("DROP TABLE geolocation_data", "lacking")
    text = refused(url)
    assert "no table geolocation_data" in text and f"127.0.0.1:{server.port}/lacking" in text, text
    server.sql("TRUNCATE pinterest_data; CREATE TABLE geolocation_data (ind INT)", "lacking")
    assert "has no column timestamp" in refused(url)
    with folder() as scratch:
        run("seed", "--file", scratch / "s", "--rows", 5)
        import sqlite3
        with sqlite3.connect(scratch / "s") as file:
            file.execute("ALTER TABLE user_data RENAME COLUMN age TO years")
        file.close()
        assert "user_data has no column age" in refused(scratch / "s")


def scenario_a_database_that_is_not_there_says_where_it_was_looked_for():
    server, url = seeded("there")
    port = free_port()
    for arguments in (("emulate", "--source"), ("seed", "--into")):
        gone = run(*arguments, f"mysql://ana@127.0.0.1:{port}/d", code=69)
        assert f"mysql://ana@127.0.0.1:{port}/d" in gone.stderr and "is the server running" in gone.stderr, gone.stderr
    assert "no-such-host.invalid" in refused("mysql://ana@no-such-host.invalid/d", code=69)
    assert len(emulate(f"mysql://{OWNER}@/there?unix_socket={server.socket}", "--rows", 2)[1]) == 6
    unknown = refused(url.replace("/there", "/their"))
    assert "their" in unknown and "CREATE DATABASE" in unknown, unknown
    wrong = refused(url, env={"PINFLOW_SOURCE__PASSWORD": CANARY})
    assert "Access denied" in wrong and "source.password_file" in wrong, wrong
    server.sql("CREATE OR REPLACE USER reader@'%' IDENTIFIED BY 'r'; GRANT SELECT ON there.* TO reader@'%'")
    reader = url.replace(OWNER, "reader")
    assert emulate(reader, "--rows", 2, env={"PINFLOW_SOURCE__PASSWORD": "r"})[1]
    denied = run("seed", "--into", reader, "--rows", 5, "--replace", env={"PINFLOW_SOURCE__PASSWORD": "r"}, code=1)
    assert "GRANT" in denied.stderr, denied.stderr


def scenario_a_slow_database_is_given_up_at_the_timeout():
    server, url = seeded("slow")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never says a word
        text = refused(f"mysql://ana@127.0.0.1:{silent.getsockname()[1]}/d", "--set", "source.timeout=1s", code=69)
        assert "no answer within 1 s" in text and str(silent.getsockname()[1]) in text and "source.timeout" in text, text
    holder = subprocess.Popen([server.client, "--no-defaults", f"--socket={server.socket}", f"--user={OWNER}", "slow", "-e",
                               "LOCK TABLES user_data WRITE; SELECT SLEEP(600)"], env={**os.environ, "MYSQL_PWD": PASSWORD},
                              stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: server.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'"
                                    ) == [["1"]])
        text = refused(url, "--set", "source.timeout=1s", code=69)
        assert "no answer within 1 s" in text and "locked" in text and "asked 2 times" in text, text
    finally:
        server.kill_connections()
        holder.wait(timeout=30)
    assert emulate(url, "--rows", 2, "--set", "source.timeout=30s")[1]


def scenario_tls_is_used_required_or_verified_as_told():
    with folder() as scratch:
        scratch.chmod(0o755)
        (scratch / "other").mkdir()
        ca, certificate, key = certificates(scratch, "127.0.0.1")
        other_ca, _, _ = certificates(scratch / "other", "127.0.0.1")
        plain, plain_url = seeded("plain")
        server = MariaDb(f"--ssl-cert={certificate}", f"--ssl-key={key}", f"--ssl-ca={ca}")
        try:
            url = server.database("posts")
            run("seed", "--into", url, "--rows", 20, env=LOGIN)
            server.sql("CREATE USER secret@'%' IDENTIFIED BY 's' REQUIRE SSL; GRANT SELECT ON posts.* TO secret@'%'")
            secret = url.replace(OWNER, "secret")

            def tried(address, tls, authority=None, code=0):
                settings = ["--set", f"source.tls={tls}"] + (["--set", f"source.tls_ca={authority}"] if authority else [])
                done, posts = emulate(address, "--rows", 2, *settings, env={"PINFLOW_SOURCE__PASSWORD": "s"}, code=code)
                assert bool(posts) == (code == 0)
                return done.stderr

            tried(secret, "prefer")
            tried(secret, "require")
            tried(secret, "verify", ca)
            assert "Access denied" in tried(secret, "off", code=1), "the account wants TLS"
            assert "source.tls_ca" in tried(secret, "verify", other_ca, code=1)
            assert "source.tls_ca" in tried(secret, "verify", scratch / "none.pem", code=1)
            assert "source.tls_ca" in tried(secret, "verify", code=1), "the system's CAs do not know it"
            wrong_host = tried(secret.replace("127.0.0.1", "localhost"), "verify", ca, code=1)
            assert "host's name" in wrong_host, wrong_host
        finally:
            server.remove()
        assert emulate(plain_url, "--rows", 2, "--set", "source.tls=prefer")[1]
        for tls in ("require", "verify"):
            text = refused(plain_url, "--set", f"source.tls={tls}")
            assert "TLS" in text, text


def scenario_the_courses_db_creds_file_is_read_as_it_is():
    server, url = seeded("course")
    with folder() as scratch:
        creds = scratch / "db_creds.yaml"
        creds.write_text(f"HOST: 127.0.0.1\nUSER: {OWNER}\nPASSWORD: \"{PASSWORD}\"\nDATABASE: course\nPORT: {server.port}\n")
        creds.chmod(0o600)
        (scratch / "pinflow.yaml").write_text(f"source:\n  credentials_file: {creds}\n")
        with recorded_posts() as (door, posts):
            done = run("emulate", "--url", door, "--rows", 3, "--no-wait", cwd=scratch)
        assert len(posts) == 9 and "warning" not in done.stderr, done.stderr
        creds.chmod(0o644)
        with recorded_posts() as (door, posts):
            warned = run("emulate", "--url", door, "--rows", 1, "--no-wait", cwd=scratch)
        assert "chmod 600" in warned.stderr and len(posts) == 3, warned.stderr
        creds.write_text(creds.read_text().lower().replace(PASSWORD.lower(), PASSWORD))
        with recorded_posts() as (door, posts):  # the URL says what it says, the file the rest
            run("emulate", "--source", "mysql+pymysql://127.0.0.1/course?charset=utf8mb4", "--url", door, "--rows", 1,
                "--no-wait", cwd=scratch)
        assert len(posts) == 3
        creds.write_text(f"HOST: h\nPASWORD: {CANARY}\n")
        wrong = run("emulate", "--url", "http://127.0.0.1:9", "--rows", 1, cwd=scratch, code=78)
        assert "db_creds.yaml:2:1" in wrong.stderr and "did you mean `password`?" in wrong.stderr, wrong.stderr
        assert CANARY not in wrong.stderr


def scenario_passwords_come_by_file_or_environment_and_are_never_shown():
    server, url = seeded("secrets")
    with_password = url.replace(f"{OWNER}@", f"{OWNER}:{CANARY}@")
    server.sql(f"CREATE OR REPLACE USER canary@'%' IDENTIFIED BY '{CANARY}'; GRANT ALL ON secrets.* TO canary@'%'")
    canary_url = url.replace(OWNER, "canary")
    shown = []
    with folder() as scratch, recorded_posts() as (door, posts):
        secret = scratch / "source.password"
        secret.write_text(CANARY + "\n")
        secret.chmod(0o600)
        run_line = ("emulate", "--url", door, "--rows", 1, "--no-wait", "-v", "--json")

        def says(*arguments, code=0, env=None):
            before = len(posts)
            done = run(*run_line, *arguments, code=code, env=env, cwd=scratch)
            shown.append(done.stdout + done.stderr)
            assert (len(posts) > before) == (code == 0), done.stderr
            return done.stderr

        says("--source", canary_url, "--set", f"source.password_file={secret}")
        says("--source", canary_url, env={"CREDENTIALS_DIRECTORY": str(scratch)})
        says("--source", canary_url, env={"PINFLOW_SOURCE__PASSWORD": CANARY})
        says(env={"PINFLOW_SOURCE": canary_url.replace("canary@", f"canary:{CANARY}@")})
        says(env={"PINFLOW_SOURCE__URL": canary_url.replace("canary@", f"canary:{CANARY}@")})
        secret.chmod(0o644)
        assert "chmod 600" in says("--source", canary_url, "--set", f"source.password_file={secret}")
        # Wrong ways and wrong passwords.
        for wrong in (("--source", with_password), ("--set", f"source={with_password}")):
            assert "source.password_file" in says(*wrong, code=78)
        (scratch / "pinflow.yaml").write_text(f"source: {with_password}\n")
        assert "source.password_file" in says(code=78)
        (scratch / "pinflow.yaml").unlink()
        says(env={"PINFLOW_SOURCE": with_password}, code=1)
        says("--source", url, "--set", f"source.password_file={secret}", code=1)
        says("--source", with_password.replace(CANARY, CANARY + "/x"), code=78)
        says("--source", with_password.replace("mysql:", "mysqll:"), code=78)
        into = run("seed", "--into", with_password, "-v", "--json", code=78)
        seeds = run("seed", "--into", canary_url, "--replace", "--rows", 3, "-v", "--json", env={"PINFLOW_SOURCE__PASSWORD": CANARY})
        shown += [into.stdout + into.stderr, seeds.stdout + seeds.stderr]
    for text in shown:
        assert CANARY not in text, text
