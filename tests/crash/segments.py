# SPDX-License-Identifier: Apache-2.0
"""An independent reader of the log's files: nothing of the program's own is used, so that both cannot err alike.

The process must have been stopped cleanly, so that the segments hold all that recovery brought back. The form is
Kafka's record batch v2 (docs/formats/record_batch.md), the names are those of docs/formats/log_layout.md.
"""
import pathlib
import re
import struct
import sys

BATCH = struct.Struct(">qiibIhiqqqhii")  # base offset ... record count: 61 bytes
CRC_FROM = 21
LENGTH_FROM = 12  # the length counts from here
FOLDER = re.compile(r"(.+)-(\d+)")
FILE = re.compile(r"\d{20}\.log")


class Damage(Exception):
    """Bytes that no crash explains; the text names file and byte."""


def make_tables():
    bytewise = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ 0x82F63B78 if n & 1 else n >> 1  # Castagnoli's polynomial, reflected
        bytewise.append(n)
    pairwise = [bytewise[n & 255] for n in range(65536)]
    return bytewise, [bytewise[(n >> 8 ^ pairwise[n]) & 255] ^ pairwise[n] >> 8 for n in range(65536)]


BYTEWISE, PAIRWISE = make_tables()


def crc32c(data):
    """Two bytes a step: a batch of a few hundred bytes costs some 20 us."""
    crc, table = 0xFFFFFFFF, PAIRWISE
    even = len(data) & ~1
    words = memoryview(data)[:even].cast("H")
    if sys.byteorder == "big":
        words = struct.unpack(f"<{even // 2}H", data[:even])
    for word in words:
        crc = crc >> 16 ^ table[(crc ^ word) & 0xFFFF]
    if len(data) & 1:
        crc = crc >> 8 ^ BYTEWISE[(crc ^ data[-1]) & 255]
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283


def varint(data, at):
    """(zig-zag number, the place after it)"""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value >> 1 ^ -(value & 1), at
        shift += 7


def sized(data, at):
    size, at = varint(data, at)
    return (None, at) if size < 0 else (data[at:at + size], at + size)


def records_of(body, base_offset, count, where):
    """[(offset, value)] of a batch's uncompressed records."""
    found, at = [], 0
    for number in range(count):
        size, at = varint(body, at)
        end = at + size
        _, place = varint(body, at + 1)  # after the attributes: the timestamp's delta
        delta, place = varint(body, place)
        key, place = sized(body, place)
        value, place = sized(body, place)
        headers, place = varint(body, place)
        for _ in range(headers):
            _, place = sized(body, place)
            _, place = sized(body, place)
        if delta != number or place != end:
            raise Damage(f"{where}: record {number} does not parse")
        found.append((base_offset + delta, bytes(value) if value is not None else None))
        at = end
    if at != len(body):
        raise Damage(f"{where}: {len(body) - at} bytes after the last record")
    return found


def read_file(path, offset):
    """The records of one segment that must begin at `offset`, and the offset after them."""
    data = path.read_bytes()
    found, at = [], 0
    while at < len(data):
        where = f"{path} at byte {at}"
        if len(data) - at < BATCH.size:
            raise Damage(f"{where}: {len(data) - at} bytes are no batch")
        (base, length, epoch, magic, crc, attributes, last_delta, _, _, _, _, _, count) = BATCH.unpack_from(data, at)
        end = at + LENGTH_FROM + length
        if magic != 2 or end > len(data) or length < BATCH.size - LENGTH_FROM:
            raise Damage(f"{where}: magic {magic}, length {length}")
        if crc32c(data[at + CRC_FROM:end]) != crc:
            raise Damage(f"{where}: the CRC does not agree")
        if base != offset or epoch != 0 or last_delta != count - 1 or count < 1:
            raise Damage(f"{where}: offset {base} where {offset} is due, epoch {epoch}, {count} records, last {last_delta}")
        if attributes & 7:
            raise Damage(f"{where}: compressed; nobody here sends that")
        found += records_of(data[at + BATCH.size:end], base, count, where)
        offset, at = base + count, end
    return found, offset


def read_partition(folder, may_begin_late=False):
    found, offset = [], None if may_begin_late else 0
    for path in sorted(folder.iterdir()):
        if not FILE.fullmatch(path.name):
            continue
        first = int(path.stem)
        if offset is not None and first != offset:
            raise Damage(f"{path}: the file before it ends at offset {offset}")
        records, offset = read_file(path, first)
        found += records
    return found


def read_log(data_dir, may_begin_late=False):
    """{(space, topic, partition): [(offset, value)]}; space is "topics" or "streams".

    `may_begin_late`: retention may have taken a partition's first files.
    """
    found = {}
    for space in ("topics", "streams"):
        root = pathlib.Path(data_dir, "log", space)
        for folder in sorted(root.iterdir()) if root.exists() else []:
            if match := FOLDER.fullmatch(folder.name):
                found[(space, match.group(1), int(match.group(2)))] = read_partition(folder, may_begin_late)
    return found
