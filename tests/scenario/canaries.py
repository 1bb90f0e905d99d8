# SPDX-License-Identifier: Apache-2.0
"""Secrets that can be recognised wherever they turn up, in every form that they travel in."""
import base64
import pathlib
import re
import urllib.parse

# With signs in them that URLs, JSON, XML and base64 write otherwise.
SECRETS = {
    "aws secret key": "canaryAwsSecret/with+signs0123456789abcd",
    "aws session token": "canarySessionToken//with+signs==",
    "mysql": "canary mysql p@ss/word+&<9>",
    "kafka": "canary kafka p@ss/word+9",
    "databricks": "dapi-canary-databricks-0123456789",
    "airflow": "canary airflow p@ss/word+9",
    "airflow token": "canary.airflow-bearer.token",
    "airflow access token": "canary.airflow-access.token",
}


def secret_files(folder):
    """{name: path of a file that holds that secret alone}."""
    files = {}
    for name, secret in SECRETS.items():
        files[name] = pathlib.Path(folder, "secret-" + name.replace(" ", "-"))
        if not files[name].exists():
            files[name].write_text(secret + "\n")
            files[name].chmod(0o600)
    return files


def environment_keys(home):
    return {"HOME": str(home), "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRETS["aws secret key"],
            "AWS_SESSION_TOKEN": SECRETS["aws session token"], "AWS_REGION": "eu-west-1"}


def forms(secret):
    """As it is, as URLs and JSON write it, and in base64 at each of the three places that it may have in a longer text."""
    data = secret.encode()
    found = {secret, urllib.parse.quote(secret, safe=""), urllib.parse.quote(secret), urllib.parse.quote_plus(secret),
             secret.replace("/", "\\/"), data.hex(), secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}
    for shift in range(3):
        whole = base64.b64encode(b"x" * shift + data).decode()
        inner = whole[4 if shift else 0:len(whole) // 4 * 4 - 4]  # without the letters that neighbours have a part in
        found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return found


FORMS = {name: forms(secret) for name, secret in SECRETS.items()}


def signatures(said):
    """What requests and tokens were signed with, of all that a server was told."""
    found = set()
    for data in said:
        text = data.decode("latin-1")
        for word in re.findall(r"[A-Za-z0-9_-]{200,}", text):  # a token in base64
            text += base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode("latin-1")
        found |= set(re.findall(r"Signature=([0-9a-f]{64})", text))
    return found


def none_told(words, said=(), where=""):
    """The secrets that these words hold, each as a complaint that does not repeat it."""
    found = [f"{where}: tells the {name}" for name, all_forms in FORMS.items() if any(form in words for form in all_forms)]
    if any(signature in words for signature in signatures(said)):
        found.append(f"{where}: tells a signature")
    return found
