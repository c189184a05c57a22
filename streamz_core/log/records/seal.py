"""The record that ends a file of the commit log."""

from __future__ import annotations

from typing import ClassVar

import msgpack
from attrs import define

from streamz_core.log.chain.layout import SEAL
from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.state import State


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
