"""How windows are told apart: all that a reader of their keys must know of them."""

from __future__ import annotations

import re
from struct import Struct, error
from typing import Protocol

from attrs import frozen

from streamz_core.errors import CodecError

TIME_MAX = 2**63 - 1
"""The largest time there is (Kafka: Long.MAX_VALUE): where a window without end ends."""

_START = Struct(">q")
_END_AND_START = Struct(">qq")
_START_AND_NUMBER = Struct(">qI")
_IN_CHANGELOG = " in a changelog"

pack_start = _START.pack
pack_session = _END_AND_START.pack
"""From end and start."""


class Extent(Protocol):
    """How far windows reach, and what says so behind the key: the tail.

    Equal extents write equal keys. `name` stands in the name of the codec. `tail_bytes`: of a tail.
    """

    @property
    def name(self) -> str: ...

    @property
    def tail_bytes(self) -> int: ...

    def __hash__(self) -> int: ...

    def end(self, start: int, told: int | None = None) -> int:
        """The end of the window that begins at `start`, ms; CodecError if it must be `told` and is not."""
        ...

    def end_of(self, start: str) -> str:
        """The same as text for generated lines: an expression, from a variable; "" where `end` must be called."""
        ...

    def pack(self, start: int, end: int) -> bytes:
        """The tail of a window's key; CodecError if there is no such window."""
        ...

    def unpack(self, tail: bytes) -> tuple[int, int]:
        """Start and end."""
        ...


@frozen
class Sized:
    """Windows of one size: only their start is written. The last ones end where time does."""

    size_ms: int
    tail_bytes: int = _START.size

    @property
    def name(self) -> str:
        return f"of {self.size_ms} ms"

    def end(self, start: int, told: int | None = None) -> int:  # noqa: ARG002 - as every extent
        return min(start + self.size_ms, TIME_MAX)

    def end_of(self, start: str) -> str:
        # Where time ends is left to `pack`: no window that a record is in should pay for the last one.
        return f"{start} + {self.size_ms}"

    def pack(self, start: int, end: int) -> bytes:
        return pack_one(self, start, end)

    def unpack(self, tail: bytes) -> tuple[int, int]:
        start = unpack_one(tail)
        return start, self.end(start)


@frozen
class Endless:
    """Windows that never end."""

    name: str = "without end"
    tail_bytes: int = _START.size

    def end(self, start: int, told: int | None = None) -> int:  # noqa: ARG002 - as every extent
        return TIME_MAX

    def end_of(self, start: str) -> str:  # noqa: ARG002
        return str(TIME_MAX)

    def pack(self, start: int, end: int) -> bytes:
        return pack_one(self, start, end)

    def unpack(self, tail: bytes) -> tuple[int, int]:
        return unpack_one(tail), TIME_MAX


@frozen
class Spanning:
    """Sessions, from their first record to their last: end and start are written, in this order."""

    name: str = "of sessions"
    tail_bytes: int = _END_AND_START.size

    def end(self, start: int, told: int | None = None) -> int:
        if told is None:
            raise CodecError(f"of a session that begins at {start} the end must be told too")
        return told

    def end_of(self, start: str) -> str:
        raise AssertionError(f"where a session ends does not follow from {start}")

    def pack(self, start: int, end: int) -> bytes:
        if not 0 <= start <= end:
            raise CodecError(f"no session from {start} to {end}")
        return _packed(_END_AND_START, end, start)

    def unpack(self, tail: bytes) -> tuple[int, int]:
        end, start = _END_AND_START.unpack(tail)
        if not 0 <= start <= end:
            raise CodecError(f"no session from {start} to {end}")
        return start, end


@frozen
class Logged:
    """Windows of a store as its changelog tells them: behind the start a number tells rows of one key and start
    apart. It is read over, and written as 0.
    """

    inner: Extent
    tail_bytes: int = _START_AND_NUMBER.size

    @property
    def name(self) -> str:
        return f"{self.inner.name}{_IN_CHANGELOG}"

    def end(self, start: int, told: int | None = None) -> int:
        return self.inner.end(start, told)

    def end_of(self, start: str) -> str:
        return self.inner.end_of(start)

    def pack(self, start: int, end: int) -> bytes:
        return self.inner.pack(start, end) + bytes(_START_AND_NUMBER.size - _START.size)

    def unpack(self, tail: bytes) -> tuple[int, int]:
        return self.inner.unpack(tail[: _START.size])


def logged(extent: Extent) -> Extent:
    """The same windows in the changelog of their store. Kafka: TimeWindowedSerde.forChangelog."""
    # Sessions are written there as everywhere.
    return Logged(extent) if extent.tail_bytes == _START.size else extent


def extent_of(name: str) -> Extent | None:
    """The extent that calls itself so; None if this version knows none."""
    if name.endswith(_IN_CHANGELOG):
        inner = extent_of(name.removesuffix(_IN_CHANGELOG))
        return None if inner is None or inner.tail_bytes != _START.size else Logged(inner)
    known: dict[str, Extent] = {one.name: one for one in (Endless(), Spanning())}
    size = _SIZED.fullmatch(name)
    if size is not None:
        return Sized(int(size[1]))
    if name in known:
        return known[name]
    from streamz_core.codecs.windows.calendars import calendar_named  # loaded by what needs it

    return calendar_named(name)


_SIZED = re.compile(r"of (\d{1,19}) ms", re.ASCII)


def pack_one(extent: Extent, start: int, end: int) -> bytes:
    """The tail that tells only when a window begins; CodecError if there is no such window."""
    if not 0 <= start < TIME_MAX or min(end, TIME_MAX) != extent.end(start):
        raise CodecError(f"{start}-{end} is no window {extent.name}")
    return _packed(_START, start)


def unpack_one(tail: bytes) -> int:
    """When it begins; CodecError if no window begins there."""
    start: int = _START.unpack(tail)[0]
    if not 0 <= start < TIME_MAX:
        raise CodecError(f"no window begins at {start} ms")
    return start


def _packed(form: Struct, *times: int) -> bytes:
    try:
        return form.pack(*times)
    except error as wrong:
        raise CodecError(f"a time of a window lies outside of 8 bytes, signed: {times}") from wrong
