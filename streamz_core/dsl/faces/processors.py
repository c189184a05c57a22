"""Operators that are handed whole records, and functions that are called when time has come (Kafka: process,
processValues, ProcessorContext.schedule)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, ParamSpec, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.steps.said import Call
from streamz_core.dsl.declared.steps.timed import Timed
from streamz_core.dsl.declared.topics import Store, Stores
from streamz_core.dsl.faces.exits import SinkStep
from streamz_core.dsl.faces.held import Held
from streamz_core.operators.processors.context import Context
from streamz_core.record import Record
from streamz_core.topology.spans import Duration, Moment

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import (
        Paired,
        Processes,
        ProcessesValues,
        Punctuates,
        Timing,
        Valued,
    )
    from streamz_core.dsl.faces.stream import Step

P = ParamSpec("P")
F = TypeVar("F")
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


class Punctuated(Held[K, V]):
    """What a stream can be given besides records."""

    @overload
    def punctuate(
        self,
        every: Duration,
        fn: Callable[[int, Context], Iterable[Record[K, V]] | None],
        /,
        **o: Unpack[Timing],
    ) -> TimerStep[[int, Context], Iterable[Record[K, V]] | None]: ...
    @overload
    def punctuate(
        self,
        every: Duration,
        fn: Callable[[int, Context, S], Iterable[Record[K, V]] | None],
        /,
        *,
        store: Store[S],
        **o: Unpack[Timing],
    ) -> TimerStep[[int, Context, S], Iterable[Record[K, V]] | None]: ...
    @overload
    def punctuate(
        self,
        every: Duration,
        fn: Callable[..., Iterable[Record[K, V]] | None],
        /,
        *,
        stores: Stores,
        **o: Unpack[Timing],
    ) -> TimerStep[..., Iterable[Record[K, V]] | None]: ...
    @overload
    def punctuate(
        self, every: Duration, /, **o: Unpack[Timing]
    ) -> Punctuates[K, V, [int, Context]]: ...
    @overload
    def punctuate(
        self, every: Duration, /, *, store: Store[S], **o: Unpack[Timing]
    ) -> Punctuates[K, V, [int, Context, S]]: ...
    @overload
    def punctuate(
        self, every: Duration, /, *, stores: Stores, **o: Unpack[Timing]
    ) -> Punctuates[K, V, ...]: ...
    def punctuate(  # noqa: PLR0913 - what a timer can be told
        self,
        every: Duration,
        fn: Callable[..., Any] | None = None,
        /,
        *,
        clock: Literal["stream", "wall"] = "stream",
        start: Moment | None = None,
        running: bool = True,
        name: str | None = None,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """Call `fn(time, context, *stores)` every so often; the records it yields go to the steps behind
        this one, as if they came out of it. The function stays what it is, and can be handed to
        `Context.schedule` and `Context.cancel`.

        `clock="stream"`: between two records, as the task's stream time comes to it: first with the first
        record, or at `start`, then on the grid of the interval, once however many times were passed; no
        call is lost or made twice by a crash. "wall": by the wall clock, first an interval after the task
        was opened, or on the grid through `start`. `running=False`: only once a step schedules it. A
        call that fails is undone, and the processing exception handler decides. TopologyError if the
        interval is nothing, or `fn` cannot be called with what it is handed.
        """
        said = Timed(every, clock, start, running=running)
        call = Call(name, store=store, several=stores)
        return self._step(ops.PUNCTUATE, fn, call, said)


class TimerStep(SinkStep[P, F]):
    """A function that is called when time has come: itself, to be called, and `timer`, its name."""

    _behind: ClassVar[str] = (
        "what a timer yields goes to the steps behind the one it hangs on, with that one's own records; hang the next "
        "step there, or make a stream of the calls alone with @app.every(...)"
    )

    def __init__(self, fn: Callable[P, F], timer: str) -> None:
        super().__init__(fn)
        self.timer = timer
