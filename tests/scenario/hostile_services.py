# SPDX-License-Identifier: Apache-2.0
"""Every service × every trouble: `check --connect` names endpoint, setting and what to try, soon, and tells no secret."""
import atexit
import concurrent.futures
import contextlib
import functools
import itertools
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from canaries import SECRETS, environment_keys, none_told, secret_files, signatures
from hostile_servers import (METADATA, PROXY_PAGE, SASL_AUTHENTICATE, Closes, Http, KafkaBroker, MySql, Says,
                             Silent)
from house import environment, folder, program
from mariadb_server import certificates
from real_server import free_port

SECONDS_MAX = 30       # for one service, whatever it does
SIDE_BY_SIDE_MAX = 25  # for all of them
CONNECTIONS_MAX = 40   # retries have a bound
TEXT_MAX = 900
STATIONS = {"source": "source", "kafka": "topics", "kinesis": "streams", "objects": "objects", "tables": "tables",
            "databricks": "batch", "airflow": "schedule"}
OVER_HTTP = ("kinesis", "objects", "tables", "databricks", "airflow")
# The setting to look at, by what is wrong.
PLACE = {"source": r"source\.url", "kafka": r"kafka\.bootstrap_servers", "kinesis": r"kinesis\.endpoint",
         "objects": r"s3\.endpoint", "tables": r"s3\.endpoint", "databricks": r"spark\.databricks_url",
         "airflow": r"airflow\.url"}
TRUST = {"source": r"source\.tls_ca", "kafka": r"kafka\.ca_file", "kinesis": r"kinesis\.ca_file", "objects": r"s3\.ca_file",
         "tables": r"s3\.ca_file", "databricks": "update-ca-certificates", "airflow": "update-ca-certificates"}
ACCOUNT = {"source": r"source\.password_file", "kafka": r"kafka\.password_file", "kinesis": r"aws\.profile",
           "objects": r"aws\.profile", "tables": r"aws\.profile", "databricks": r"spark\.databricks_token_file",
           "airflow": r"airflow\.(password|token)_file"}


def settings_of(service, address, scratch, scheme="http"):
    url = f"{scheme}://{address}"
    files = secret_files(scratch)
    return {
        "source": {"source.url": f"mysql://ana@{address}/posts", "source.password_file": files["mysql"],
                   **({"source.tls": "verify"} if scheme == "https" else {})},
        "kafka": {"kafka.bootstrap_servers": address, "kafka.sasl_mechanism": "PLAIN", "kafka.user": "ana",
                  "kafka.security_protocol": "SASL_SSL" if scheme == "https" else "SASL_PLAINTEXT",
                  "kafka.password_file": files["kafka"]},
        "kinesis": {"kinesis.endpoint": url},
        "objects": {"objects.url": "s3://posts/objects", "s3.endpoint": url},
        "tables": {"tables.url": "s3://posts/tables", "s3.endpoint": url},
        "databricks": {"batch.engine": "spark", "spark.databricks_url": url, "spark.databricks_cluster": "1",
                       "spark.databricks_folder": "/Volumes/m/d/p", "spark.databricks_token_file": files["databricks"]},
        "airflow": {"schedule.runner": "airflow", "airflow.url": url, "airflow.user": "ana",
                    "airflow.password_file": files["airflow"]},
    }[service]


class Cell:
    """One service in one trouble. `says`: patterns that its line must hold, beside its address."""

    def __init__(self, service, trouble, server, *says, scheme="http", address=None, more=None, code=69):
        self.service, self.trouble, self.server, self.says, self.scheme = service, trouble, server, says, scheme
        self.address, self.more, self.code = address, more or {}, code

    def __str__(self):
        return f"{self.service}, {self.trouble}"


def profile(settings):
    lines = "".join(f"    {name}: '{value}'\n" for name, value in settings.items())
    return f"profiles:\n  hostile:\n{lines}    log_level: debug\n"


def check(scratch, settings, *more, env=None, timeout=120):
    """(exit code, the findings by station, all its words, seconds) of `check --connect --profile hostile --json`."""
    place = pathlib.Path(scratch)
    place.mkdir(exist_ok=True)
    (place / "pinflow.yaml").write_text(profile(settings))
    began = time.monotonic()
    done = subprocess.run([program(), "check", "--connect", "--profile", "hostile", "--json", "--data-dir", str(place / "d"), *more],
                          capture_output=True, text=True, cwd=place, env=env or environment(environment_keys(place)),
                          timeout=timeout)
    seconds = time.monotonic() - began
    try:
        stations = {one["station"]: one for one in json.loads(done.stdout)["stations"]}
    except (ValueError, KeyError):
        raise AssertionError(f"exit {done.returncode}: {done.stdout}{done.stderr}") from None
    return done.returncode, stations, done.stdout + done.stderr, seconds


