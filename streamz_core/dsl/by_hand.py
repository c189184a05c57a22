"""A topology written by hand, step by step and by names, beside what streams and tables make (Kafka: Topology)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Draft, Drafts
from streamz_core.dsl.declared.starts import OffsetStart, offset_start
from streamz_core.dsl.declared.steps.by_hand import Filled, Supplied, viewed
from streamz_core.dsl.declared.steps.said import Call, Streamed, Written
from streamz_core.dsl.declared.topics import (
    Extractor,
    Kind,
    Store,
    Topic,
    check_legal,
    checked_pattern,
)
from streamz_core.dsl.faces.held import Held
from streamz_core.dsl.faces.stream import Stream
from streamz_core.errors import TopologyError
from streamz_core.operators.processors.processor import Processor

if TYPE_CHECKING:
    from streamz_core.dsl.faces.calls import Partitioner

K = TypeVar("K")
V = TypeVar("V")
J = TypeVar("J")
R = TypeVar("R")


class Topology:
    """The steps of an app by their names. What is added here is a stream as well, so both ways of writing go
    together: a parent is given as a stream, or by the name of any step that gives one.

    A parent must be there before; so no step comes back to itself. Steps behind one get each record in the order in
    which they were added.
    """

    def __init__(self, drafts: Drafts, stores: Mapping[str, Store[Any]]) -> None:
        self._drafts = drafts
        self._stores = stores

    @overload
    def add_source(
        self,
        name: str,
        /,
        *topics: Topic[K, V],
        timestamp: Extractor[K, V] | None = None,
        offset_reset: OffsetStart = "earliest",
    ) -> Stream[K, V]: ...
    @overload
    def add_source(
        self,
        name: str,
        /,
        *topics: str | re.Pattern[str],
        key: Kind[K],
        value: Kind[V],
        timestamp: Extractor[K, V] | None = None,
        offset_reset: OffsetStart = "earliest",
    ) -> Stream[K, V]: ...
    @overload
    def add_source(
        self,
        name: str,
        /,
        *topics: str | re.Pattern[str],
        key: Kind[K],
        timestamp: Extractor[K, bytes] | None = None,
        offset_reset: OffsetStart = "earliest",
    ) -> Stream[K, bytes]: ...
    @overload
    def add_source(
        self,
        name: str,
        /,
        *topics: str | re.Pattern[str],
        value: Kind[V],
        timestamp: Extractor[bytes, V] | None = None,
        offset_reset: OffsetStart = "earliest",
    ) -> Stream[bytes, V]: ...
    @overload
    def add_source(
        self,
        name: str,
        /,
        *topics: str | re.Pattern[str],
        timestamp: Extractor[bytes, bytes] | None = None,
        offset_reset: OffsetStart = "earliest",
    ) -> Stream[bytes, bytes]: ...
    def add_source(
        self,
        name: str,
        /,
        *topics: Any,
        key: Any = None,
        value: Any = None,
        timestamp: Any = None,
        offset_reset: OffsetStart = "earliest",
    ) -> Any:
        """The records of topics, or of those that match a pattern, as App.stream gives them, under a name of its own.

        TopologyError if the name is taken, no topic is named, or another source reads one of them.
        """
        self._check_name(ops.ADD_SOURCE.name, name)
        pattern: re.Pattern[str] | None = None
        names: tuple[str, ...] = ()
        if len(topics) == 1 and isinstance(topics[0], re.Pattern):
            pattern = checked_pattern(f"add_source({name!r})", topics[0])
        else:
            names = self._topics(ops.ADD_SOURCE.name, name, topics)
        said = Streamed(names, timestamp, offset_start(offset_reset), pattern)
        said.calls.append(Call(key=key, value=value))
        return Stream(self._drafts.add(ops.ADD_SOURCE, said=said, call=Call(name)))

    def add_processor(
        self,
        name: str,
        supplier: Callable[[], Processor[K, V, J, R]],
        /,
        *parents: Stream[K, V] | str,
        key: Any = None,
        value: Any = None,
        stores: Sequence[Store[Any]] = (),
    ) -> Stream[J, R]:
        """What a processor forwards: each task calls `supplier`, the class or a function, for one of its own.

        `key`, `value`: types or codecs of what it forwards, instead of those of Processor[..., key, value]. `stores`:
        what it gets by context.get_state_store(name). TopologyError if the name is taken, a parent is not there or gives
        no stream, or `supplier` makes no new processors.
        """
        above = self._parents(ops.ADD_PROCESSOR.name, name, parents)
        said = Supplied(supplier, stores)
        return Stream(
            self._drafts.add(ops.ADD_PROCESSOR, above, said, Call(name, key=key, value=value))
        )

    def add_sink(  # noqa: PLR0913 - where to, what of, and how it is written
        self,
        name: str,
        topic: Topic[K, V] | Callable[..., str] | str,
        /,
        *parents: Stream[K, V] | str,
        with_key: bool = False,
        key: Any = None,
        value: Any = None,
        partitioner: Partitioner[K, V] | None = None,
    ) -> None:
        """Write records to a topic, or to the one that `topic(value)` names, as Stream.to does.

        TopologyError if the name is taken, a parent is not there or gives no stream, or what it writes
        has no codec, or another one than the topic.
        """
        above = self._parents(ops.ADD_SINK.name, name, parents)
        call = Call(name, with_key, key=key, value=value)
        if isinstance(topic, Topic | str):
            said = Written(self._drafts.topic_name(topic), partitioner)
            self._drafts.add(ops.ADD_SINK, above, said, call)
        else:
            self._drafts.step(ops.ADD_SINK_CHOSEN, above, topic, call, Written(None, partitioner))

    def add_state_store(self, store: Store[Any], /, *processors: str) -> None:
        """Connect a store with processors, as connect_processor_and_state_stores does one by one. TopologyError as
        there.
        """
        self._store(store)
        for name in processors:
            self.connect_processor_and_state_stores(name, store)

    def connect_processor_and_state_stores(
        self, processor: str, /, *stores: Store[Any] | str
    ) -> None:
        """Let a processor have stores: those of the app, rows of tables (`table.store`), or a store that was
        declared, by its name. Processors that have a store in common run in one task.

        TopologyError if there is no such processor, or no such store.
        """
        draft = self._drafts.named(processor)
        if draft is None or not isinstance(draft.said, Supplied):
            raise TopologyError(
                f"there is no processor {processor!r} that a store could be connected with; add it with add_processor() "
                "first"
            )
        draft.said.connect([self._store(store) for store in stores], draft)

    def add_global_store(  # noqa: PLR0913 - a store, and where its rows come from
        self,
        store: Store[MutableMapping[J, R]],
        source: str,
        topic: Topic[K, V] | str,
        processor: str,
        supplier: Callable[[], Processor[K, V, Any, Any]],
        /,
        *,
        key: Any = None,
        value: Any = None,
        timestamp: Extractor[K, V] | None = None,
    ) -> Store[Mapping[J, R]]:
        """Have every worker keep a store, which a processor writes from all records of a topic, and give it to
        functions to read, as `store=`.

        The processor gets the store by context.get_state_store(name), and forwards and schedules nothing. The topic is
        the only changelog: a worker without the store reads it from its start, through the processor. It has read
        all that was committed before a record when a task takes that; records without a key are dropped. TopologyError
        for names that are taken, a topic that is read by another step, or a store that is not one of rows by key.
        """
        op = ops.ADD_GLOBAL.name
        for name in (source, processor):
            self._check_name(op, name)
        view = viewed(self._store(store), f"{op}({processor!r})")
        names = self._topics(op, source, (topic,))
        said = Filled(names, timestamp, supplier, store, source)
        said.calls.append(Call(key=key, value=value))
        self._drafts.check_stores(processor, (store,))
        self._drafts.writers[store.name] = self._drafts.add(
            ops.ADD_GLOBAL, said=said, call=Call(processor)
        )
        return view

    def add_read_only_state_store(  # noqa: PLR0913 - a store, and where its rows come from
        self,
        store: Store[MutableMapping[J, R]],
        source: str,
        topic: Topic[K, V] | str,
        processor: str,
        supplier: Callable[[], Processor[K, V, Any, Any]],
        /,
        *,
        key: Any = None,
        value: Any = None,
        timestamp: Extractor[K, V] | None = None,
    ) -> Store[Mapping[J, R]]:
        """Fill a store with the records of a topic by a processor, and give it to others to read (KIP-813).

        What it returns is handed to functions as `store=`, or connected with processors, of tasks whose topics are
        partitioned alike. Its changes are in a changelog, so that it is restored as the processor wrote it. TopologyError
        as of add_source and add_processor, and for a store that is not one of rows by key.
        """
        place = f"topology.add_read_only_state_store({processor!r})"
        view = viewed(self._store(store), place)
        self._check_name(place, processor)
        add: Any = self.add_source  # whose overloads tell topics from names of them
        came = add(source, topic, key=key, value=value, timestamp=timestamp)
        self.add_processor(processor, supplier, came, stores=[store])
        self._drafts.writers[store.name] = self._drafts.all[-1]
        return view

    # ---- names

    def _topics(self, op: str, name: str, topics: Sequence[Any]) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(self._drafts.topic_name(topic) for topic in topics))
        if not names:
            raise TopologyError(f"{op}({name!r}): a source reads at least one topic")
        for other in self._drafts.all:
            for topic in set(names).intersection(other.said.reads):
                raise TopologyError(
                    f"{op}({name!r}): the topic {topic!r} is read by {other.shown} already; a topic enters an app "
                    "once, so hang what needs it on that"
                )
        return names

    def _store(self, store: Store[Any] | str) -> Store[Any]:
        found = self._stores.get(store) if isinstance(store, str) else store
        if found is None:
            raise TopologyError(
                f"there is no store {store!r}; declare it with app.store({store!r}, key=..., value=...) first"
            )
        return found

    def _parents(
        self, op: str, name: str, parents: Sequence[Stream[Any, Any] | str]
    ) -> tuple[Draft[Any], ...]:
        self._check_name(op, name)
        if not parents:
            raise TopologyError(f"{op}({name!r}): it hangs on nothing; name at least one parent")
        found = [self._parent(op, name, parent) for parent in parents]
        return tuple(dict.fromkeys(found))

    def _parent(self, op: str, name: str, parent: object) -> Draft[Any]:
        draft = self._drafts.named(parent) if isinstance(parent, str) else None
        if isinstance(parent, Held):
            draft = parent._draft
        if draft is None:
            known = ", ".join(each.name for each in self._drafts.all if each.name) or "none"
            raise TopologyError(
                f"{op}({name!r}): there is no step {parent!r} to hang it on; parents are added before ({known})"
            )
        if draft.op.gives != "stream":
            raise TopologyError(
                f"{op}({name!r}): {draft.shown} gives no stream but a{'n' if draft.op.gives == 'end' else ''} "
                f"{draft.op.gives}; hang it on a source, a processor or a stream (of a table: to_stream())"
            )
        return draft

    def _check_name(self, op: str, name: str) -> None:
        check_legal(f"{op}: a step", name)
        other = self._drafts.named(name)
        if other is not None or name in self._stores:
            what = "a declared store" if other is None else f"a step, {other.op.name}"
            raise TopologyError(
                f"{op}({name!r}): there is {what} of that name already; take another one"
            )
