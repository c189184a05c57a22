"""What every kind of chained record is: bytes, a rule, a change of the state, and where payload lies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

from msgpack import unpackb

from streamz_core.log.records.index import Index, Payload
from streamz_core.log.records.state import State

Span = tuple[int, int, int, int]
"""(topic id, partition, from, to)"""


class Chained(ABC):
    """One record of the chain. Its body is a msgpack array of its fields, in their order.

    `kind` and `name` are those of its frame; they and the body never change their meaning. `since`: the
    format of the log that knows the kind.
    """

    __slots__ = ()
    kind: ClassVar[int]
    name: ClassVar[str]
    since: ClassVar[int] = 2

    @abstractmethod
    def pack(self) -> bytes:
        """The body of its frame."""

    @classmethod
    def unpack(cls, body: bytes) -> Self:
        """The record a body holds; what msgpack raises, or TypeError, if it holds another."""
        return cls(*unpackb(body))

    @abstractmethod
    def check(self) -> str:
        """Why no reader could take it in, whatever it follows; "" if all can.

        Asked before it is framed, of the record as it is unpacked: types, bounds, lengths.
        """

    def refuse(self, state: State) -> str:  # noqa: ARG002 - most kinds may follow anything
        """Why it may not follow the chain as it is; "" if it may. `check` has nothing against it."""
        return ""

    @abstractmethod
    def apply(self, state: State) -> None:
        """Change the state; `refuse` had nothing against it."""

    def remember(self, state: State) -> None:  # noqa: B027
        """Note its place on the chain, which is the last one of the state, if that is of use to anybody."""

    def locate(self, index: Index, lsn: int, where: tuple[int, int]) -> None:  # noqa: B027
        """Note where its payload lies; `where`: segment of its frame, position of the payload there."""

    def bases(self, state: State) -> Sequence[int]:  # noqa: ARG002 - most kinds add no records
        """The offset that each of its ranges of records begins at if it follows this state."""
        return ()

    def spans(self, state: State) -> Sequence[Span]:  # noqa: ARG002 - most kinds add no records
        """For each of `payloads`, which records it holds if it follows this state."""
        return ()

    def payloads(self) -> Sequence[Payload]:
        """The parts of data files it refers to; what lies in its own frame is not among them."""
        return ()

    def broken(self, state: State, payload: bytes) -> Sequence[Span]:  # noqa: ARG002 - most have none
        """Which records are not those that were committed, if this is the payload of its own frame and it
        follows this state."""
        return ()
