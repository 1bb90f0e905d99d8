# SPDX-License-Identifier: Apache-2.0
"""A real MariaDB from Debian's packages (mariadb-server-core: the programs, no service), in a scratch folder."""
import atexit
import functools
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

from house import Skip, wait_for
from real_server import RealServer, free_port

OWNER, PASSWORD = "owner", "owner's-password"


def found(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
    if path is None:
        raise Skip(f"{name} is not installed (packages mariadb-server-core, mariadb-client-core; ./dev setup)")
    return path


class MariaDb(RealServer):
    """One server on 127.0.0.1, with an account owner@% and whatever `sql` makes."""

    def __init__(self, *options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pinflow-mariadb-"))
        self.program, self.client, install = found("mariadbd"), found("mariadb"), found("mariadb-install-db")
        self.options = list(options)
        self.port = free_port()
        self.process = None
        # mariadbd refuses to run as root: nobody owns its files then. It ends with us, however we end.
        self.become = [found("setpriv"), "--pdeathsig=KILL"]
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self.become += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        made = subprocess.run([*self.become, install, "--no-defaults", f"--datadir={self.folder}/data", "--skip-test-db",
                               "--auth-root-authentication-method=normal"],
                              capture_output=True, text=True, timeout=120)
        assert made.returncode == 0, made.stdout + made.stderr
        self.start()
        self.sql(f'CREATE USER {OWNER}@"%" IDENTIFIED BY "{PASSWORD}"; GRANT ALL ON *.* TO {OWNER}@"%" WITH GRANT OPTION',
                 user="root", password="", host="localhost")

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [*self.become, self.program, "--no-defaults", f"--datadir={self.folder}/data", f"--socket={self.socket}",
             f"--port={self.port}", "--bind-address=127.0.0.1", f"--pid-file={self.folder}/pid",
             "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2", "--skip-name-resolve",
             "--max-connections=100", "--default-time-zone=+05:00", *self.options],
            stdout=self.log, stderr=self.log)
        wait_for(lambda: self.process.poll() is not None or self.answers())
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return len(connection.recv(5)) == 5  # the server speaks first
        except OSError:
            return False

    @property
    def socket(self):
        return f"{self.folder}/socket"

    def sql(self, text, database="", user=OWNER, password=PASSWORD, host="tcp", force=False):
        """The answer's rows, as lists of texts."""
        where = ["--host=127.0.0.1", f"--port={self.port}"] if host == "tcp" else [f"--socket={self.socket}"]
        done = subprocess.run([self.client, "--no-defaults", *where, f"--user={user}", "--batch", "--skip-column-names",
                               "--default-character-set=utf8mb4", *(["--force"] if force else []), database, "-e", text],
                              capture_output=True, text=True, timeout=60,
                              env={**os.environ, "MYSQL_PWD": password})
        assert done.returncode == 0 or force, f"{text}: {done.stderr}"
        return [line.split("\t") for line in done.stdout.splitlines()]

    def database(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return f"mysql://{OWNER}@127.0.0.1:{self.port}/{name}"

    def connections(self):
        """Ids of the connections that others have open."""
        return [int(row[0]) for row in self.sql(
            "SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND command <> 'Daemon'")]

    def kill_connections(self):
        """How many there were."""
        ids = self.connections()
        if ids:
            # By force: one that has gone meanwhile is no reason to spare the others.
            self.sql("; ".join(f"KILL {connection}" for connection in ids), force=True)
        return len(ids)


@functools.cache
def shared_server():
    """One server for all scenarios: making one takes seconds."""
    server = MariaDb()
    atexit.register(server.remove)
    return server


def certificates(folder, *names):
    """A CA of its own and a server's certificate for these host names or addresses: (ca, cert, key)."""
    openssl = found("openssl")

    def run(*arguments):
        done = subprocess.run([openssl, *map(str, arguments)], capture_output=True, text=True, cwd=folder, timeout=60)
        assert done.returncode == 0, done.stderr

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-subj", "/CN=scenario CA")
    run("req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN={names[0]}")
    alternatives = [f"IP:{name}" if name[0].isdigit() else f"DNS:{name}" for name in names]
    pathlib.Path(folder, "san").write_text("subjectAltName=" + ",".join(alternatives) + "\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650",
        "-extfile", "san", "-out", "server.pem")
    for path in pathlib.Path(folder).iterdir():
        path.chmod(0o644)
    return tuple(pathlib.Path(folder, name) for name in ("ca.pem", "server.pem", "server.key"))