def examine(scratch, cell, number):
    """What is wrong with how the program takes it, in words; empty: nothing."""
    place = pathlib.Path(scratch, str(number))
    place.mkdir()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(cell.server()) if cell.server else None
        address = cell.address or f"127.0.0.1:{server.port if server else free_port()}"
        settings = {**settings_of(cell.service, address, place, cell.scheme), **cell.more}
        code, stations, words, seconds = check(place, settings)
        said = server.said if server else []
        connections = server.connections if server else 0
    station = STATIONS[cell.service]
    text = stations[station]["text"]
    wrong = [f"{pattern} is not told" for pattern in (re.escape(address.rsplit(":", 1)[0]), re.escape(address), *cell.says)
             if not re.search(pattern, text)]
    if code != cell.code:
        wrong.append(f"exit {code}")
    if "\n" in text or len(text) > TEXT_MAX or any(not character.isprintable() for character in text):
        wrong.append("not one readable line")
    if re.search(r"(?i)terminate|what\(\)|assert|\.cpp|check failed|<html|<h1", words):
        wrong.append("looks like a crash or a page")
    if seconds > SECONDS_MAX:
        wrong.append(f"{seconds:.0f} s")
    if connections > CONNECTIONS_MAX or getattr(server, "requests", 0) > CONNECTIONS_MAX:
        wrong.append(f"{connections} connections")
    missing = {"source", "topics", "streams", "objects", "tables"} - set(stations)
    if missing or any(not one["is_ok"] for name, one in stations.items() if name != station):
        wrong.append(f"other services: {stations}")
    if "repeats" in cell.trouble and not (signatures(said) or none_told(b" ".join(said).decode("latin-1"))):
        wrong.append("the server was sent no secret that it could repeat")
    wrong += none_told(words, said, str(cell))
    return f"{cell}: {'; '.join(wrong)}\n    {text}" if wrong else ""


GROUPS = {}


def matrix(cells):
    """Makes a scenario of a function that gives cells. All scenarios' cells are tried at once, for they mostly wait."""
    GROUPS[cells.__name__] = cells

    def scenario():
        tried = trials()[cells.__name__]
        wrong = [found for trial in tried if (found := trial.result())]
        assert not wrong, f"{len(wrong)} of {len(tried)}\n" + "\n".join(wrong)

    return scenario


@functools.cache
def trials():
    """{scenario: what is wrong with each of its cells, or will be}."""
    pool, number = concurrent.futures.ThreadPoolExecutor(max_workers=80), itertools.count()
    tried = {name: [pool.submit(examine, scratch(), cell, next(number)) for cell in cells()] for name, cells in GROUPS.items()}
    return {**tried, "all": [pool.submit(all_away)]}


@functools.cache
def scratch():
    path = tempfile.mkdtemp(prefix="pinflow-scenario-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return pathlib.Path(path)


@functools.cache
def authority():
    """(ca, certificate, key) for 127.0.0.1."""
    (place := scratch() / "authority").mkdir()
    return certificates(place, "127.0.0.1")


# ---- of the line, whatever is spoken on it ----

HTTP_HALF = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 500\r\n\r\n<half"
HALF = {"source": b"\x4a\0\0\0\x0a8.0.36\0", "kafka": b"\0\0\0\x40\0\0\0\x01\0\0"}
PAGE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PROXY_PAGE) + PROXY_PAGE
PORTAL = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 27\r\n\r\n<html>Please log in</html>\n"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: https://sso.example/login\r\nContent-Length: 0\r\n\r\n"


@matrix
def scenario_a_service_that_is_not_there_is_told_by_address_and_setting():
    return [cell for service in STATIONS for cell in (
        Cell(service, "refused", None, PLACE[service]),
        Cell(service, "no such host", None, PLACE[service], address=f"no-such-{service}.invalid:9"))]


