"""What functions of the user get for a declared store: a MutableMapping, or one of these (Kafka's stores).

They are what a function is annotated with; the stores themselves stand with their kinds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, MutableMapping
from typing import Generic, NamedTuple, TypeVar

from streamz_core.record import Windowed

K = TypeVar("K")
V = TypeVar("V")


class Stamped(NamedTuple, Generic[V]):
    """A value with its timestamp, ms UTC (Kafka: ValueAndTimestamp)."""

    value: V
    timestamp: int


TimestampedStore = MutableMapping[K, Stamped[V]]
"""Values with timestamps by key (Kafka: TimestampedKeyValueStore). In a test a dict will do."""


class WindowStore(ABC, Generic[K, V]):
    """Values by key and start of a window, ms UTC (Kafka: WindowStore).

    What began longer ago than the retention, counted from the newest start that was ever put, is gone. Both
    ends of spans are included, and None leaves one open; `backward` turns the order round.
    """

    @abstractmethod
    def put(self, key: K, value: V | None, start: int) -> None:
        """The value of a window; None deletes. What is older than the retention is not kept."""

    @abstractmethod
    def get(self, key: K, start: int) -> V | None:
        """The value of a window, None if there is none; of several the first."""

    @abstractmethod
    def fetch(
        self,
        key: K,
        start: int | None = None,
        end: int | None = None,
        *,
        backward: bool = False,
    ) -> Iterator[tuple[int, V]]:
        """Start and value of the windows of a key that begin in a span, in order of their starts."""

    @abstractmethod
    def fetch_all(
        self,
        start: int | None = None,
        end: int | None = None,
        *,
        low: K | None = None,
        high: K | None = None,
        backward: bool = False,
    ) -> Iterator[tuple[Windowed[K], V]]:
        """Windows of all keys, or of those from `low` to `high`, that begin in a span: those that are far
        apart in order of time, others by key.
        """


class SessionStore(ABC, Generic[K, V]):
    """Values by key, start and end of a session, ms UTC, both included (Kafka: SessionStore).

    What ended longer ago than the retention, counted from the newest end that was ever put, is gone.
    `backward` turns the order round, which is that of the ends.
    """

    @abstractmethod
    def put(self, session: Windowed[K], value: V | None) -> None:
        """The value of a session; None deletes. What is older than the retention is not kept."""

    @abstractmethod
    def remove(self, session: Windowed[K]) -> None:
        """Delete a session; no error if there is none."""

    @abstractmethod
    def get(self, key: K, start: int, end: int) -> V | None:
        """The value of a session, None if there is none."""

    @abstractmethod
    def find(
        self,
        key: K,
        earliest_end: int | None = None,
        latest_start: int | None = None,
        *,
        backward: bool = False,
    ) -> Iterator[tuple[Windowed[K], V]]:
        """The sessions of a key that end at `earliest_end` or later and begin at `latest_start` or before."""

    @abstractmethod
    def find_all(
        self,
        earliest_end: int | None = None,
        latest_start: int | None = None,
        *,
        low: K | None = None,
        high: K | None = None,
        backward: bool = False,
    ) -> Iterator[tuple[Windowed[K], V]]:
        """As `find`, of all keys, or of those from `low` to `high`: those that are far apart in order of time,
        others by key.
        """
