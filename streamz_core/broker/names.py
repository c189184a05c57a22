"""What a topic may be called, how many partitions it may have, and into which partition a key goes."""

from __future__ import annotations

import re
from zlib import crc32

from streamz_core.broker.checks import named
from streamz_core.errors import Misuse

PARTITIONS_MAX = 10_000
_ALLOWED = re.compile(r"[A-Za-z0-9._-]{1,249}")


def check_topic_name(name: str) -> str:
    """The name, if Kafka would take it too; Misuse otherwise."""
    if not _ALLOWED.fullmatch(named(name)) or name in (".", ".."):
        raise Misuse(
            f"{name!r} is no topic name: 1 to 249 of the characters A-Z a-z 0-9 . _ -, and not '.' or '..'"
        )
    return name


key_hash = crc32
"""What the partition of a key is chosen by: the remainder for the number of partitions."""


def partition_of(key: bytes, partitions: int) -> int:
    """The default partitioner of the embedded log: crc32 of the key's bytes."""
    return key_hash(key) % partitions