@matrix
def scenario_a_service_that_is_silent_or_ends_in_mid_word_is_given_up_soon():
    def says(service, then):
        first = "greet" if service == "source" and then == "end" else then
        return lambda: Says(HALF.get(service, HTTP_HALF), first)

    return [cell for service in STATIONS for cell in (
        Cell(service, "silent", Silent, PLACE[service]),
        Cell(service, "closes at once", Closes, PLACE[service]),
        Cell(service, "half an answer", says(service, "end"), PLACE[service]),
        Cell(service, "half-closed", says(service, "half-close"), PLACE[service]),
        Cell(service, "drips", says(service, "drip"), PLACE[service]))]


@matrix
def scenario_a_proxy_that_answers_in_the_services_place_is_told_from_it():
    return [cell for service in STATIONS for cell in (
        Cell(service, "page of a proxy", lambda: Says(PAGE, "greet" if service == "source" else "end"), PLACE[service]),
        Cell(service, "portal", lambda: Says(PORTAL, "greet" if service == "source" else "end"), PLACE[service]),
        Cell(service, "login elsewhere", lambda: Says(REDIRECT, "greet" if service == "source" else "end"), PLACE[service]))]


@matrix
def scenario_tls_that_is_not_there_not_expected_or_not_trusted_is_told():
    _, *tls = authority()
    http = {service: lambda **options: Http(lambda *_: (200, "{}"), **options) for service in OVER_HTTP}
    http["kafka"] = KafkaBroker
    cells = []
    for service in STATIONS:
        if service == "source":
            cells += [Cell(service, "TLS wanted, plain there", lambda: MySql("sign-in"), r"source\.tls", scheme="https"),
                      Cell(service, "not trusted", lambda: MySql("sign-in", tls=tls), TRUST[service], scheme="https")]
            continue
        setting = r"kafka\.security_protocol" if service == "kafka" else PLACE[service]
        make = http[service]
        cells += [Cell(service, "TLS wanted, plain there", make, setting, "(?i)tls|ssl", scheme="https"),
                  Cell(service, "plain wanted, TLS there", lambda make=make: make(tls=tls), setting),
                  Cell(service, "not trusted", lambda make=make: make(tls=tls), TRUST[service], "(?i)certificate",
                       scheme="https")]
    return cells


# ---- in the services' own words ----

def xml(code, message="words of S3"):
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"


def s3(status, code, message="words of S3"):
    return lambda: Http(lambda *_: (status, xml(code, message), {"Content-Type": "application/xml"}))


def kinesis(status, code, message="words of Kinesis", of=None):
    """`of`: only this operation fails; ListStreams answers."""
    def answer(_method, _path, text):
        if of is None or f"Kinesis_20131202.{of}" in text:
            return status, {"__type": code, "message": message}
        return 200, {"StreamNames": [], "HasMoreStreams": False}

    return lambda: Http(answer)


def databricks(status, code, message="words of Databricks"):
    return lambda: Http(lambda *_: (status, {"error_code": code, "message": message}))


def airflow(dag=(200, {"is_paused": False}), token=(201, {"access_token": SECRETS["airflow access token"]}), all_of=None):
    def answer(_method, path, _text):
        if all_of:
            return all_of
        if path.endswith("/version"):
            return 200, {"version": "3.1.0"}
        return token if path == "/auth/token" else dag

    return lambda: Http(answer)


def mysql(when, code, text, state="HY000"):
    return lambda: MySql(when, code, text, state)


SKEW = "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z (20260101T011500Z - 15 min.)"


