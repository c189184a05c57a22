"""Batches: the records of one partition, by the column.

Bytes: one codec byte (0: plain), then msgpack [keys, values, timestamps, headers]; timestamps are
8-byte little-endian integers in one string, headers null where no record has any.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import msgpack

from streamz_core.errors import Corrupt, Misuse, Unsupported
from streamz_core.record import Batch

checksum = crc32
PLAIN = b"\x00"
_pack = msgpack.Packer(use_bin_type=True, autoreset=True).pack


class Encoded(bytes):
    """The bytes of a batch of so many `records` as `encode` made them: nobody has to look whether they can
    be read before they are committed."""

    records: int


def encode(batch: Batch) -> Encoded:
    """The bytes of a batch; its base offset is not among them: it follows from the chain.

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
    made = Encoded(PLAIN + _pack((batch.keys, batch.values, stamps, headers)))
    made.records = len(batch.timestamps)
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
    """The batch of `count` records that begins at `base_offset`; Corrupt if it is not one."""
    if data[:1] != PLAIN:
        raise Unsupported(f"batch codec {data[:1]!r}: this version reads only plain batches")
    try:
        keys, values, stamps, headers = msgpack.unpackb(memoryview(data)[1:], use_list=True)
        timestamps = list(struct.unpack(f"<{count}q", stamps))
        if headers is not None:
            headers = [tuple((name, value) for name, value in row) for row in headers]
        told = {len(keys), len(values), count if headers is None else len(headers)}
    except (ValueError, struct.error, msgpack.UnpackException, TypeError) as error:
        raise Corrupt(f"a batch of {count} records cannot be read: {error}") from error
    if told != {count}:
        raise Corrupt(f"a batch says {len(keys)} keys and {len(values)} values for {count} records")
    return Batch(base_offset, keys, values, timestamps, headers, len(data))
