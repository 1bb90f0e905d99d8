# SPDX-License-Identifier: Apache-2.0
"""The committed pipeline as the peers read it: the same files, the same SQL."""
import pathlib

import yaml

DIRECTORY = pathlib.Path(__file__).resolve().parents[1] / "pipelines/pinterest"
USER = "demo"


def load():
    pipeline = yaml.safe_load((DIRECTORY / "pipeline.yaml").read_text())
    for kind in pipeline["kinds"].values():
        kind["sql"] = (DIRECTORY / kind["clean"]).read_text()
        kind["topic"] = kind["topic"].replace("{user}", USER)
    for question in pipeline["questions"]:
        question["sql"] = (DIRECTORY / question["file"]).read_text()
    return pipeline


def plain(value):
    """A cell as pinflow's answers have it: whole doubles as integers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def answer_rows(columns, rows):
    return [dict(zip(columns, map(plain, row))) for row in rows]