@matrix
def scenario_wrong_accounts_and_expired_tokens_are_told_by_setting():
    cells = [
        Cell("source", "wrong password", mysql("sign-in", 1045, "Access denied for user 'ana'@'h' (using password: YES)", "28000"),
             ACCOUNT["source"]),
        Cell("source", "host not admitted", mysql("greeting", 1130, "Host 'h' is not allowed to connect"), "admit", r"source\.url"),
        Cell("kafka", "wrong password",
             lambda: KafkaBroker({SASL_AUTHENTICATE: (58, "Authentication failed: Invalid username or password")}), ACCOUNT["kafka"]),
        Cell("kafka", "no such mechanism", lambda: KafkaBroker(mechanisms=("GSSAPI",)), r"kafka\.sasl_mechanism"),
        Cell("kinesis", "unknown key", kinesis(400, "UnrecognizedClientException"), ACCOUNT["kinesis"]),
        Cell("kinesis", "wrong secret", kinesis(400, "InvalidSignatureException", "The request signature we calculated does not match"),
             ACCOUNT["kinesis"]),
        Cell("kinesis", "expired token", kinesis(400, "ExpiredTokenException"), ACCOUNT["kinesis"], "renew|new"),
        Cell("kinesis", "clock", kinesis(400, "InvalidSignatureException", SKEW), "clock"),
        Cell("kinesis", "wrong region", kinesis(400, "InvalidSignatureException", "Credential should be scoped to a valid region."),
             r"kinesis\.region"),
        Cell("databricks", "wrong token", databricks(401, "UNAUTHENTICATED"), ACCOUNT["databricks"]),
        Cell("databricks", "expired token", databricks(403, "403", "Invalid access token."), ACCOUNT["databricks"]),
        Cell("airflow", "wrong password", airflow(token=(401, {"detail": "Invalid credentials"})), ACCOUNT["airflow"]),
        Cell("airflow", "token is refused", airflow(dag=(401, {"detail": "Invalid auth token"})), ACCOUNT["airflow"]),
    ]
    for service in ("objects", "tables"):
        cells += [
            Cell(service, "unknown key", s3(403, "InvalidAccessKeyId"), ACCOUNT[service]),
            Cell(service, "wrong secret", s3(403, "SignatureDoesNotMatch"), ACCOUNT[service]),
            Cell(service, "expired token", s3(400, "ExpiredToken"), ACCOUNT[service], "new"),
            Cell(service, "clock", s3(403, "RequestTimeTooSkewed"), "clock"),
            Cell(service, "wrong region", s3(400, "AuthorizationHeaderMalformed"), r"s3\.region"),
        ]
    return cells


@matrix
def scenario_what_is_missing_or_not_permitted_is_told_by_setting():
    cells = [
        Cell("source", "no such database", mysql("sign-in", 1049, "Unknown database 'posts'", "42000"), r"source\.url", "posts"),
        Cell("source", "no rights at the database", mysql("sign-in", 1044, "Access denied for user to database", "42000"), "GRANT"),
        Cell("source", "no such table", mysql("pinterest_data", 1146, "Table 'posts.pinterest_data' doesn't exist", "42S02"),
             "pinterest_data", r"source\.url"),
        Cell("source", "no rights at the table", mysql("pinterest_data", 1142, "SELECT command denied", "42000"), "GRANT"),
        Cell("kafka", "topics are forbidden", lambda: KafkaBroker({METADATA: (29, "")}), r"kafka\.user"),
        Cell("kinesis", "no such stream", kinesis(400, "ResourceNotFoundException", "Stream not found", of="DescribeStreamSummary"),
             "streaming-demo-pin", "stream"),
        Cell("kinesis", "denied", kinesis(400, "AccessDeniedException", "User: arn is not authorized"), "kinesis:PutRecords"),
        Cell("databricks", "denied", databricks(403, "PERMISSION_DENIED"), ACCOUNT["databricks"]),
        Cell("databricks", "no such workspace", databricks(404, "NOT_FOUND"), PLACE["databricks"]),
        Cell("airflow", "denied", airflow(dag=(403, {"detail": "Forbidden"})), "role", r"airflow\.(user|token)"),
        Cell("airflow", "no such DAG", airflow(dag=(404, {"detail": "not found"})), "demo_dag", r"airflow\.dag_id"),
        Cell("airflow", "paused", airflow(dag=(200, {"is_paused": True})), "unpause"),
        Cell("airflow", "not Airflow", airflow(all_of=(404, "")), PLACE["airflow"]),
    ]
    for service in ("objects", "tables"):
        cells += [Cell(service, "no such bucket", s3(404, "NoSuchBucket"), r"objects\.url|tables\.url"),
                  Cell(service, "denied", s3(403, "AccessDenied"), "s3:PutObject")]
    return cells


@matrix
def scenario_a_service_that_throttles_for_ever_is_asked_a_few_times():
    cells = [
        Cell("source", "too many connections", mysql("greeting", 1040, "Too many connections"), r"source\.url", "connections"),
        Cell("kinesis", "throttles", kinesis(400, "ThrottlingException"), "asked", "limit|fewer|later"),
        Cell("kinesis", "busy", kinesis(503, "ServiceUnavailable"), "asked"),
        Cell("databricks", "throttles", databricks(429, "REQUEST_LIMIT_EXCEEDED"), "later"),
        Cell("databricks", "broken", databricks(500, "INTERNAL_ERROR"), PLACE["databricks"]),
        Cell("airflow", "throttles", airflow(all_of=(429, "")), "later"),
        Cell("airflow", "broken", airflow(all_of=(500, "Internal Server Error")), r"airflow\.url"),
    ]
    for service in ("objects", "tables"):
        cells += [Cell(service, "throttles", s3(503, "SlowDown"), "tried", "fewer"),
                  Cell(service, "broken", s3(500, "InternalError"), "tried", PLACE[service])]
    return cells


