# SPDX-License-Identifier: Apache-2.0
"""`pinflow config import` over the files that the course's users have; no secret of theirs may show itself anywhere."""
import json

from house import folder, run

CANARY = "canary-in-a-file"


def course_files(scratch):
    files = {
        "db_creds.yaml": f"HOST: db.example\nUSER: ana\nPASSWORD: {CANARY}\nDATABASE: posts\nPORT: 3306\n",
        "sink.properties": f"connector.class=io.confluent.connect.s3.S3SinkConnector\nflush.size=7\n"
                           f"topics.regex=0a1b.*\nname=sink\naws.secret.access.key={CANARY}\n",
        ".env": f"MYSQL_HOST=db.example\nMYSQL_DATABASE=posts\nMYSQL_PASSWORD={CANARY}\nOTHER={CANARY}\n"}
    for name, text in files.items():
        (scratch / name).write_text(text)
        (scratch / name).chmod(0o600)
    return [scratch / name for name in files]


def scenario_files_of_the_course_become_a_profile_that_the_program_reads():
    with folder() as scratch:
        creds, sink, _ = course_files(scratch)
        settings = scratch / "pinflow.yaml"
        settings.write_text("# mine\nuser: 0a1b\n")
        printed = run("config", "import", creds, sink, "--profile", "aws")
        assert "flush.size: 7" in printed.stdout and "name not taken over" in printed.stderr, printed
        written = run("config", "import", creds, sink, "--profile", "aws", "--into", settings)
        assert settings.read_text() == "# mine\nuser: 0a1b\n\n" + printed.stdout and written.stdout == ""
        shown = run("config", "show", "--config", settings, "--profile", "aws").stdout
        assert str(creds) in shown and "0a1b.*" in shown and "flush.size" in shown, shown
        again = run("config", "import", creds, "--profile", "other", "--into", settings, code=1)
        assert "profiles in it already" in again.stderr, again.stderr
        assert settings.read_text().startswith("# mine\n")
        told = json.loads(run("config", "import", creds, sink, "--json").stdout)
        assert told["settings"]["sink.flush.size"] == "7", told
        assert any(one["key"] == "aws.secret.access.key" for one in told["not_taken_over"]), told
        for done in (printed, written, again):
            assert CANARY not in done.stdout + done.stderr
        assert CANARY not in settings.read_text() + shown + json.dumps(told)


def scenario_secrets_are_kept_only_when_told_and_for_their_owner_alone():
    with folder() as scratch:
        env, data, settings = course_files(scratch)[2], scratch / "d", scratch / "pinflow.yaml"
        left = run("config", "import", env, "--data-dir", data)
        assert "--keep-secrets" in left.stderr and "source.password_file" in left.stderr, left.stderr
        assert not data.exists() and "url: mysql://db.example/posts" in left.stdout, left.stdout
        for _ in range(2):  # again is as good as once
            settings.unlink(missing_ok=True)
            kept = run("config", "import", env, "--data-dir", data, "--keep-secrets", "--into", settings)
            secret = data / "secrets/source.password"
            assert secret.read_text() == CANARY + "\n"
            assert secret.stat().st_mode & 0o777 == 0o600 and secret.parent.stat().st_mode & 0o777 == 0o700
            assert f"password_file: {secret}" in settings.read_text(), settings.read_text()
        run("config", "show", "--config", settings)
        for text in (left.stdout, left.stderr, kept.stdout, kept.stderr, settings.read_text()):
            assert CANARY not in text, text


def scenario_files_that_are_none_of_the_known_are_refused_without_a_word_of_them():
    with folder() as scratch:
        for name, text in (("key.pem", f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n"), ("one", CANARY), ("empty", ""),
                           ("list.yaml", f"- {CANARY}\n"), ("other.yaml", f"a: {{b: {CANARY}}}\n")):
            (scratch / name).write_text(text)
            done = run("config", "import", scratch / name, code=1)
            assert name in done.stderr and CANARY not in done.stdout + done.stderr, done
        assert "none" in run("config", "import", scratch / "none", code=1).stderr
