"""Handles of what an app declares beside its steps: topics, and stores for functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

from attrs import field, frozen

from streamz_core.codecs.codec import Codec
from streamz_core.errors import Misuse, TopologyError
from streamz_core.record import Record
from streamz_core.topology.windows import Window

TOPIC_CHARS_MAX = 249
MOST = 10_000
"""So many partitions a topic has at most."""
NAME_CHARS_MAX = 100
"""So that `<app>-<name>-right-repartition` is still the name of a topic."""

_LEGAL = re.compile(r"[A-Za-z0-9._-]+")

K = TypeVar("K")
V = TypeVar("V")
M = TypeVar("M")

Kind = type[K] | Codec[K]
"""What `key=` and `value=` take: a type, or a codec."""

Extractor = Callable[[Record[K, V], int], int]
"""fn(record, partition time) -> timestamp in ms; negative drops the record (TimestampExtractor)."""


@frozen(eq=False)
class Topic(Generic[K, V]):
    """A topic as `app.topic` described it. Codecs that are None are left to the steps using it."""

    name: str
    key: Any = None
    value: Any = None
    partitions: int | None = None
    config: Mapping[str, Any] = field(factory=dict)


@frozen(eq=False)
class Store(Generic[M]):
    """A store that was declared; `M` is what a function gets for it. `view`: of a step that keeps it, for others
    to read. The rest is as of StoreSpec.
    """

    name: str
    key: Any
    value: Any
    in_memory: bool
    owner: object
    kind: str = "plain"
    window: Window | None = None
    retention_ms: int = 0
    logged: bool = True
    changelog: dict[str, Any] = field(factory=dict)
    history_ms: int | None = None
    view: bool = False
    ttl_ms: int | None = None


Stores = Sequence[Store[Any]]


def checked_settings(said: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Settings of a topic by their names; TopologyError for what is none."""
    from streamz_core.topic_config import topic_config  # loaded by the few who say any

    try:
        return topic_config(said, what) if said else {}
    except Misuse as error:
        raise TopologyError(str(error)) from None


class Memory:
    """A store without a database: rows live in the process, and come back from the changelog."""

    def __repr__(self) -> str:
        return "memory()"


_MEMORY = Memory()


class Versioned:
    """A store that also keeps what its rows were, for `history_ms`."""

    def __init__(self, history_ms: int, *, in_memory: bool = False) -> None:
        self.history_ms = history_ms
        self.in_memory = in_memory

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Versioned) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.history_ms)

    def __repr__(self) -> str:
        return f'versioned("{self.history_ms}ms"{", memory=True" if self.in_memory else ""})'


class Expiring:
    """A store whose rows are gone when nobody wrote them for `ttl_ms`."""

    def __init__(self, ttl_ms: int, *, in_memory: bool = False) -> None:
        self.ttl_ms = ttl_ms
        self.in_memory = in_memory

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expiring) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.ttl_ms)

    def __repr__(self) -> str:
        return f'expiring("{self.ttl_ms}ms"{", memory=True" if self.in_memory else ""})'


Materialized = bool | Memory | Versioned | Expiring | None

EmitRows = Literal["updates", "commit", "changes"]
"""Which changes of a table go on: every one, at each commit the last one of each row, or those that change it."""


def memory() -> Memory:
    """For `materialized=`: keep the rows in memory instead of in RocksDB; they come back from the
    changelog. It raises no errors of its own.
    """
    return _MEMORY


def checked_pattern(what: str, pattern: re.Pattern[Any]) -> re.Pattern[str]:
    """The pattern of names of topics; TopologyError for one of bytes."""
    if not isinstance(pattern.pattern, str):
        raise TopologyError(
            f"{what}: {pattern.pattern!r} is a pattern of bytes; names of topics are text"
        )
    return pattern


def check_partitions(what: str, partitions: object) -> None:
    """TopologyError unless a topic can have so many; None: nothing is said of them."""
    if partitions is not None and (type(partitions) is not int or not 0 < partitions <= MOST):
        raise TopologyError(
            f"{what}: partitions={partitions!r:.40}; it is a whole number from 1 to {MOST}"
        )


def check_legal(what: str, name: object, chars_max: int = NAME_CHARS_MAX) -> None:
    """TopologyError unless `name` can be (part of) the name of a topic, on Kafka as well."""
    if (
        not isinstance(name, str)
        or not _LEGAL.fullmatch(name)
        or name in {".", ".."}
        or len(name) > chars_max
    ):
        raise TopologyError(
            f"{what} is named {name!r}; names consist of letters a-z, digits, '.', '_' and '-', "
            f"1 to {chars_max} of them"
        )
