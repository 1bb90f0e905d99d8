# SPDX-License-Identifier: Apache-2.0
"""Many rounds of kill -9 at a random instant under load, on one data directory."""
import random
import statistics
import time

from check import Report, check
from oracle import Load
from segments import Damage, read_log
from server import BUSY, FORGETFUL, Died, keep, running, scratch_folder, settle, sizes

CHECK_EVERY = 25
START_SHARE = 0.15  # of the rounds die while they start


def kill_rounds(rounds=200, seed=0, seconds=0.6, clients=16):
    """`seconds`: the longest that a round posts."""
    dice = random.Random(seed)
    with scratch_folder() as scratch:
        data, load, starts_ms = scratch / "data", Load(clients, seed), [0]
        try:
            for number in range(1, rounds + 1):
                one_round(data, scratch, load, dice, seconds, starts_ms)
                if number % CHECK_EVERY == 0 or number == rounds:
                    report = look(data, scratch, load, number)
                    if not report.is_clean():
                        return report
            report.notes.append(f"{report.repeated} requests were tried again with their key; ready after a kill: median "
                                f"{statistics.median(starts_ms):.0f} ms, slowest {max(starts_ms):.0f} ms")
            return report
        finally:
            load.end()


def one_round(data, scratch, load, dice, seconds, starts_ms):
    began = time.monotonic()
    with running(data, scratch, sizes(dice)) as server:
        if dice.random() < START_SHARE:
            time.sleep(dice.random() * 0.05)
        else:
            server.wait_ready()
            starts_ms.append((time.monotonic() - began) * 1000)
            load.door.open(server.addresses["gateway"])
            time.sleep(dice.random() * seconds)  # the random instant itself
        server.kill()
        load.door.close()


def look(data, scratch, load, trials, without=None, sets=BUSY, **options):
    """Recovers, stops cleanly, reads and checks. A start that fails is damage, too. Topics whose names begin with
    `without` are left out."""
    try:
        settle(data, scratch, load, sets)
        log = {place: records for place, records in read_log(data, may_begin_late=sets is FORGETFUL).items()
               if not without or not place[1].startswith(without)}
        report = check(load.clients, log, trials, **options)
    except (Damage, Died) as damage:
        report = Report(trials)
        report.acknowledged = load.acknowledged()
        report.see("damage", str(damage))
    if not report.is_clean():
        report.notes.append(keep(data))
    return report
