"""How far windows reach from their starts: what stands in no key and every reader must know."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

TIME_MAX = 2**63 - 1
"""The largest time there is (Kafka: Long.MAX_VALUE): where a window without end ends."""


class Extent(Protocol):
    """How far windows reach: all that a reader of their keys must know, since only starts are written.

    Equal extents write equal keys. `name` stands in the name of the codec.
    """

    @property
    def name(self) -> str: ...

    def __hash__(self) -> int: ...

    def end(self, start: int) -> int:
        """The end of the window that begins at `start`, ms; it belongs to the window no more."""
        ...

    def end_of(self, start: str) -> str:
        """The same as text for generated lines: an expression, from a variable."""
        ...


@frozen
class Sized:
    """Windows of one size."""

    size_ms: int

    @property
    def name(self) -> str:
        return f"of {self.size_ms} ms"

    def end(self, start: int) -> int:
        return start + self.size_ms

    def end_of(self, start: str) -> str:
        return f"{start} + {self.size_ms}"


@frozen
class Endless:
    """Windows that never end."""

    name: str = "without end"

    def end(self, start: int) -> int:  # noqa: ARG002 - as every extent
        return TIME_MAX

    def end_of(self, start: str) -> str:  # noqa: ARG002
        return str(TIME_MAX)
