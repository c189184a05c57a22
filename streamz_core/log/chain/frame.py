"""Frames of the commit log: what bytes a chained record is, and how to tell them from anything else.

    magic 4 | place 8 | head length 4 | payload length 4 | mac 16 | head | payload

`place` is segment number << 40 | offset in the file: a frame counts only where it was written, so a
copy of a frame inside user bytes never does. The MAC is keyed with the log's secret and covers both
lengths and the head; the head holds the CRC of the payload. Zeros never decode. All little-endian.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from zlib import crc32

MAGIC = b"\xc5SZ1"
ZERO = bytes(16)
_OUTER = struct.Struct("<4sQII16s")
_HEAD = struct.Struct("<QB16sIQ16s")  # lsn, kind, previous hash, payload crc, witness lsn, its hash
OUTER_BYTES = _OUTER.size
HEAD_BYTES = _HEAD.size  # and the body
HEAD_BYTES_MAX = 64 << 20
PAYLOAD_BYTES_MAX = 1 << 20
_WHOLE = struct.Struct("<4sQII16sQB16sIQ16s")  # both
_LEAST_BYTES = _WHOLE.size
_LENGTHS_AT, _MAC_AT = 12, 20  # both lengths stand side by side, as they are MACed

Mac = blake2b


class Frame:
    """One decoded frame. `hash` names it in the chain; `body` is packed (msgpack)."""

    __slots__ = ("body", "end", "hash", "kind", "lsn", "payload_at", "prev", "start", "witness")

    def __init__(  # noqa: PLR0913 - the parts of a frame
        self,
        lsn: int,
        kind: int,
        prev: bytes,
        hash_: bytes,
        body: bytes,
        witness: tuple[int, bytes],
        start: int,
        payload_at: int,
        end: int,
    ) -> None:
        self.lsn = lsn
        self.kind = kind
        self.prev = prev
        self.hash = hash_
        self.body = body
        self.witness = witness
        self.start = start
        self.payload_at = payload_at
        self.end = end


def mac(key: bytes) -> Mac:
    """What makes and checks frames with that key."""
    return blake2b(digest_size=16, key=key)


def place(segment: int, offset: int) -> int:
    """Where a frame stands, as one number."""
    return segment << 40 | offset


def place_in(data: bytes, start: int) -> int:
    """The place that the frame at `start` of `data` says it is for; 0 if there is too little."""
    if len(data) - start < OUTER_BYTES:
        return 0
    return int(_OUTER.unpack_from(data, start)[1])


def place_of(at: int) -> tuple[int, int]:
    """(segment, offset) of a place."""
    return at >> 40, at & (1 << 40) - 1


def encode(  # noqa: PLR0913 - the parts of a frame
    keyed: Mac,
    at: int,
    lsn: int,
    kind: int,
    prev: bytes,
    body: bytes,
    payload: bytes,
    witness: tuple[int, bytes],
) -> tuple[bytes, bytes]:
    """(frame, hash) of a record that is to stand at place `at`."""
    head = _HEAD.pack(lsn, kind, prev, crc32(payload), *witness) + body
    outer = _OUTER.pack(MAGIC, at, len(head), len(payload), ZERO)
    hash_ = _hash(keyed, outer[_LENGTHS_AT:_MAC_AT], head)
    return outer[:_MAC_AT] + hash_ + head + payload, hash_


def moved(raw: bytes, at: int) -> bytes:
    """The same frame for another place: same head, same hash."""
    magic, _, head_bytes, payload_bytes, mac = _OUTER.unpack_from(raw)
    return _OUTER.pack(magic, at, head_bytes, payload_bytes, mac) + raw[OUTER_BYTES:]


def decode(keyed: Mac, data: bytes, start: int, at: int, *, damaged: bool = False) -> Frame | None:
    """The whole, valid frame at `start` of `data`, if one stands there whose place is `at`.

    `damaged`: one whose payload is not what it was will do.
    """
    size = len(data)
    if size - start < _LEAST_BYTES:
        return None
    # All numbers in one step, and no call that can be spared: a log is opened by this. What is read
    # here counts for nothing before the MAC was seen to be right.
    magic, where, head_bytes, payload_bytes, hash_, lsn, kind, prev, crc, known, witness = (
        _WHOLE.unpack_from(data, start)
    )
    if magic != MAGIC or where != at:
        return None
    head_at = start + OUTER_BYTES
    payload_at = head_at + head_bytes
    end = payload_at + payload_bytes
    if end > size or not possible(head_bytes, payload_bytes):
        return None
    found = keyed.copy()
    found.update(data[start + _LENGTHS_AT : start + _MAC_AT] + data[head_at:payload_at])
    # The payload is checked by everybody, interested or not: a torn one must be judged alike.
    if found.digest() != hash_ or (crc32(data[payload_at:end]) != crc and not damaged):
        return None
    body = data[start + _LEAST_BYTES : payload_at]
    return Frame(lsn, kind, prev, hash_, body, (known, witness), start, payload_at, end)


def sound(found: Frame, data: bytes) -> bool:
    """Whether the payload of a frame that was decoded from `data` is what was committed."""
    crc = _HEAD.unpack_from(data, found.start + OUTER_BYTES)[3]
    return bool(crc32(data[found.payload_at : found.end]) == crc)


def wanted(data: bytes, start: int) -> int:
    """How many bytes a frame that begins at `start` claims to have; 0 if it cannot be one."""
    if len(data) - start < OUTER_BYTES:
        return OUTER_BYTES if MAGIC.startswith(data[start : start + 4]) else 0
    magic, _, head_bytes, payload_bytes, _ = _OUTER.unpack_from(data, start)
    if magic != MAGIC or not possible(head_bytes, payload_bytes):
        return 0
    return OUTER_BYTES + int(head_bytes) + int(payload_bytes)


def head_end(data: bytes, start: int) -> int:
    """How many bytes the frame that begins at `start` claims to have before its payload; 0 if it cannot be one."""
    if len(data) - start < OUTER_BYTES or not wanted(data, start):
        return 0
    return OUTER_BYTES + int(_OUTER.unpack_from(data, start)[2])


def possible(head_bytes: int, payload_bytes: int) -> bool:
    """Lengths a frame may have: checked before anything of that length is read."""
    return HEAD_BYTES <= head_bytes <= HEAD_BYTES_MAX and payload_bytes <= PAYLOAD_BYTES_MAX


def _hash(keyed: Mac, lengths: bytes, head: bytes) -> bytes:
    found = keyed.copy()  # the key was taken in once: a third of the cost of a short head
    found.update(lengths + head)
    return found.digest()
