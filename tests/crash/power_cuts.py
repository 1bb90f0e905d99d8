# SPDX-License-Identifier: Apache-2.0
"""Real power cuts: the file system under the data directory is shut down in mid-work, then mounted anew."""
import contextlib
import random
import time

from disks import Disk, faulty_disk
from kill_rounds import look
from oracle import Load
from server import running, scratch_folder, sizes

CHECK_EVERY = 10
LINGER_SECONDS = 0.1  # the process lives on over the dead disk: nothing may be acknowledged there


def power_cuts(kind, cuts=40, seed=0, seconds=0.5, clients=12, disk_lies=False):
    """`kind`: ext4 or xfs. `disk_lies`: syncs do nothing, so records must be lost (the oracle's proof)."""
    dice = random.Random(seed)
    with scratch_folder() as scratch, contextlib.closing(Disk(scratch, kind)) as disk:
        data, load = disk.folder / "data", Load(clients, seed)
        env = {"LD_PRELOAD": str(faulty_disk(scratch)), "FAULT_SYNC": "lies"} if disk_lies else None
        try:
            for number in range(1, cuts + 1):
                one_cut(disk, data, scratch, load, dice, seconds, env)
                if number % CHECK_EVERY == 0 or number == cuts:
                    report = look(data, scratch, load, number)
                    if not report.is_clean():
                        return report
            return report
        finally:
            load.end()


def one_cut(disk, data, scratch, load, dice, seconds, env):
    with running(data, scratch, sizes(dice), env) as server:
        server.wait_ready()
        load.door.open(server.addresses["gateway"])
        time.sleep(dice.random() * seconds)  # the random instant itself
        disk.cut()
        time.sleep(dice.random() * LINGER_SECONDS)
        server.kill()
        load.door.close()
    disk.power_up()
