#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every scenario: functions scenario_* of the modules beside this file, in their order.

run.py PROGRAM [--real] [name ...]
"""
import importlib
import inspect
import os
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from house import Skip  # noqa: E402


MODULES = ["commands", "batch_loads", "gateway_doors", "crash", "crash_short", "golden", "bad_input", "configuration",
           "config_import", "life_of_a_pin", "memory", "schedule", "peers",
           # over real services
           "mysql_source",
           "rds_sign_in",
           "hostile_services",
           "hostile_running",
           "hostile_secrets",
           "kinesis_streams",
           "kafka_log",
           "s3_store",
           "airflow_dag",
           "spark_decoder",
           "spark_engine",
           "spark_s3",
           "spark_stream",
           "outgrow",
           ]


def scenarios(names):
    for module in MODULES:
        for name, function in list(vars(importlib.import_module(module)).items()):
            if name.startswith("scenario_") and inspect.isfunction(function):
                if not names or any(wanted in name for wanted in names):
                    yield module, name.removeprefix("scenario_"), function


def main():
    os.environ["PINFLOW"] = str(pathlib.Path(sys.argv[1]).resolve())
    os.environ["REAL"] = "1" if "--real" in sys.argv else ""
    names = [word for word in sys.argv[2:] if not word.startswith("-")]
    passed = failed = skipped = 0
    for module, name, function in scenarios(names):
        started = time.monotonic()
        try:
            function()
            passed, outcome = passed + 1, "ok"
        except Skip as reason:
            skipped, outcome = skipped + 1, f"skipped: {reason}"
        except Exception:
            failed, outcome = failed + 1, "FAILED\n" + traceback.format_exc()
        print(f"  {module}: {name.replace('_', ' '):72} {time.monotonic() - started:5.1f} s  {outcome}", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
