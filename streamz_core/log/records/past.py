"""The records there are, by number and hash, behind a base."""

from __future__ import annotations

HASH_BYTES = 8  # of each hash that is kept, for every record behind the base


class Past:
    """`base`: (number, hash) of the record it begins with. `hashes`: of that one and all behind it."""

    __slots__ = ("base", "hashes")

    def __init__(self, base: tuple[int, bytes]) -> None:
        self.base = base
        self.hashes = bytearray(base[1][:HASH_BYTES])

    def has(self, lsn: int, hash_: bytes) -> bool | None:
        """Whether the record `lsn` has that hash; None for one before the base, False behind the last."""
        at = (lsn - self.base[0]) * HASH_BYTES
        if at < 0:
            return None
        return self.hashes[at : at + HASH_BYTES] == hash_[:HASH_BYTES]
