"""The commit log in files of bounded size: a segment that is large is sealed, and the next one begun.

Anybody may do either step, for himself or for one who was killed between them. The SEAL is chained like any
record; the next segment gets its name only when everything up to the SEAL is on the disk, and only once.
"""

from __future__ import annotations

import contextlib

from streamz_core.env.door import Env
from streamz_core.log.chain import frame
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.durability import Durability
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import (
    Layout,
    SegmentHead,
    append_all,
    encode_seal,
    encode_segment,
)
from streamz_core.log.chain.writing import append_copies
from streamz_core.log.limits import Limits
from streamz_core.log.records.itself import SealRecord

LAG = 1000  # so many records that are not on the disk yet are synced in no time


class Rolling:
    """Of one handle on the log."""

    def __init__(  # noqa: PLR0913 - the log, as it reads and knows it
        self,
        env: Env,
        layout: Layout,
        identity: Identity,
        chain: Chain,
        durability: Durability,
        limits: Limits,
    ) -> None:
        self._env = env
        self._layout = layout
        self._identity = identity
        self._chain = chain
        self._durability = durability
        self._limits = limits

    @property
    def due(self) -> bool:
        """Whether the segment is to be sealed. At level process nobody can go on before its last second is
        synced: while that is much, and the segment not all too large, it is left to a quieter moment."""
        chain, limit = self._chain, self._limits.chain_segment_bytes
        if chain.end <= limit or chain.sealed or self._identity.version < SealRecord.since:
            return False
        return chain.lsn - self._durability.durable[0] <= LAG or chain.end > 2 * limit

    def seal(self) -> bytes:
        """The frame that seals the segment, if it is the next to be appended."""
        chain = self._chain
        at = frame.place(chain.segment, chain.end)
        following = chain.segment + 1
        return encode_seal(self._identity.mac, at, chain.lsn + 1, chain.hash, following)[0]

    def go_on(self) -> None:
        """Begin the segment behind the one that is sealed, unless somebody did; OSError if it cannot be made."""
        chain, env = self._chain, self._env
        self._durability.secure()
        if not chain.sealed:
            return  # the log went on meanwhile
        number = chain.segment + 1
        head = SegmentHead(number, chain.lsn, chain.hash, env.boot_id(), 0)
        path = self._layout.segment(number)
        temporary = f"{path}.{env.random(4).hex()}"
        first = encode_segment(self._identity, head)
        file = env.create(temporary)
        try:
            append_all(file, first)
            self._durability.syncing.sync(file)
        finally:
            file.close()
        self._durability.syncing.check()
        env.point("next segment")
        # Somebody else was faster, or took the temporary one away after that.
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            env.link(temporary, path)
            with contextlib.suppress(OSError):
                append_copies(env, self._layout, number, first)
        self._durability.syncing.settle(number)
        self._sweep(number)

    def _sweep(self, number: int) -> None:
        """Take away what is left of those who made the segment, which is there by now, and did not come so far."""
        for name in self._env.list(self._layout.commit):
            begun, dot, _ = name.partition(".")
            if dot and begun.isdigit() and int(begun) <= number:
                with contextlib.suppress(FileNotFoundError):
                    self._env.unlink(f"{self._layout.commit}/{name}")