# ---- who repeats what he was sent ----

@matrix
def scenario_whoever_repeats_what_he_was_sent_tells_no_secret():
    """As debug proxies and validating frameworks do: the head with its signature or token, and the body."""
    def said(text):
        return " ".join(text.split())

    ca, *tls = authority()
    iam = {"source.iam": "true", "source.tls_ca": ca, "aws.region": "eu-west-1"}
    cells = [
        Cell("source", "repeats a token", lambda: MySql("sign-in", tls=tls, echo=True), "Access|error", more=iam),
        Cell("source", "repeats a password in clear", lambda: MySql("sign-in", tls=tls, echo=True), "error", scheme="https",
             more={"source.tls_ca": ca}),
        Cell("kafka", "repeats a password", lambda: KafkaBroker({SASL_AUTHENTICATE: (58, "wrong:")}, echo=True), ACCOUNT["kafka"]),
        Cell("kafka", "repeats a token", lambda: KafkaBroker({SASL_AUTHENTICATE: (58, "wrong:")}, mechanisms=("OAUTHBEARER",),
                                                             echo=True, tls=tls), ACCOUNT["kafka"], scheme="https",
             more={"kafka.sasl_mechanism": "AWS_MSK_IAM", "kafka.ca_file": ca}),
        Cell("airflow", "validates", lambda: Http(lambda _method, path, text: (
            (200, {"version": "3"}) if path.endswith("/version") else
            (422, {"detail": [{"type": "string_type", "loc": ["body", "password"], "msg": "Input should be different",
                               "input": json.loads(text.split("\r\n\r\n")[1] or "{}")}]}))), "should be different"),
    ]
    for status in (400, 401, 403, 500):
        cells += [
            Cell("kinesis", f"repeats, {status}", lambda status=status: Http(lambda _m, _p, text: (
                status, {"__type": "MirrorException", "message": said(text)})), "MirrorException"),
            Cell("kinesis", f"repeats cut, {status}", lambda status=status: Http(lambda _m, _p, text: (
                status, {"__type": "MirrorException", "message": said(text)[-310:]})), "MirrorException"),
            Cell("databricks", f"repeats, {status}", lambda status=status: Http(lambda _m, _p, text: (
                status, {"error_code": "MIRROR", "message": said(text)})), PLACE["databricks"]),
            Cell("airflow", f"repeats, {status}", lambda status=status: Http(lambda _m, path, text: (
                (200, {"version": "3"}) if path.endswith("/version") else (status, {"detail": said(text)}))), "token"),
            Cell("airflow", f"repeats a bearer, {status}", lambda status=status: Http(lambda _m, path, text: (
                (200, {"version": "3"}) if path.endswith("/version") else (status, {"detail": said(text)}))), "demo_dag",
                more={"airflow.user": "", "airflow.password_file": "", "airflow.token_file": secret_files(ca.parent)["airflow token"]}),
            Cell("airflow", f"repeats Basic, {status}", lambda status=status: Http(lambda _m, path, text: (
                (404, "") if path.startswith("/api/v2") else
                (200, {"version": "2"}) if path.endswith("/version") else (status, said(text)))), "demo_dag"),
        ]
        for service in ("objects", "tables"):
            cells.append(Cell(service, f"repeats, {status}", lambda status=status: Http(lambda _m, _p, text: (
                status, xml("Mirror", said(text).replace("&", "&amp;")))), "Mirror"))
            # Little of a message is shown: each of what must not be stands first in one.
            for first in ("x-amz-security-token", "signature="):
                cells.append(Cell(service, f"repeats {first}, {status}", lambda status=status, first=first: Http(
                    lambda _m, _p, text: (status, xml("Mirror", said(text[text.lower().index(first):]).replace("&", "&amp;")))),
                    "Mirror"))
    return cells


def scenario_when_all_services_are_away_each_has_its_line_still():
    trials()["all"][0].result()


def all_away():
    with folder() as scratch:
        settings = {}
        for service in STATIONS:
            settings.update(settings_of(service, f"127.0.0.1:{free_port()}", scratch))
        code, stations, words, seconds = check(scratch, settings)
        assert code == 69 and set(stations) == set(STATIONS.values()), words
        assert not any(one["is_ok"] for one in stations.values()) and seconds < SIDE_BY_SIDE_MAX, (seconds, words)
