"""Where streams end (Kafka: to, foreach, print)."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Literal,
    ParamSpec,
    TypeVar,
    Unpack,
    overload,
)

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.steps.said import Call, Printed, Written
from streamz_core.dsl.declared.topics import Store, Stores, Topic
from streamz_core.dsl.faces.held import Held
from streamz_core.errors import TopologyError

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import Chooses, Ends, Named, Sent

P = ParamSpec("P")
F = TypeVar("F")
K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")
S = TypeVar("S")

Yes = Literal[True]


class Writable(Held[K, V]):
    """What can be written to topics: a stream, and a table's changes."""

    @overload
    def to(self, topic: Topic[K, V] | str, /, **o: Unpack[Sent[K, V]]) -> None: ...
    @overload
    def to(self, topic: Callable[[V], str], /, **o: Unpack[Sent[K, V]]) -> SinkStep[[V], str]: ...
    @overload
    def to(
        self, topic: Callable[[K, V], str], /, *, with_key: Yes, **o: Unpack[Sent[K, V]]
    ) -> SinkStep[[K, V], str]: ...
    @overload
    def to(self, *, with_key: Yes, **o: Unpack[Sent[K, V]]) -> Chooses[[K, V]]: ...
    @overload
    def to(self, **o: Unpack[Sent[K, V]]) -> Chooses[[V]]: ...
    def to(  # noqa: PLR0913 - what can be said
        self,
        topic: Topic[Any, Any] | str | Callable[..., str] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        key: Any = None,
        value: Any = None,
        partitioner: Callable[..., Any] | None = None,
    ) -> Any:
        """Write every record, or every change of a table, to a topic: None is returned for a name or
        an `app.topic`; a function that names the topic of each record stays what it is.

        A change is its new value, null for a deleted row. `key`, `value`: types or codecs to write
        with, instead of those that the topic was described with, or that the records have.
        `partitioner(topic, key, value, partitions)` chooses a partition, several, or none; None: the key
        decides, as it does by default. It has to give the same whenever it is asked.
        TopologyError if a function cannot be called with what it is handed, or a topic cannot have
        the name; and at `build()` if key= or value= contradict the description.
        """
        call = Call(name, with_key, key, value)
        if not isinstance(topic, str | Topic):
            return self._step(ops.TO_CHOSEN, topic, call, Written(None, partitioner))
        if with_key:
            raise TopologyError(
                f"{self._draft.shown}.to: with_key= goes with a function that names the topic, not "
                f"with {topic!r}"
            )
        written = self._draft.owner.topic_name(topic)
        return self._bare(ops.TO, call, Written(written, partitioner))


class Endable(Held[K, V]):
    """How a stream ends inside the app."""

    @overload
    def foreach(self, fn: Callable[[V], R], /, **o: Unpack[Named]) -> SinkStep[[V], R]: ...
    @overload
    def foreach(
        self, fn: Callable[[K, V], R], /, *, with_key: Yes, **o: Unpack[Named]
    ) -> SinkStep[[K, V], R]: ...
    @overload
    def foreach(self, **o: Unpack[Named]) -> Ends[[V]]: ...
    @overload
    def foreach(self, *, with_key: Yes, **o: Unpack[Named]) -> Ends[[K, V]]: ...
    @overload
    def foreach(self, *, store: Store[S], **o: Unpack[Named]) -> Ends[[V, S]]: ...
    @overload
    def foreach(self, *, store: Store[S], with_key: Yes, **o: Unpack[Named]) -> Ends[[K, V, S]]: ...
    @overload
    def foreach(self, *, stores: Stores, with_key: bool = ..., **o: Unpack[Named]) -> Ends[...]: ...
    def foreach(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        with_key: bool = False,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Any:
        """Call `fn` with every record; nothing follows, and what `fn` gives is thrown away. The
        function is returned as it is.

        It is called again for records that are processed again after a crash. TopologyError if it
        cannot be called with what it is handed.
        """
        call = Call(name, with_key, store=store, several=stores)
        return self._step(ops.FOREACH, fn, call)

    def print(
        self, *, label: str | None = None, file: str | None = None, name: str | None = None
    ) -> None:
        """Write a line `[label]: key, value` for every record, to stdout; nothing follows.

        `label`: by default the name of the step it hangs on. `file`: the path of a file to write to
        instead. No errors of its own.
        """
        self._bare(ops.PRINT, Call(name), Printed(label, file))


class SinkStep(Generic[P, F]):
    """A decorated function at the end of a stream: itself, to be called."""

    is_step: ClassVar[bool] = True
    __wrapped__: Callable[P, F]

    _behind: ClassVar[str] = "a stream ends in it; hang the next step on what it hangs on"

    def __init__(self, fn: Callable[P, F]) -> None:
        update_wrapper(self, fn, updated=())

    if not TYPE_CHECKING:  # where every name would be one, whatever it is

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(
                f"{getattr(self.__wrapped__, '__name__', 'the function')} has no {name}: {self._behind}"
            )

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> F:
        return self.__wrapped__(*args, **kwargs)
