"""The verbs: what can be asked of a store. Each is a class, and a row of VERBS.

A class says what a request may name (its fields), which rows of a part of the store answer it, and
whether they come as one row or page by page. Whoever adds one writes the class and its row here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from attrs import field, frozen

from streamz_core.query.parameters import CURSOR, KEY, NUMBER, limit, said_as
from streamz_core.stores.kind import CommittedRows, Kind

Found = tuple[Any, ...]
ROWS_DEFAULT = 1000
ROWS_MAX = 10_000


@frozen(kw_only=True)
class Question(ABC):
    """One request for rows of a store. Bounds are inclusive, None leaves a side open.

    `key`: of verbs that ask for one. `min_commit`: only rows that are at least the result of that
    commit. `after`: the key of the last row that was had already; it and `limit` count where rows
    come page by page.
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

    @classmethod
    def fits(cls, kind: Kind) -> bool:
        """Whether stores of this kind can be asked so."""
        return not cls.keyed or kind.verb == cls.verb

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


@frozen(kw_only=True)
class Keys(Question):
    """The row of a key."""

    verb: ClassVar[str] = "keys"
    keyed: ClassVar[bool] = True

    def rows(self, part: CommittedRows) -> Iterator[Found]:
        return part.of_key(self.key)


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
        return part.of_key(self.key, self.time_from, self.time_to, self.after)


@frozen(kw_only=True)
class Range(Paged):
    """Rows with low <= key <= high; of windows those that start in [time_from, time_to], in ms, of sessions
    those that touch it.
    """

    verb: ClassVar[str] = "range"
    keyed: ClassVar[bool] = False

    low: Any = field(default=None, metadata=said_as("from", KEY))
    high: Any = field(default=None, metadata=said_as("to", KEY))
    time_from: int = field(default=0, metadata=said_as("time_from", NUMBER))
    time_to: int | None = field(default=None, metadata=said_as("time_to", NUMBER))

    def rows(self, part: CommittedRows) -> Iterator[Found]:
        return part.scan(self.low, self.high, self.time_from, self.time_to, self.after)


VERBS: Mapping[str, type[Question]] = {one.verb: one for one in (Keys, Windows, Range)}
