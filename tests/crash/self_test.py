# SPDX-License-Identifier: Apache-2.0
"""The proof that the oracle bites: segments are tampered with, and each anomaly must be seen under its own name."""
import copy
import pathlib
import shutil
import struct

from check import check
from oracle import Load
from segments import BATCH, CRC_FROM, LENGTH_FROM, Damage, crc32c, read_log
from server import QUIET, running, scratch_folder, settle, wait_for

RECORDS = 1500
ONE_FILE = [*QUIET, "log.segment.bytes=64MiB"]  # a last file that was just begun has too little to tamper with


class SelfTestFailed(Exception):
    """The oracle is blind."""


def self_test(seed=0):
    """{tampering: what was seen}; raises SelfTestFailed when one was not."""
    with scratch_folder() as scratch:
        load = Load(12, seed)
        with running(scratch / "data", scratch, ONE_FILE) as server:
            server.wait_ready()
            load.door.open(server.addresses["gateway"])
            wait_for(lambda: load.acknowledged() > RECORDS)
            load.door.close()
        settle(scratch / "data", scratch, load, ONE_FILE)
        load.end()
        clean = check(load.clients, read_log(scratch / "data"))
        if not clean.is_clean():
            raise SelfTestFailed(f"untouched segments: {clean.examples}")
        return {name: seen(name, tamper, wanted, load, scratch) for name, tamper, wanted in TAMPERINGS}


def seen(name, tamper, wanted, load, scratch):
    data = scratch / "tampered"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(scratch / "data", data)
    clients = load.clients
    try:
        clients = tamper(data, clients) or clients
        names = set(check(clients, read_log(data)).counts)
    except Damage:
        names = {"damage"}
    if wanted not in names:
        raise SelfTestFailed(f"{name} must be seen as {wanted}, was seen as {names or 'nothing'}")
    return sorted(names)


# -- tamperings ------------------------------------------------------------------------------------------------------

def segment(data):
    """The file of the first topic, as [batch bytes]."""
    path = max(pathlib.Path(data, "log", "topics", "json-a-0").glob("*.log"))
    content, batches = path.read_bytes(), []
    while content:
        end = LENGTH_FROM + struct.unpack_from(">i", content, 8)[0]
        batches.append(content[:end])
        content = content[end:]
    assert len(batches) > 20, "too few batches to tamper with"
    return path, batches


def rewrite(path, batches):
    """Offsets made to fit again: only what is in the batches tells."""
    offset, out = int(path.stem), b""
    for batch in batches:
        out += struct.pack(">q", offset) + batch[8:]
        offset += BATCH.unpack_from(batch)[12]
    path.write_bytes(out)


def drop_one(data, _):
    path, batches = segment(data)
    rewrite(path, batches[:10] + batches[11:])


def drop_the_rest(data, _):
    path, batches = segment(data)
    rewrite(path, batches[:10])


def swap_two(data, _):
    """The first two of one client."""
    path, batches = segment(data)
    mine = [at for at, batch in enumerate(batches) if b'{"client":0,' in batch]
    batches[mine[0]], batches[mine[1]] = batches[mine[1]], batches[mine[0]]
    rewrite(path, batches)


def double_one(data, _):
    path, batches = segment(data)
    rewrite(path, [*batches, batches[10]])


def move_one(data, _):
    """From one place to the next client's."""
    path, batches = segment(data)
    rewrite(path, [*batches[:3], *batches[4:], batches[3]])


def change_one(data, _):
    """With its CRC made right again."""
    path, batches = segment(data)
    batch = bytearray(batches[10])
    batch[-3] ^= 1  # the closing quote: before the brace and the count of headers
    batch[17:CRC_FROM] = struct.pack(">I", crc32c(bytes(batch[CRC_FROM:])))
    batches[10] = bytes(batch)
    rewrite(path, batches)


def flip_a_bit(data, _):
    path, batches = segment(data)
    content = bytearray(b"".join(batches))
    content[len(batches[0]) + 100] ^= 4
    path.write_bytes(content)


def tear(data, _):
    path, batches = segment(data)
    path.write_bytes(b"".join(batches)[:-7])


def remove_a_topic(data, _):
    shutil.rmtree(pathlib.Path(data, "log", "topics", "json-a-0"))


def refuse_one(_, clients):
    """The client was told "malformed", and the record is there."""
    clients = copy.copy(clients)
    victim = copy.copy(clients[0])
    victim.requests = copy.deepcopy(victim.requests)
    victim.requests[3].outcomes = [40002] * len(victim.requests[3].numbers)
    clients[0] = victim
    return clients


TAMPERINGS = [
    ("a batch dropped", drop_one, "lost-write"), ("a batch dropped, offsets moved", drop_one, "inconsistent-offsets"),
    ("the rest dropped", drop_the_rest, "lost-write"), ("two of a client swapped", swap_two, "reorder"),
    ("a batch doubled", double_one, "duplicate"), ("a batch moved", move_one, "inconsistent-offsets"),
    ("a byte changed, CRC mended", change_one, "never-sent"), ("a bit flipped", flip_a_bit, "damage"),
    ("a file torn", tear, "damage"), ("a topic removed", remove_a_topic, "lost-write"),
    ("a refused record kept", refuse_one, "aborted-read"),
]
