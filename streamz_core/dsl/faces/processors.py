"""Operators that are handed whole records, and what is known of them (Kafka: process, processValues)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.said import Call
from streamz_core.dsl.declared.topics import Store, Stores
from streamz_core.dsl.faces.held import Held
from streamz_core.operators.processors.context import Context
from streamz_core.record import Record

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import Paired, Processes, ProcessesValues, Valued
    from streamz_core.dsl.faces.stream import Step

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")
J = TypeVar("J")
S = TypeVar("S")


class Processable(Held[K, V]):
    """What a stream can do with whole records."""

    @overload
    def process(
        self,
        fn: Callable[[Record[K, V], Context], Iterable[Record[J, R]]],
        /,
        **o: Unpack[Paired],
    ) -> Step[J, R, [Record[K, V], Context], Iterable[Record[J, R]]]: ...
    @overload
    def process(
        self,
        fn: Callable[[Record[K, V], Context, S], Iterable[Record[J, R]]],
        /,
        *,
        store: Store[S],
        **o: Unpack[Paired],
    ) -> Step[J, R, [Record[K, V], Context, S], Iterable[Record[J, R]]]: ...
    @overload
    def process(
        self,
        fn: Callable[..., Iterable[Record[J, R]]],
        /,
        *,
        stores: Stores,
        **o: Unpack[Paired],
    ) -> Step[J, R, ..., Iterable[Record[J, R]]]: ...
    @overload
    def process(self, **o: Unpack[Paired]) -> Processes[[Record[K, V], Context]]: ...
    @overload
    def process(
        self, *, store: Store[S], **o: Unpack[Paired]
    ) -> Processes[[Record[K, V], Context, S]]: ...
    @overload
    def process(self, *, stores: Stores, **o: Unpack[Paired]) -> Processes[...]: ...
    def process(  # noqa: PLR0913 - what can be said
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        key: Any = None,
        value: Any = None,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """The records that `fn(record, context, *stores)` yields, of any key, value, time and headers.

        `key`, `value`: types or codecs of theirs, instead of the annotation. TopologyError if `fn`
        cannot be called with what it is handed.
        """
        call = Call(name, key=key, value=value, store=store, several=stores)
        return self._step(ops.PROCESS, fn, call)

    @overload
    def process_values(
        self,
        fn: Callable[[Record[K, V], Context], Iterable[Record[K, R]]],
        /,
        **o: Unpack[Valued],
    ) -> Step[K, R, [Record[K, V], Context], Iterable[Record[K, R]]]: ...
    @overload
    def process_values(
        self,
        fn: Callable[[Record[K, V], Context, S], Iterable[Record[K, R]]],
        /,
        *,
        store: Store[S],
        **o: Unpack[Valued],
    ) -> Step[K, R, [Record[K, V], Context, S], Iterable[Record[K, R]]]: ...
    @overload
    def process_values(
        self,
        fn: Callable[..., Iterable[Record[K, R]]],
        /,
        *,
        stores: Stores,
        **o: Unpack[Valued],
    ) -> Step[K, R, ..., Iterable[Record[K, R]]]: ...
    @overload
    def process_values(
        self, **o: Unpack[Valued]
    ) -> ProcessesValues[K, [Record[K, V], Context]]: ...
    @overload
    def process_values(
        self, *, store: Store[S], **o: Unpack[Valued]
    ) -> ProcessesValues[K, [Record[K, V], Context, S]]: ...
    @overload
    def process_values(self, *, stores: Stores, **o: Unpack[Valued]) -> ProcessesValues[K, ...]: ...
    def process_values(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        value: Any = None,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """As process, but every record keeps the key that came, and so its partition.

        `value`: type or codec of theirs, instead of the annotation. TopologyError if `fn` cannot be
        called with what it is handed; Misuse, when it runs, for a record with another key.
        """
        call = Call(name, value=value, store=store, several=stores)
        return self._step(ops.PROCESS_VALUES, fn, call)
