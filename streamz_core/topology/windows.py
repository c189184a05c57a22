"""Kinds of windows: how time is cut, and what store, codec and reader must know of it.

One class a kind. A kind that is new here gets an emitter in operators/aggregates and a function that
makes it in dsl/declared/windows.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from streamz_core.codecs.codec import Codec

if TYPE_CHECKING:
    from streamz_core.codecs.extent import Extent
    from streamz_core.codecs.windowed import WindowedCodec
    from streamz_core.codecs.windows.calendars import Calendar

FOREVER_MS = 2**62
"""A retention that never ends; what is added to it still fits 8 bytes, signed."""


class Window(ABC):
    """Windows of one kind."""

    store_kind: ClassVar[str]
    """The kind of the store that keeps their rows."""
    merges: ClassVar[bool] = False
    """Whether two may become one, so that what was made of them must be brought together."""
    closes: ClassVar[bool] = True
    """Whether there comes a time at which one cannot change any more."""
    updates_many: ClassVar[bool] = False
    """Whether one record changes windows at more than one place of the lines."""

    @property
    @abstractmethod
    def extent(self) -> Extent:
        """How a window is told by its key: how far it reaches."""

    @property
    @abstractmethod
    def least_retention_ms(self) -> int:
        """How long a store must keep a window, in stream time from its start: until it cannot change."""

    @property
    @abstractmethod
    def open_ms(self) -> int:
        """A window is closed when its end lies more than so long before the stream time (it may be -1)."""

    @property
    @abstractmethod
    def identity(self) -> Any:
        """What rows written with these windows depend on, as a value that msgpack takes: a store
        of another identity cannot be read as one of these."""

    @abstractmethod
    def codec(self, key: Codec[Any]) -> WindowedCodec:
        """The codec of `key` in these windows."""


@frozen
class TimeWindows(Window):
    """Windows [start, start + size_ms), one every advance_ms; tumbling if both are equal.

    They take records until `grace_ms` after their end, in stream time (Kafka: TimeWindows).
    """

    store_kind: ClassVar[str] = "window"

    size_ms: int
    advance_ms: int
    grace_ms: int = 0

    @property
    def extent(self) -> Extent:
        from streamz_core.codecs.extent import Sized  # loaded by what needs it

        return Sized(self.size_ms)

    @property
    def least_retention_ms(self) -> int:
        return self.size_ms + self.grace_ms

    @property
    def open_ms(self) -> int:
        return self.grace_ms - 1  # the end is not in it

    @property
    def identity(self) -> int | list[int]:
        # Of another advance there are rows of windows that these have not, or the beginning of some is missing.
        return self.size_ms if self.advance_ms == self.size_ms else [self.size_ms, self.advance_ms]

    def codec(self, key: Codec[Any]) -> WindowedCodec:
        return _codec(key, self.extent)


@frozen
class CalendarWindows(Window):
    """Windows side by side, of `count` hours, days, weeks or months as the clocks of a time zone show them
    (codecs/windows/calendars.py): they differ in length.

    They take records until `grace_ms` after their end, in stream time.
    """

    store_kind: ClassVar[str] = "window"

    tz: str
    unit: str
    count: int
    grace_ms: int = 0

    @property
    def extent(self) -> Calendar:
        from streamz_core.codecs.windows.calendars import Calendar  # loaded by what needs it

        return Calendar(self.tz, self.unit, self.count)

    @property
    def least_retention_ms(self) -> int:
        return self.extent.longest_ms + self.grace_ms

    @property
    def open_ms(self) -> int:
        return self.grace_ms - 1  # the end is not in it

    @property
    def identity(self) -> list[Any]:
        return ["calendar", self.tz, self.unit, self.count]

    def codec(self, key: Codec[Any]) -> WindowedCodec:
        return _codec(key, self.extent)


@frozen
class UnlimitedWindows(Window):
    """One window, from `start_ms` on for ever (Kafka: UnlimitedWindows).

    Records before it are in no window, which is not being late: nothing counts them. No record is
    ever too late for it, so there is no grace.
    """

    store_kind: ClassVar[str] = "window"
    closes: ClassVar[bool] = False

    start_ms: int = 0

    @property
    def extent(self) -> Extent:
        from streamz_core.codecs.extent import Endless  # loaded by what needs it

        return Endless()

    @property
    def least_retention_ms(self) -> int:
        return FOREVER_MS

    @property
    def open_ms(self) -> int:
        return FOREVER_MS

    @property
    def identity(self) -> list[Any]:
        return ["unlimited", self.start_ms]

    def codec(self, key: Codec[Any]) -> WindowedCodec:
        return _codec(key, self.extent)


@frozen
class SlidingWindows(Window):
    """Windows [start, start + difference_ms], both ends included, that begin or end with a record; of
    those that hold the same records one (Kafka: SlidingWindows).

    They take records until `grace_ms` after their end, in stream time.
    """

    store_kind: ClassVar[str] = "ordered"

    difference_ms: int
    grace_ms: int = 0

    @property
    def extent(self) -> Extent:
        from streamz_core.codecs.extent import Sized  # loaded by what needs it

        return Sized(self.difference_ms)

    @property
    def least_retention_ms(self) -> int:
        """A record looks at windows that begin two differences before it."""
        return 2 * self.difference_ms + self.grace_ms

    @property
    def open_ms(self) -> int:
        return self.grace_ms

    @property
    def identity(self) -> list[Any]:
        return ["sliding", self.difference_ms]

    def codec(self, key: Codec[Any]) -> WindowedCodec:
        return _codec(key, self.extent)


@frozen
class SessionWindows(Window):
    """Windows from a record to the last one that follows, each not later than `gap_ms` after the one
    before, both ends included (Kafka: SessionWindows).

    They take records until `grace_ms` after the gap behind their end, in stream time.
    """

    store_kind: ClassVar[str] = "session"
    merges: ClassVar[bool] = True
    updates_many: ClassVar[bool] = True

    gap_ms: int
    grace_ms: int = 0

    @property
    def extent(self) -> Extent:
        from streamz_core.codecs.extent import Spanning  # loaded by what needs it

        return Spanning()

    @property
    def least_retention_ms(self) -> int:
        """From its end."""
        return self.gap_ms + self.grace_ms

    @property
    def open_ms(self) -> int:
        return self.gap_ms + self.grace_ms

    @property
    def identity(self) -> list[Any]:
        return ["session", self.gap_ms]

    def codec(self, key: Codec[Any]) -> WindowedCodec:
        return _codec(key, self.extent)


@frozen
class JoinWindows(Window):
    """Which records of two streams meet: those of the right from `before_ms` before to `after_ms`
    after one of the left, both ends included (Kafka: JoinWindows). Either may be negative.

    That a record meets no other is known `grace_ms` later than that, in stream time. Each record is kept
    as a window that begins with it.
    """

    store_kind: ClassVar[str] = "joined"

    before_ms: int
    after_ms: int
    grace_ms: int = 0

    @property
    def extent(self) -> Extent:
        from streamz_core.codecs.extent import Sized  # loaded by what needs it

        return Sized(self.before_ms + self.after_ms)

    @property
    def least_retention_ms(self) -> int:
        return self.before_ms + self.after_ms + self.grace_ms

    @property
    def open_ms(self) -> int:
        return self.grace_ms

    @property
    def identity(self) -> int:
        return self.before_ms + self.after_ms

    def codec(self, key: Codec[Any]) -> WindowedCodec:
        return _codec(key, self.extent)


def identity_text(identity: Any) -> str:
    """What an identity of windows says, in words with units; it stands behind "windows "."""
    if isinstance(identity, int):
        return f"of {identity} ms"
    if isinstance(identity[0], int):
        return f"of {identity[0]} ms, one every {identity[1]} ms"
    return _TOLD[identity[0]].format(*identity)


_TOLD = {
    "calendar": "of {3} {2} in {1}",
    "unlimited": "without end, from {1} ms on",
    "sliding": "that slide over {1} ms",
    "session": "of sessions with gaps of {1} ms",
}


def _codec(key: Codec[Any], extent: Extent) -> WindowedCodec:
    from streamz_core.codecs.windowed import windowed_codec  # loaded by what needs it

    return windowed_codec(key, extent)
