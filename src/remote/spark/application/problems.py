# SPDX-License-Identifier: Apache-2.0
"""What goes wrong, in words that name what to mend; for batch.py and stream.py."""
import json
import os
import pathlib
import re
import sys

REPORT_FORMAT = 1
CAUSES_MAX = 20
SHOWN_MAX = 300


class Problem(Exception):
    """What the user can mend: told in the report, with the file it is about."""

    def __init__(self, code, text, file="", line=0):
        super().__init__(text)
        self.code, self.text, self.file, self.line = code, text, file, line


# What Hadoop and the AWS SDK say of S3, and what to do; the first that is found counts. Each setting is named as pinflow
# has it; the words in brackets are for who runs this by hand.
S3_SIGNS = (
    (r"S3AFileSystem not found|No FileSystem for scheme", "not_found",
     "Spark has no client for S3: add hadoop-aws, of the version of Spark's Hadoop, to spark.packages or spark.jars"),
    (r"NoSuchBucket|UnknownStoreException|specified bucket does not exist", "not_found",
     "{service} has no such bucket: look at objects.url and tables.url [--objects, --tables]"),
    (r"PKIX path|SSLHandshakeException|CertificateException", "unavailable",
     "Java does not trust the certificate of {service}: s3.ca_file is not Java's; put the CA into a trust store with keytool "
     "and name it in spark.conf (spark.driver.extraJavaOptions=-Djavax.net.ssl.trustStore=…)"),
    (r"NoAwsCredentialsException|NoAuthWithAWSException|Unable to load credentials|CredentialInitializationException",
     "permission", "there are no keys for {service}: look at aws.profile and aws.credentials_csv [AWS_ACCESS_KEY_ID]"),
    (r"Status Code: 403|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken", "permission",
     "{service} refused the keys: look at aws.profile, aws.credentials_csv and the account's rights [AWS_ACCESS_KEY_ID]"),
    (r"Status Code: 301|AWSRedirectException|AuthorizationHeaderMalformed", "invalid_argument",
     "the bucket is in another region: look at s3.region and aws.region [fs.s3a.endpoint.region]"),
    (r"UnknownHost|Connection refused|Connect\w*Exception|Connection reset|AWSNoResponse|SocketTimeout|timed out|"
     r"AWSApiCallTimeout|AWSStatus500|AWSServiceThrottled|AWSServiceIOException|AWSClientIOException|SdkClientException|"
     r"NoHttpResponse", "unavailable",
     "{service} does not answer: look at s3.endpoint [fs.s3a.endpoint]; tried for as long as fs.s3a.retry.limit says"),
)


def texts_of(error):
    """Lines of what it says, and of what caused it in Java."""
    texts, java = [str(error)], getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    try:
        for _ in range(CAUSES_MAX):
            if java is None:
                break
            texts.append(java.toString())
            java = java.getCause()
    except Exception as lost:  # with the JVM went what it knew
        texts.append(str(lost))
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def s3_problem(error, spark):
    """Of a failure of the object store; None of another's."""
    lines = texts_of(error)
    if not any("s3a" in line for line in lines):
        return None
    for sign, code, advice in S3_SIGNS:
        found = next((line for line in lines if re.search(sign, line)), None)
        if found:
            endpoint = spark._jsc.hadoopConfiguration().get("fs.s3a.endpoint")
            said = re.sub(r"^(Caused by: |: )?([\w.$]+: )?", "", found).split(":    ")[0][:SHOWN_MAX]
            return Problem(code, f"{advice.format(service=f'the store at {endpoint}' if endpoint else 'S3')} ({said})")
    return None


def position_of(error):
    """The line that Spark names, or 0, and the first line of what it says."""
    java = getattr(error, "java_exception", None)
    text = str(error).strip() if java is None else texts_of(error)[1]
    line = re.search(r"\(?line (\d+),? pos", text)
    return int(line.group(1)) if line else 0, text.split("\n\n== SQL")[0].split("\nJVM stacktrace")[0].split(";\n'")[0].strip()


def problem_of(error, spark, code="internal", file=""):
    """What to tell of an exception of Spark's."""
    line, what = position_of(error)
    return s3_problem(error, spark) or Problem(code, what, file, line)


def write_report(path, report):
    text = json.dumps({"format": REPORT_FORMAT, **report}, ensure_ascii=False)
    temporary = pathlib.Path(f"{path}.writing")
    temporary.write_text(text + "\n", "utf-8")
    os.replace(temporary, path)


def end_with(problem, report_path):
    """Tells the problem to whoever reads the report and to whoever looks on; the process ends with 1."""
    place = f"{problem.file}:{problem.line}: " if problem.line else f"{problem.file}: " if problem.file else ""
    print(f"pinflow: {place}{problem.text}", file=sys.stderr)
    if report_path:
        write_report(report_path, {"error": {"code": problem.code, "text": problem.text, "file": problem.file,
                                             "line": problem.line}})
    sys.exit(1)
