"""Batches: the records of one partition, by the column.

Bytes: one codec byte (0: plain), then msgpack [keys, values, timestamps, headers]; timestamps are
8-byte little-endian integers in one string, headers null where no record has any.
"""

from __future__ import annotations

import struct
from zlib import crc32

import msgpack

from streamz_core.errors import Corrupt, Unsupported
from streamz_core.record import Batch

checksum = crc32
PLAIN = b"\x00"
_pack = msgpack.Packer(use_bin_type=True, autoreset=True).pack


def encode(batch: Batch) -> bytes:
    """The bytes of a batch; its base offset is not among them: it follows from the chain."""
    stamps = struct.pack(f"<{len(batch.timestamps)}q", *batch.timestamps)
    headers = batch.headers
    if headers is not None and not any(headers):
        headers = None
    return PLAIN + bytes(_pack((batch.keys, batch.values, stamps, headers)))


def decode(data: bytes, base_offset: int, count: int) -> Batch:
    """The batch of `count` records that begins at `base_offset`; Corrupt if it is not one."""
    if data[:1] != PLAIN:
        raise Unsupported(f"batch codec {data[:1]!r}: this version reads only plain batches")
    try:
        keys, values, stamps, headers = msgpack.unpackb(memoryview(data)[1:], use_list=True)
        timestamps = list(struct.unpack(f"<{count}q", stamps))
    except (ValueError, struct.error, msgpack.UnpackException, TypeError) as error:
        raise Corrupt(f"a batch of {count} records cannot be read: {error}") from error
    if len(keys) != count or len(values) != count:
        raise Corrupt(f"a batch says {len(keys)} keys and {len(values)} values for {count} records")
    if headers is not None:
        headers = [tuple((name, value) for name, value in row) for row in headers]
    return Batch(base_offset, keys, values, timestamps, headers, len(data))
