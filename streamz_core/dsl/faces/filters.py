"""Operators that let records through (Kafka: filter, filterNot, peek), and only the first of the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.steps.said import Call
from streamz_core.dsl.declared.steps.timed import Deduplicated
from streamz_core.dsl.declared.topics import Store, Stores
from streamz_core.dsl.faces.held import Held
from streamz_core.topology.spans import Duration

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import Filters, Named, Watches
    from streamz_core.dsl.faces.stream import Step, Stream

K = TypeVar("K")
R = TypeVar("R")
S = TypeVar("S")
V = TypeVar("V")

Yes = Literal[True]


class Filterable(Held[K, V]):
    """What a stream can do to let records through, or not."""

    @overload
    def filter(self, fn: Callable[[V], bool], /, **o: Unpack[Named]) -> Step[K, V, [V], bool]: ...
    @overload
    def filter(
        self, fn: Callable[[K, V], bool], /, *, with_key: Yes, **o: Unpack[Named]
    ) -> Step[K, V, [K, V], bool]: ...
    @overload
    def filter(self, **o: Unpack[Named]) -> Filters[K, V, [V]]: ...
    @overload
    def filter(self, *, with_key: Yes, **o: Unpack[Named]) -> Filters[K, V, [K, V]]: ...
    @overload
    def filter(self, *, store: Store[S], **o: Unpack[Named]) -> Filters[K, V, [V, S]]: ...
    @overload
    def filter(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Named]
    ) -> Filters[K, V, [K, V, S]]: ...
    @overload
    def filter(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Named]
    ) -> Filters[K, V, ...]: ...
    def filter(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """The records for which `fn` is true, as they came.

        TopologyError if `fn` cannot be called with what it is handed, or has no name it may bear."""
        call = Call(name, with_key, store=store, several=stores)
        return self._step(ops.FILTER, fn, call)

    @overload
    def filter_not(
        self, fn: Callable[[V], bool], /, **o: Unpack[Named]
    ) -> Step[K, V, [V], bool]: ...
    @overload
    def filter_not(
        self, fn: Callable[[K, V], bool], /, *, with_key: Yes, **o: Unpack[Named]
    ) -> Step[K, V, [K, V], bool]: ...
    @overload
    def filter_not(self, **o: Unpack[Named]) -> Filters[K, V, [V]]: ...
    @overload
    def filter_not(self, *, with_key: Yes, **o: Unpack[Named]) -> Filters[K, V, [K, V]]: ...
    @overload
    def filter_not(self, *, store: Store[S], **o: Unpack[Named]) -> Filters[K, V, [V, S]]: ...
    @overload
    def filter_not(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Named]
    ) -> Filters[K, V, [K, V, S]]: ...
    @overload
    def filter_not(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Named]
    ) -> Filters[K, V, ...]: ...
    def filter_not(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """The records for which `fn` is not true, as they came.

        TopologyError if `fn` cannot be called with what it is handed."""
        call = Call(name, with_key, store=store, several=stores)
        return self._step(ops.FILTER_NOT, fn, call)

    @overload
    def peek(self, fn: Callable[[V], R], /, **o: Unpack[Named]) -> Step[K, V, [V], R]: ...
    @overload
    def peek(
        self, fn: Callable[[K, V], R], /, *, with_key: Yes, **o: Unpack[Named]
    ) -> Step[K, V, [K, V], R]: ...
    @overload
    def peek(self, **o: Unpack[Named]) -> Watches[K, V, [V]]: ...
    @overload
    def peek(self, *, with_key: Yes, **o: Unpack[Named]) -> Watches[K, V, [K, V]]: ...
    @overload
    def peek(self, *, store: Store[S], **o: Unpack[Named]) -> Watches[K, V, [V, S]]: ...
    @overload
    def peek(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Named]
    ) -> Watches[K, V, [K, V, S]]: ...
    @overload
    def peek(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Named]
    ) -> Watches[K, V, ...]: ...
    def peek(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """All records, as they came; `fn` is called with each, and what it gives is thrown away.

        TopologyError if `fn` cannot be called with what it is handed."""
        call = Call(name, with_key, store=store, several=stores)
        return self._step(ops.PEEK, fn, call)

    @overload
    def deduplicate(
        self,
        *,
        within: Duration,
        by: Callable[[V], object] | None = None,
        grace: Duration = 0,
        name: str | None = None,
        key: Any = None,
    ) -> Stream[K, V]: ...
    @overload
    def deduplicate(
        self,
        *,
        within: Duration,
        by: Callable[[K, V], object],
        with_key: Yes,
        grace: Duration = 0,
        name: str | None = None,
        key: Any = None,
    ) -> Stream[K, V]: ...
    def deduplicate(  # noqa: PLR0913 - what can be said
        self,
        *,
        within: Duration,
        by: Callable[..., object] | None = None,
        with_key: bool = False,
        grace: Duration = 0,
        name: str | None = None,
        key: Any = None,
    ) -> Stream[K, V]:
        """The records without those that came before: a record goes on unless one of the same key went on that is no
        further from it in time than `within`, earlier or later. With `by` the same is what has the same key and for which
        it gives the same (an id of the event); for None it is like no other.

        Times are event times. What is older than the stream time by more than `within` and `grace` is dropped, since
        nobody knows whether it was there: see `late`. Records without a key are dropped. All are counted: late, duplicate,
        null-key. What went on is kept in a store of the step's name, which is that of `by` unless `name` says another.

        `key`: type or codec of what `by` gives, instead of its annotation. TopologyError if it has no name, a
        span cannot be read or is negative, or `within` is nothing.
        """
        said, call = Deduplicated(within, grace), Call(name, with_key, key)
        if by is None:
            made: Stream[K, V] = self._bare(ops.DEDUPLICATE, call, said)
            return made
        owner = self._draft.owner
        found: Stream[K, V] = owner.face(
            owner.step(ops.DEDUPLICATE, (self._draft,), by, call, said)
        )
        return found
