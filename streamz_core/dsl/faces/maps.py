"""Operators that make other records of records (Kafka: map, mapValues, flatMap, selectKey)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.steps import called
from streamz_core.dsl.declared.steps.said import Call
from streamz_core.dsl.declared.topics import Store, Stores
from streamz_core.dsl.faces.held import Held
from streamz_core.topology.spans import Duration

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import (
        Awaited,
        Batched,
        FlatMaps,
        FlatMapsValues,
        Keyed,
        Maps,
        MapsAsync,
        MapsValues,
        Paired,
        SelectsKey,
        Valued,
    )
    from streamz_core.dsl.faces.stream import Step

J = TypeVar("J")
K = TypeVar("K")
R = TypeVar("R")
S = TypeVar("S")
V = TypeVar("V")

Yes = Literal[True]


class Mappable(Held[K, V]):
    """What a stream can do to make records of its records."""

    @overload
    def map_values(self, fn: Callable[[V], R], /, **o: Unpack[Valued]) -> Step[K, R, [V], R]: ...
    @overload
    def map_values(
        self, fn: Callable[[K, V], R], /, *, with_key: Yes, **o: Unpack[Valued]
    ) -> Step[K, R, [K, V], R]: ...
    @overload
    def map_values(self, **o: Unpack[Valued]) -> MapsValues[K, [V]]: ...
    @overload
    def map_values(self, *, with_key: Yes, **o: Unpack[Valued]) -> MapsValues[K, [K, V]]: ...
    @overload
    def map_values(self, *, store: Store[S], **o: Unpack[Valued]) -> MapsValues[K, [V, S]]: ...
    @overload
    def map_values(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Valued]
    ) -> MapsValues[K, [K, V, S]]: ...
    @overload
    def map_values(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Valued]
    ) -> MapsValues[K, ...]: ...
    def map_values(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        value: Any = None,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """A record for each: what `fn` gives is its value. The key stays, and so does the partition.

        `value`: type or codec of what `fn` gives, instead of its annotation. TopologyError if `fn`
        cannot be called with what it is handed, or yields."""
        call = Call(name, with_key, value=value, store=store, several=stores)
        return self._step(ops.MAP_VALUES, fn, call)

    @overload
    def flat_map_values(
        self, fn: Callable[[V], Iterable[R]], /, **o: Unpack[Valued]
    ) -> Step[K, R, [V], Iterable[R]]: ...
    @overload
    def flat_map_values(
        self, fn: Callable[[K, V], Iterable[R]], /, *, with_key: Yes, **o: Unpack[Valued]
    ) -> Step[K, R, [K, V], Iterable[R]]: ...
    @overload
    def flat_map_values(self, **o: Unpack[Valued]) -> FlatMapsValues[K, [V]]: ...
    @overload
    def flat_map_values(
        self, *, with_key: Yes, **o: Unpack[Valued]
    ) -> FlatMapsValues[K, [K, V]]: ...
    @overload
    def flat_map_values(
        self, *, store: Store[S], **o: Unpack[Valued]
    ) -> FlatMapsValues[K, [V, S]]: ...
    @overload
    def flat_map_values(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Valued]
    ) -> FlatMapsValues[K, [K, V, S]]: ...
    @overload
    def flat_map_values(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Valued]
    ) -> FlatMapsValues[K, ...]: ...
    def flat_map_values(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        value: Any = None,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """A record for each value that `fn` gives: by a generator, in a list; none at all is allowed.

        The key stays, and so does the partition. `value`: type or codec of each, instead of the
        annotation. TopologyError if `fn` cannot be called with what it is handed."""
        call = Call(name, with_key, value=value, store=store, several=stores)
        return self._step(ops.FLAT_MAP_VALUES, fn, call)

    @overload
    def map_async(
        self, fn: Callable[[V], Coroutine[Any, Any, R]], /, **o: Unpack[Awaited]
    ) -> Step[K, R, [V], Coroutine[Any, Any, R]]: ...
    @overload
    def map_async(
        self,
        fn: Callable[[K, V], Coroutine[Any, Any, R]],
        /,
        *,
        with_key: Yes,
        **o: Unpack[Awaited],
    ) -> Step[K, R, [K, V], Coroutine[Any, Any, R]]: ...
    @overload
    def map_async(self, **o: Unpack[Awaited]) -> MapsAsync[K, [V]]: ...
    @overload
    def map_async(self, *, with_key: Yes, **o: Unpack[Awaited]) -> MapsAsync[K, [K, V]]: ...
    def map_async(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        value: Any = None,
        concurrency: int = 16,
        timeout: Duration | None = "1m",
        order: Literal["all", "key"] = "all",
    ) -> Any:
        """As map_values, with a coroutine function: while it waits for one answer, others are asked for. The key stays.

        A task makes at most `concurrency` calls at once, all on one event loop in a thread beside the steps. One that
        takes longer than `timeout` (None: any time) raises TimeoutError; what a call raises is as if a step had raised
        it for its record. Results go on in the order in which the records came, so that they are those of map_values
        whatever calls take. With `order="key"` only those of one key do: what asks behind it for the stream time or for
        more than one key may then differ from run to run. A record is committed when its call has ended: after a crash
        the calls of what was not committed are made again.

        `value`: type or codec of what `fn` gives, instead of its annotation. TopologyError if `fn` is not async, cannot
        be called with what it is handed, or a store or topic that is used behind it is used in front of it as well."""
        said = called.Awaited(concurrency, timeout, order)
        return self._step(ops.MAP_ASYNC, fn, Call(name, with_key, value=value), said)

    @overload
    def map_batch(
        self, fn: Callable[[list[V]], Iterable[R]], /, **o: Unpack[Batched]
    ) -> Step[K, R, [list[V]], Iterable[R]]: ...
    @overload
    def map_batch(
        self,
        fn: Callable[[list[K], list[V]], Iterable[R]],
        /,
        *,
        with_key: Yes,
        **o: Unpack[Batched],
    ) -> Step[K, R, [list[K], list[V]], Iterable[R]]: ...
    @overload
    def map_batch(self, **o: Unpack[Batched]) -> FlatMapsValues[K, [list[V]]]: ...
    @overload
    def map_batch(
        self, *, with_key: Yes, **o: Unpack[Batched]
    ) -> FlatMapsValues[K, [list[K], list[V]]]: ...
    def map_batch(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        value: Any = None,
        size: int = 256,
    ) -> Any:
        """As map_values, for functions that are better off with many values at once: models, vectorised code. The key stays.

        `fn` gets a list of up to `size` values, with `with_key=True` the list of their keys in front of it, and gives as
        many results in the same order. How many there are is as it comes: less than `size` before a commit, one where a
        record is run alone because something failed. So a result must not depend on the others in the list. Another
        number of results stops the app: Unanswered.

        `value`: type or codec of one result, instead of the annotation. TopologyError if `fn` cannot be called with what
        it is handed, or a store or topic that is used behind it is used in front of it as well."""
        return self._step(
            ops.MAP_BATCH, fn, Call(name, with_key, value=value), called.Batched(size)
        )

    @overload
    def map(
        self, fn: Callable[[V], tuple[J, R]], /, **o: Unpack[Paired]
    ) -> Step[J, R, [V], tuple[J, R]]: ...
    @overload
    def map(
        self, fn: Callable[[K, V], tuple[J, R]], /, *, with_key: Yes, **o: Unpack[Paired]
    ) -> Step[J, R, [K, V], tuple[J, R]]: ...
    @overload
    def map(self, **o: Unpack[Paired]) -> Maps[[V]]: ...
    @overload
    def map(self, *, with_key: Yes, **o: Unpack[Paired]) -> Maps[[K, V]]: ...
    @overload
    def map(self, *, store: Store[S], **o: Unpack[Paired]) -> Maps[[V, S]]: ...
    @overload
    def map(self, *, store: Store[S], with_key: Yes, **o: Unpack[Paired]) -> Maps[[K, V, S]]: ...
    @overload
    def map(self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Paired]) -> Maps[...]: ...
    def map(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        key: Any = None,
        value: Any = None,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """A record for each: `fn` gives a pair, its key and its value.

        `key`, `value`: types or codecs of what `fn` gives, instead of its annotation. TopologyError
        if `fn` cannot be called with what it is handed, or yields."""
        call = Call(name, with_key, key=key, value=value, store=store, several=stores)
        return self._step(ops.MAP, fn, call)

    @overload
    def flat_map(
        self, fn: Callable[[V], Iterable[tuple[J, R]]], /, **o: Unpack[Paired]
    ) -> Step[J, R, [V], Iterable[tuple[J, R]]]: ...
    @overload
    def flat_map(
        self, fn: Callable[[K, V], Iterable[tuple[J, R]]], /, *, with_key: Yes, **o: Unpack[Paired]
    ) -> Step[J, R, [K, V], Iterable[tuple[J, R]]]: ...
    @overload
    def flat_map(self, **o: Unpack[Paired]) -> FlatMaps[[V]]: ...
    @overload
    def flat_map(self, *, with_key: Yes, **o: Unpack[Paired]) -> FlatMaps[[K, V]]: ...
    @overload
    def flat_map(self, *, store: Store[S], **o: Unpack[Paired]) -> FlatMaps[[V, S]]: ...
    @overload
    def flat_map(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Paired]
    ) -> FlatMaps[[K, V, S]]: ...
    @overload
    def flat_map(
        self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Paired]
    ) -> FlatMaps[...]: ...
    def flat_map(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        key: Any = None,
        value: Any = None,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """A record for each pair of key and value that `fn` gives; none at all is allowed.

        `key`, `value`: types or codecs of what `fn` gives, instead of its annotation. TopologyError
        if `fn` cannot be called with what it is handed."""
        call = Call(name, with_key, key=key, value=value, store=store, several=stores)
        return self._step(ops.FLAT_MAP, fn, call)

    @overload
    def select_key(self, fn: Callable[[V], J], /, **o: Unpack[Keyed]) -> Step[J, V, [V], J]: ...
    @overload
    def select_key(
        self, fn: Callable[[K, V], J], /, *, with_key: Yes, **o: Unpack[Keyed]
    ) -> Step[J, V, [K, V], J]: ...
    @overload
    def select_key(self, **o: Unpack[Keyed]) -> SelectsKey[V, [V]]: ...
    @overload
    def select_key(self, *, with_key: Yes, **o: Unpack[Keyed]) -> SelectsKey[V, [K, V]]: ...
    @overload
    def select_key(self, *, store: Store[S], **o: Unpack[Keyed]) -> SelectsKey[V, [V, S]]: ...
    @overload
    def select_key(
        self, *, store: Store[S], with_key: Yes, **o: Unpack[Keyed]
    ) -> SelectsKey[V, [K, V, S]]: ...
    def select_key(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        key: Any = None,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """The same values, each under the key that `fn` gives.

        `key`: type or codec of what `fn` gives, instead of its annotation. TopologyError if `fn`
        cannot be called with what it is handed, or yields."""
        call = Call(name, with_key, key=key, store=store, several=stores)
        return self._step(ops.SELECT_KEY, fn, call)
