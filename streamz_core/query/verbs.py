"""The verbs: what can be asked of a store. Each is a class, and a row of VERBS.

A class says what a request may name (its fields), which rows of a part of the store answer it, and
whether they come as one row or page by page. Whoever adds one writes the class and its row here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, cast

from attrs import field, frozen

from streamz_core.query.parameters import CURSOR, FLAG, KEY, NUMBER, PREFIX, limit, said_as
from streamz_core.record import TIMESTAMP_MAX
from streamz_core.stores.kind import CommittedRows, CommittedVersions, Kind

Found = tuple[Any, ...]
ROWS_DEFAULT = 1000
ROWS_MAX = 10_000


@frozen(kw_only=True)
class Question(ABC):
    """One request for rows of a store. Bounds are inclusive, None leaves a side open.

    `key`: of verbs that ask for one. `min_commit`: only rows that are at least the result of that
    commit. `after`: the key of the last row that was had already; it and `limit` count where rows
    come page by page. `reverse`: the last row comes first.
    """

    verb: ClassVar[str]
    keyed: ClassVar[bool]  # a key stands in the path
    paged: ClassVar[bool] = False

    store: str
    key: Any = None
    partition: int | None = field(default=None, metadata=said_as("partition", NUMBER))
    min_commit: int = field(default=0, metadata=said_as("min_commit", NUMBER))
    limit: int = ROWS_DEFAULT
    after: Any = None
    reverse: bool = False

    @classmethod
    def fits(cls, kind: Kind) -> bool:
        """Whether stores of this kind can be asked so."""
        return not cls.keyed or kind.verb == cls.verb

    def lacks(self, kind: Kind) -> str:
        """What else has to be said to stores of this kind; "" if nothing."""
        del kind
        return ""

    @classmethod
    def place(cls, row: Found) -> Any:
        """Behind what the next page begins, if this row was the last one."""
        return row[0]

    @abstractmethod
    def rows(self, part: CommittedRows) -> Iterator[Found]:
        """The rows of a part of the store that answer it, behind `after`, in the store's order."""


@frozen(kw_only=True)
class Paged(Question):
    """A question that many rows may answer."""

    paged: ClassVar[bool] = True

    limit: int = field(
        default=ROWS_DEFAULT, metadata=said_as("limit", limit(ROWS_DEFAULT, ROWS_MAX))
    )
    after: Any = field(default=None, metadata=said_as("cursor", CURSOR))
    reverse: bool = field(default=False, metadata=said_as("reverse", FLAG))


@frozen(kw_only=True)
class Keys(Question):
    """The row of a key."""

    verb: ClassVar[str] = "keys"
    keyed: ClassVar[bool] = True

    def rows(self, part: CommittedRows) -> Iterator[Found]:
        return part.of_key(self.key)


@frozen(kw_only=True)
class AsOf(Question):
    """The row of a key as it was at `time`, in ms; as it is if no time is said. Of stores that keep versions."""

    verb: ClassVar[str] = "as_of"
    keyed: ClassVar[bool] = True

    time: int = field(default=TIMESTAMP_MAX, metadata=said_as("time", NUMBER))

    @classmethod
    def fits(cls, kind: Kind) -> bool:
        return kind.versions is not None

    def rows(self, part: CommittedRows) -> Iterator[Found]:
        return cast(CommittedVersions, part).as_of(self.key, self.time)


@frozen(kw_only=True)
class Versions(Paged):
    """What the row of a key was at any time in [time_from, time_to], in ms, the earliest first (or last); deletes are no
    rows. Of stores that keep versions.
    """

    verb: ClassVar[str] = "versions"
    keyed: ClassVar[bool] = True

    time_from: int = field(default=0, metadata=said_as("from", NUMBER))
    time_to: int | None = field(default=None, metadata=said_as("to", NUMBER))
    after: int | None = field(default=None, metadata=said_as("cursor", NUMBER))

    @classmethod
    def fits(cls, kind: Kind) -> bool:
        return kind.versions is not None

    @classmethod
    def place(cls, row: Found) -> Any:
        """Its timestamp: all rows have one key."""
        return row[2]

    def rows(self, part: CommittedRows) -> Iterator[Found]:
        found = cast(CommittedVersions, part).versions(self.key, self.time_from, self.time_to)
        if self.reverse:
            found = reversed(list(found))
        return (row for row in found if self.after is None or self._behind(row[2]))

    def _behind(self, timestamp: int) -> bool:
        assert self.after is not None, "there was a row before"
        return timestamp < self.after if self.reverse else timestamp > self.after


@frozen(kw_only=True)
class Windows(Paged):
    """The windows of a key that start in [time_from, time_to], in ms, the earliest first; of sessions those
    that touch it.
    """

    verb: ClassVar[str] = "windows"
    keyed: ClassVar[bool] = True

    time_from: int = field(default=0, metadata=said_as("from", NUMBER))
    time_to: int | None = field(default=None, metadata=said_as("to", NUMBER))

    def rows(self, part: CommittedRows) -> Iterator[Found]:
        span = (self.time_from, self.time_to)
        return part.of_key(self.key, *span, self.after, reverse=self.reverse)


@frozen(kw_only=True)
class OneWindow(Question):
    """The window of a key that starts at `start`, in ms; of sessions the one that also ends at `end`."""

    verb: ClassVar[str] = "window"
    keyed: ClassVar[bool] = True

    start: int | None = field(default=None, metadata=said_as("start", NUMBER))
    end: int | None = field(default=None, metadata=said_as("end", NUMBER))

    @classmethod
    def fits(cls, kind: Kind) -> bool:
        return kind.verb == Windows.verb

    def lacks(self, kind: Kind) -> str:
        if self.start is None:
            return "start"
        return "end" if kind.spans and self.end is None else ""

    def rows(self, part: CommittedRows) -> Iterator[Found]:
        assert self.start is not None, "a window begins at some time"
        for row in part.of_key(self.key, self.start, self.start):
            window = row[0]
            if window.start == self.start and self.end in {None, window.end}:
                yield row
                return


@frozen(kw_only=True)
class Range(Paged):
    """Rows with low <= key <= high, and of those the ones whose key begins with `prefix`; of windows those
    that start in [time_from, time_to], in ms, of sessions those that touch it.
    """

    verb: ClassVar[str] = "range"
    keyed: ClassVar[bool] = False

    low: Any = field(default=None, metadata=said_as("from", KEY))
    high: Any = field(default=None, metadata=said_as("to", KEY))
    prefix: Any = field(default=None, metadata=said_as("prefix", PREFIX))
    time_from: int = field(default=0, metadata=said_as("time_from", NUMBER))
    time_to: int | None = field(default=None, metadata=said_as("time_to", NUMBER))

    def rows(self, part: CommittedRows) -> Iterator[Found]:
        span = (self.time_from, self.time_to)
        also = {"prefix": self.prefix, "reverse": self.reverse}
        return part.scan(self.low, self.high, *span, self.after, **also)


VERBS: Mapping[str, type[Question]] = {
    one.verb: one for one in (Keys, AsOf, Versions, Windows, OneWindow, Range)
}
