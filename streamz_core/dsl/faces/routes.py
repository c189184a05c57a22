"""Streams brought together, split, and partitioned anew (Kafka: merge, split, repartition)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Draft
from streamz_core.dsl.declared.steps.said import Call, Spread
from streamz_core.dsl.faces.held import Held, draft_of
from streamz_core.errors import TopologyError

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import Filters, Named, Partitioner
    from streamz_core.dsl.faces.stream import Step, Stream

K = TypeVar("K")
V = TypeVar("V")


class Routable(Held[K, V]):
    """Where the records of a stream can go."""

    def merge(
        self, *others: Stream[K, V], name: str | None = None, value: Any = None
    ) -> Stream[K, V]:
        """The records of all these streams, in order of arrival.

        `value`: type or codec of their values, instead of what the streams have. TopologyError if
        one of them is no stream, or of another app; at `build()` if they are written differently.
        """
        where = f"{self._draft.shown}.merge"
        beside = [draft_of(other, where, "stream") for other in others]
        merged: Stream[K, V] = self._bare(ops.MERGE, Call(name, value=value), None, *beside)
        return merged

    def split(self, *, name: str | None = None) -> Split[K, V]:
        """Branches, of which each record takes the first whose function is true. No errors of its own."""
        split: Split[K, V] = self._bare(ops.SPLIT, Call(name))
        return split

    def repartition(
        self,
        *,
        name: str | None = None,
        partitions: int | None = None,
        partitioner: Partitioner[K, V] | None = None,
    ) -> Stream[K, V]:
        """The same records through a topic `<app>-<name>-repartition`, partitioned by key.

        `partitions`: of that topic; by default as many as the topics have that it is joined with, or
        that it comes from. `partitioner`: as of `to`; what is stored behind lies where it says. TopologyError if it has no name, or fewer than one partition.
        """
        spread: Stream[K, V] = self._bare(
            ops.REPARTITION, Call(name), Spread(partitions, partitioner)
        )
        return spread


class Split(Held[K, V]):
    """Each record goes to the first branch whose function is true, else to the default, else away."""

    def __init__(self, draft: Draft[Any]) -> None:
        super().__init__(draft)
        self._default: str | None = None

    @overload
    def branch(self, fn: Callable[[V], bool], /, **o: Unpack[Named]) -> Step[K, V, [V], bool]: ...
    @overload
    def branch(
        self, fn: Callable[[K, V], bool], /, *, with_key: Literal[True], **o: Unpack[Named]
    ) -> Step[K, V, [K, V], bool]: ...
    @overload
    def branch(self, **o: Unpack[Named]) -> Filters[K, V, [V]]: ...
    @overload
    def branch(self, *, with_key: Literal[True], **o: Unpack[Named]) -> Filters[K, V, [K, V]]: ...
    def branch(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
    ) -> Any:
        """The records for which `fn` is true and no earlier branch was.

        TopologyError behind the default, or if `fn` cannot be called with what it is handed.
        """
        if self._default is not None:
            raise TopologyError(
                f"{self._draft.shown}: a branch after the default, {self._default}, would get nothing; "
                "declare the default last"
            )
        return self._step(ops.BRANCH, fn, Call(name, with_key))

    def default(self, *, name: str | None = None) -> Stream[K, V]:
        """The records that no branch took. Comes last; TopologyError if there is one already."""
        if self._default is not None:
            raise TopologyError(f"{self._draft.shown} has a default already: {self._default}")
        rest: Stream[K, V] = self._bare(ops.DEFAULT, Call(name))
        self._default = rest._draft.shown
        return rest
