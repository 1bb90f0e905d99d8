# SPDX-License-Identifier: Apache-2.0
"""The real services that the scenarios start (tests/scenario, tests/peers), for measuring beside them."""
import os
import sys

from machine import ROOT

os.environ["REAL"] = "1"  # the starters' leave to fetch the heavy ones
sys.path.insert(0, str(ROOT / "tests/scenario"))

import house  # noqa: E402
import kafka_server  # noqa: E402
import s3_server  # noqa: E402
import spark_peer  # noqa: E402

Skip = house.Skip
Kafka = kafka_server.Kafka
kafka_jars = kafka_server.jars
VersityGw, BUCKET, s3_client = s3_server.VersityGw, s3_server.BUCKET, s3_server.client
spark_home = spark_peer.spark_home
