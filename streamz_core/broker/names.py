"""What a topic may be called, how many partitions it may have, and into which partition a key goes."""

from __future__ import annotations

import re
from collections.abc import Callable
from zlib import crc32

from streamz_core.broker.checks import named
from streamz_core.errors import Misuse

PARTITIONS_MAX = 10_000
_MIX, _UINT32 = 0x5BD1E995, (1 << 32) - 1
_ALLOWED = re.compile(r"[A-Za-z0-9._-]{1,249}")


def check_topic_name(name: str) -> str:
    """The name, if Kafka would take it too; Misuse otherwise."""
    if not _ALLOWED.fullmatch(named(name)) or name in (".", ".."):
        raise Misuse(
            f"{name!r} is no topic name: 1 to 249 of the characters A-Z a-z 0-9 . _ -, and not '.' or '..'"
        )
    return name


Hash = Callable[[bytes], int]
key_hash: Hash = crc32
"""What the partition of a key is chosen by: the remainder for the number of partitions."""


def partition_of(key: bytes, partitions: int) -> int:
    """The default partitioner of the embedded log: crc32 of the key's bytes."""
    return key_hash(key) % partitions


def murmur2(key: bytes) -> int:
    """Kafka's hash of a key's bytes, from 0 up: with it a key has the partition that Java's producer gives it."""
    size = len(key)
    found = 0x9747B28C ^ size
    whole = size & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(key[at : at + 4], "little") * _MIX & _UINT32
        word = (word ^ word >> 24) * _MIX & _UINT32
        found = found * _MIX & _UINT32 ^ word
    if size > whole:
        found = (found ^ int.from_bytes(key[whole:], "little")) * _MIX & _UINT32
    found = (found ^ found >> 13) * _MIX & _UINT32
    return (found ^ found >> 15) & 0x7FFFFFFF


HASHES: dict[str, Hash] = {"crc32": key_hash, "murmur2": murmur2}
"""Those that have a name."""
