"""Records about the log itself: where its chain goes on, and what it promises."""

from __future__ import annotations

from typing import ClassVar

import msgpack
from attrs import define

from streamz_core.log.chain.identity import LEVELS
from streamz_core.log.chain.layout import SEAL
from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.state import Level, State


@define
class SealRecord(Chained):
    """What stands behind it in its file is off the chain, which goes on in the segment `following`.

    In a segment that is not before `following` it says nothing: a cold start moved it there.
    """

    kind: ClassVar[int] = SEAL
    name: ClassVar[str] = "SEAL"
    since: ClassVar[int] = 3
    following: int

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.following]))

    def check(self) -> str:
        return fields.whole("a segment", self.following, 2)

    def apply(self, state: State) -> None:
        """Where the chain goes on is no part of what it says."""


@define
class LevelRecord(Chained):
    """What an acknowledgement means from here on. Before anything behind it is told to be durable at level
    power, all payload that was named before it is on the disk."""

    kind: ClassVar[int] = 13
    name: ClassVar[str] = "LEVEL"
    since: ClassVar[int] = 3
    level: str

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.level]))

    def check(self) -> str:
        if self.level in LEVELS:
            return ""
        return f"a durability level is {self.level!r:.40}; there are {' and '.join(LEVELS)}"

    def apply(self, state: State) -> None:
        state.level = Level(self.level, state.lsn + 1)
