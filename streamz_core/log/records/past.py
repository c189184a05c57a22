"""The records there are, by number and hash, behind a base."""

from __future__ import annotations

HASH_BYTES = 8  # of each hash that is kept, for every record behind the base


class Past:
    """`base`: (number, hash) of the record it begins with, the hash cut short once it moved. `hashes`: of that
    one and all behind it, the last of which is the record `lsn`, whose hash is `hash`."""

    __slots__ = ("base", "hash", "hashes", "lsn")

    def __init__(self, base: tuple[int, bytes]) -> None:
        self.base = base
        self.lsn, self.hash = base
        self.hashes = bytearray(base[1][:HASH_BYTES])

    def has(self, lsn: int, hash_: bytes) -> bool | None:
        """Whether the record `lsn` has that hash; None for one before the base, False behind the last."""
        at = (lsn - self.base[0]) * HASH_BYTES
        if at < 0:
            return None
        return self.hashes[at : at + HASH_BYTES] == hash_[:HASH_BYTES]

    def move(self, lsn: int) -> None:
        """The record `lsn` is the base from now on, if it is behind the one there is."""
        count = lsn - self.base[0]
        if count > 0:
            del self.hashes[: count * HASH_BYTES]
            self.base = (lsn, bytes(self.hashes[:HASH_BYTES]))
