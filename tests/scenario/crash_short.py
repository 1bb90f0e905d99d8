# SPDX-License-Identifier: Apache-2.0
"""Some of ./dev crash in every test run: what was acknowledged is there once, whatever ended the process."""
import pathlib
import random
import sys

from house import Skip

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "crash"))
import faults  # noqa: E402
import points  # noqa: E402
from kill_rounds import kill_rounds  # noqa: E402
from power_cuts import power_cuts  # noqa: E402
from self_test import self_test  # noqa: E402

ROUNDS = 10
POINTS = 4
CUTS = 2


def new_seed():
    return random.SystemRandom().randrange(1 << 30)


def must_be_clean(report, seed):
    assert report.is_clean(), "\n".join([f"seed {seed}: {dict(report.counts)}", *report.examples, *report.notes])


def must_have_counted(report, seed):
    must_be_clean(report, seed)
    assert report.acknowledged > 0, f"seed {seed}: nothing was acknowledged"


def scenario_the_oracle_of_crashes_sees_each_anomaly():
    self_test()


def scenario_nothing_acknowledged_is_lost_doubled_or_reordered_by_kill_9():
    seed = new_seed()
    must_have_counted(kill_rounds(ROUNDS, seed, seconds=0.4), seed)


def scenario_nor_by_kill_9_at_some_of_the_named_points_and_again_in_recovery():
    names, seed = points.point_names(), new_seed()
    if not names:
        raise Skip("the source has no crash points")
    dice = random.Random(seed)
    for name in dice.sample(names, min(POINTS, len(names))):
        must_be_clean(points.visit(f"{name}:{dice.randint(1, 20)}", seed, seconds=1), seed)


def scenario_nor_by_a_power_cut():
    seed = new_seed()
    must_have_counted(power_cuts("ext4", CUTS, seed), seed)


def scenario_nor_by_a_failed_sync_which_ends_the_process():
    seed = new_seed()
    must_be_clean(faults.failing_sync("fdatasync", 40, seed), seed)
