"""Batches: the records of one partition, by the column.

Bytes: a codec byte, then msgpack [keys, values, timestamps, headers]; timestamps are 8-byte little-endian
integers in one string, headers null where no record has any. Codec bit 0: two more columns, the offsets
of the rows less that of the batch, 4-byte integers in one string, and how many offsets it speaks of. Codec above
that bit: the number of a compression (compression.py), and its bytes instead of the msgpack.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import msgpack

from streamz_core.errors import Corrupt, Misuse
from streamz_core.log.segments.compression import COMPRESSIONS, compress, decompress
from streamz_core.record import Batch

checksum = crc32
PLAIN, SPARSE = b"\x00", b"\x01"
SPAN_MAX = 1 << 32  # between the offset of a batch and those of its rows
_pack = msgpack.Packer(use_bin_type=True, autoreset=True).pack


class Encoded(bytes):
    """The bytes of a batch of so many `records` as `encode` made them: nobody has to look whether they can
    be read before they are committed."""

    records: int


def encode(batch: Batch) -> Encoded:
    """The bytes of a batch; its base offset is not among them: it follows from where the batch lies.

    Misuse if a timestamp is no whole number, or a header is not a name and bytes or None.
    """
    try:
        stamps = struct.pack(f"<{len(batch.timestamps)}q", *batch.timestamps)
    except struct.error as error:
        raise Misuse(f"timestamps have to be whole numbers, ms since 1970: {error}") from error
    headers = batch.headers
    if headers is not None and not any(headers):
        headers = None
    for row in headers or ():
        _check_headers(row)
    columns = (batch.keys, batch.values, stamps, headers)
    if batch.sparse is None:
        return _encoded(PLAIN + _pack(columns), len(batch.timestamps))
    shifts = struct.pack(f"<{len(batch)}I", *[one - batch.base_offset for one in batch.sparse])
    span = batch.next_offset - batch.base_offset
    return _encoded(SPARSE + _pack((*columns, shifts, span)), len(batch))


def compressed(data: Encoded, kind: str) -> Encoded:
    """The same batch, smaller if it gets so by that kind of compression (compression.type). Unsupported says what is to be
    installed for it."""
    body = compress(memoryview(data)[1:], kind) if kind != "none" else b""
    if not body or len(body) + 1 >= len(data):
        return data
    return _encoded(bytes((data[0] | COMPRESSIONS[kind].number << 1,)) + body, data.records)


def _encoded(data: bytes, records: int) -> Encoded:
    made = Encoded(data)
    made.records = records
    return made


def _check_headers(row: Sequence[Any]) -> None:
    for header in row:
        pair = isinstance(header, (tuple, list)) and len(header) == 2
        name, value = header if pair else (None, None)
        if type(name) is not str or not (value is None or type(value) is bytes):
            raise Misuse(
                f"a header is {header!r:.80}; it has to be a pair of a name and bytes or None"
            )


def decode(data: bytes, base_offset: int, count: int) -> Batch:
    """The batch of `count` records that begins at `base_offset`; Corrupt if it is not one.

    Unsupported if it is compressed in a way that this process cannot read.
    """
    codec = data[0] if data else 0
    body = memoryview(data)[1:] if codec < 2 else memoryview(decompress(data[1:], codec >> 1))
    try:
        keys, values, stamps, headers, *more = msgpack.unpackb(body, use_list=True)
        timestamps = list(struct.unpack(f"<{count}q", stamps))
        if headers is not None:
            headers = [tuple((name, value) for name, value in row) for row in headers]
        told = {len(keys), len(values), count if headers is None else len(headers)}
        sparse, following = _gaps(base_offset, count, *more) if codec & 1 else _dense(*more)
    except (ValueError, struct.error, msgpack.UnpackException, TypeError) as error:
        raise Corrupt(f"a batch of {count} records cannot be read: {error}") from error
    if told != {count}:
        raise Corrupt(f"a batch says {len(keys)} keys and {len(values)} values for {count} records")
    return Batch(
        base_offset,
        keys,
        values,
        timestamps,
        headers,
        len(body) + 1,
        sparse=sparse,
        next_offset=following,
    )


def _gaps(base_offset: int, count: int, shifts: bytes, span: int) -> tuple[list[int], int]:
    """The offsets of the rows, and the one behind the batch; ValueError if they are none."""
    found = struct.unpack(f"<{count}I", shifts)
    if type(span) is not int or any(map(operator.ge, found, (*found[1:], span))):
        raise ValueError(f"its offsets do not ascend to {span!r:.40}")
    return [base_offset + shift for shift in found], base_offset + span


def _dense() -> tuple[None, int]:
    return None, 0
