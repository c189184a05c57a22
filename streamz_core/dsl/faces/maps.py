"""Operators that make other records of records (Kafka: map, mapValues, flatMap, selectKey)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.steps.said import Call
from streamz_core.dsl.declared.topics import Store, Stores
from streamz_core.dsl.faces.held import Held

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import (
        FlatMaps,
        FlatMapsValues,
        Keyed,
        Maps,
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
