"""The shapes of calls, for type checkers: options by family, and what an operator gives when it is
called without its function: the decorator. Nothing here is loaded when a program runs.

`P` is how the decorated function is called: by key if asked for, accumulator or left, value or
right, stores. A decorated function is called by position.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, Protocol, TypedDict, TypeVar

from streamz_core.dsl.declared.topics import Materialized
from streamz_core.record import Record
from streamz_core.topology.spans import Duration, Moment

if TYPE_CHECKING:
    from streamz_core.dsl.faces.cogroups import CogroupedStep
    from streamz_core.dsl.faces.exits import SinkStep
    from streamz_core.dsl.faces.grouped import GroupedStep
    from streamz_core.dsl.faces.processors import TimerStep
    from streamz_core.dsl.faces.stream import EveryStep, Step
    from streamz_core.dsl.faces.table import TableStep
    from streamz_core.dsl.faces.tables.groups import GroupedTableStep

P = ParamSpec("P")
K = TypeVar("K")
V = TypeVar("V")
A = TypeVar("A")
R = TypeVar("R")
J = TypeVar("J")
Keep = TypeVar("Keep")
V_contra = TypeVar("V_contra", contravariant=True)
A_co = TypeVar("A_co", covariant=True)


class Adds(Protocol[V_contra, A_co]):
    """A class with the algebra inside: `add(value)` gives the next accumulator."""

    def add(self, value: V_contra, /) -> A_co: ...


class AddsAndRemoves(Adds[V_contra, A_co], Protocol[V_contra, A_co]):
    """One that also takes a value out again: `remove(value)` gives the accumulator without it."""

    def remove(self, value: V_contra, /) -> A_co: ...


class Named(TypedDict, total=False):
    """`name`: what the step is called, instead of as its function."""

    name: str | None


class Valued(Named, total=False):
    """`value`: type or codec of what the function gives, instead of its annotation."""

    value: Any


class LookingUp(Valued, total=False):
    """`grace`: how long a record waits, in stream time, before it looks into the table, which must be versioned."""

    grace: Duration | None


class Meeting(Valued, total=False):
    """`within`, `before`, `after`: how far apart in time records of two streams may be. `grace`: how long
    one that met none waits besides. `headers`: whether it comes out with those of the record that moved time, or its own.
    """

    within: Duration | None
    before: Duration | None
    after: Duration | None
    grace: Duration | None
    headers: Literal["kept"] | None


class Awaited(Valued, total=False):
    """`concurrency`: how many calls a task makes at once. `timeout`: how long each may take. `order`: in whose order
    results go on.
    """

    concurrency: int
    timeout: Duration | None
    order: Literal["all", "key"]


class Batched(Valued, total=False):
    """`size`: with how many records the function is called at most."""

    size: int


class Keyed(Named, total=False):
    """`key`: type or codec of what the function gives, instead of its annotation."""

    key: Any


class Paired(Keyed, total=False):
    """`key` and `value`: types or codecs of what the function gives, instead of its annotation."""

    value: Any


Partitioner = Callable[[str, K, V, int], int | Iterable[int] | None]
"""fn(topic, key, value, partitions): one partition, several, or none; None: the key decides."""


class Sent(Paired, Generic[K, V], total=False):
    """As Paired. `partitioner`: chooses the partitions of each record."""

    partitioner: Partitioner[K, V] | None


class Timing(Named, total=False):
    """`clock`: which one it goes by. `start`: the first time it is due. `running`: False: only once a step
    schedules it.
    """

    clock: Literal["stream", "wall"]
    start: Moment | None
    running: bool


class Kept(Named, total=False):
    """`materialized`: True, memory(), versioned(history) or expiring(ttl): keep the rows in a store of the step's name. `emit`:
    "commit" passes on, at each commit, the last change of each row; "changes" only what changes it.
    """

    materialized: Materialized
    emit: Literal["updates", "commit", "changes"]


class KeptValued(Valued, total=False):
    """As Kept and Valued."""

    materialized: Materialized
    emit: Literal["updates", "commit", "changes"]


class Aggregated(Valued, Generic[Keep], total=False):
    """`materialized`: memory() to keep the rows in memory, versioned(history) to keep what they were as well, expiring(ttl)
    to let go what nobody writes; they are stored in any case.

    `retention`: how long windows are kept; its type is Never where there are none. `emit`: "commit" passes
    on, at each commit, the last change of each row; "changes" only what changes it; "final" gives the result of each
    window when it closes, with `headers="kept"` with those of the record that changed it last.
    """

    materialized: Materialized
    retention: Keep | None
    emit: Literal["updates", "commit", "changes", "final"]
    headers: Literal["kept"] | None


class Filters(Protocol[K, V, P]):
    def __call__(self, fn: Callable[P, bool], /) -> Step[K, V, P, bool]: ...


class Watches(Protocol[K, V, P]):
    def __call__(self, fn: Callable[P, R], /) -> Step[K, V, P, R]: ...


class MapsValues(Protocol[K, P]):
    def __call__(self, fn: Callable[P, R], /) -> Step[K, R, P, R]: ...


class FlatMapsValues(Protocol[K, P]):
    def __call__(self, fn: Callable[P, Iterable[R]], /) -> Step[K, R, P, Iterable[R]]: ...


class MapsAsync(Protocol[K, P]):
    def __call__(
        self, fn: Callable[P, Coroutine[Any, Any, R]], /
    ) -> Step[K, R, P, Coroutine[Any, Any, R]]: ...


class Maps(Protocol[P]):
    def __call__(self, fn: Callable[P, tuple[J, R]], /) -> Step[J, R, P, tuple[J, R]]: ...


class FlatMaps(Protocol[P]):
    def __call__(
        self, fn: Callable[P, Iterable[tuple[J, R]]], /
    ) -> Step[J, R, P, Iterable[tuple[J, R]]]: ...


class SelectsKey(Protocol[V, P]):
    def __call__(self, fn: Callable[P, J], /) -> Step[J, V, P, J]: ...


class Groups(Protocol[V, P]):
    def __call__(self, fn: Callable[P, J], /) -> GroupedStep[J, V, P, J]: ...


class GroupsRows(Protocol[V, P]):
    def __call__(self, fn: Callable[P, J], /) -> GroupedTableStep[J, V, P, J]: ...


class GroupsPairs(Protocol[P]):
    def __call__(
        self, fn: Callable[P, tuple[J, R]], /
    ) -> GroupedTableStep[J, R, P, tuple[J, R]]: ...


class Processes(Protocol[P]):
    def __call__(
        self, fn: Callable[P, Iterable[Record[J, R]]], /
    ) -> Step[J, R, P, Iterable[Record[J, R]]]: ...


class ProcessesValues(Protocol[K, P]):
    def __call__(
        self, fn: Callable[P, Iterable[Record[K, R]]], /
    ) -> Step[K, R, P, Iterable[Record[K, R]]]: ...


class Punctuates(Protocol[K, V, P]):
    def __call__(
        self, fn: Callable[P, Iterable[Record[K, V]] | None], /
    ) -> TimerStep[P, Iterable[Record[K, V]] | None]: ...


class Begins(Protocol):
    def __call__(
        self, fn: Callable[P, Iterable[Record[J, R]]], /
    ) -> EveryStep[J, R, P, Iterable[Record[J, R]]]: ...


class Chooses(Protocol[P]):
    def __call__(self, fn: Callable[P, str], /) -> SinkStep[P, str]: ...


class Ends(Protocol[P]):
    def __call__(self, fn: Callable[P, R], /) -> SinkStep[P, R]: ...


class Folds(Protocol[K, A, P]):
    def __call__(self, fn: Callable[P, A], /) -> TableStep[K, A, P, A]: ...


class CogroupsFirst(Protocol[K, V]):
    def __call__(self, fn: Callable[[K, A, V], A], /) -> CogroupedStep[K, A, [K, A, V], A]: ...


class Cogroups(Protocol[K, A, P]):
    def __call__(self, fn: Callable[P, A], /) -> CogroupedStep[K, A, P, A]: ...


class TableFilters(Protocol[K, V, P]):
    def __call__(self, fn: Callable[P, bool], /) -> TableStep[K, V, P, bool]: ...


class TableMaps(Protocol[K, P]):
    def __call__(self, fn: Callable[P, R], /) -> TableStep[K, R, P, R]: ...
