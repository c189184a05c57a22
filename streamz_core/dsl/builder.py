"""Builder: what an app is written with; `App` adds how it runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Draft, Drafts
from streamz_core.dsl.declared.starts import OffsetStart, idle_ms, offset_start
from streamz_core.dsl.declared.steps.said import Call, Everywhere, Streamed, Tabled
from streamz_core.dsl.declared.steps.timed import Timed
from streamz_core.dsl.declared.topics import (
    TOPIC_CHARS_MAX,
    EmitRows,
    Extractor,
    Kind,
    Materialized,
    Memory,
    Store,
    Stores,
    Topic,
    check_legal,
    check_partitions,
    checked_pattern,
    checked_settings,
)
from streamz_core.dsl.faces.global_table import GlobalTable
from streamz_core.dsl.faces.making import FACES
from streamz_core.dsl.faces.stream import EveryStep, Stream
from streamz_core.dsl.faces.table import Table
from streamz_core.dsl.storing import Storing
from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import Graph
from streamz_core.topology.spans import Duration, Moment

if TYPE_CHECKING:
    from streamz_core.dsl.by_hand import Topology
    from streamz_core.dsl.faces.calls import Begins

K = TypeVar("K")
V = TypeVar("V")
S = TypeVar("S", bound=Streamed)


class Builder(Storing):
    """An app as it is declared. Nothing starts, and nothing is checked for good, before `build()`.

    What is wrong by itself (a name, an option, one topic described twice) is a TopologyError where it
    is said.
    """

    def __init__(self, name: str) -> None:
        check_legal("an app", name)
        self.name = name
        self._drafts = Drafts(name, FACES)
        self._stores: dict[str, Store[Any]] = {}

    def build(self) -> Graph:
        """What to compute, as values. May be called again; TopologyError says what is wrong."""
        from streamz_core.dsl.build import build  # codecs are loaded by what needs them

        return build(self._drafts, self._stores)

    @property
    def topology(self) -> Topology:
        """The same app, as it is written by hand: sources, processors and sinks by their names."""
        from streamz_core.dsl.by_hand import Topology  # loaded by what needs it

        return Topology(self._drafts, self._stores)

    # ---- topics

    @overload
    def topic(
        self,
        name: str,
        *,
        key: Kind[K],
        value: Kind[V],
        partitions: int | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Topic[K, V]: ...
    @overload
    def topic(
        self,
        name: str,
        *,
        key: Kind[K],
        partitions: int | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Topic[K, Any]: ...
    @overload
    def topic(
        self,
        name: str,
        *,
        value: Kind[V],
        partitions: int | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Topic[Any, V]: ...
    @overload
    def topic(
        self,
        name: str,
        *,
        partitions: int | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Topic[Any, Any]: ...
    def topic(
        self,
        name: str,
        *,
        key: Any = None,
        value: Any = None,
        partitions: int | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Topic[Any, Any]:
        """Describe a topic, once: its codecs, and its partitions and config if it has to be created.

        What it returns stands for the topic everywhere. `config`: Kafka's settings of a topic,
        {"retention.ms": 3_600_000, "compression.type": "gzip"}. TopologyError if there is another description, no topic
        can have the name, `partitions` is less than one, or a setting is none.
        """
        check_legal("a topic", name, TOPIC_CHARS_MAX)
        check_partitions(f"topic {name}", partitions)
        settings = checked_settings(config or {}, f"topic {name}")
        topic: Topic[Any, Any] = Topic(name, key, value, partitions, settings)
        self._drafts.topic_name(topic)
        return topic

    # ---- sources

    @overload
    def stream(
        self,
        topic: Topic[K, V] | Sequence[Topic[K, V]],
        *,
        timestamp: Extractor[K, V] | None = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
    ) -> Stream[K, V]: ...
    @overload
    def stream(
        self,
        topic: str | Sequence[str],
        *,
        key: Kind[K],
        value: Kind[V],
        timestamp: Extractor[K, V] | None = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
    ) -> Stream[K, V]: ...
    @overload
    def stream(
        self,
        topic: str | Sequence[str],
        *,
        key: Kind[K],
        timestamp: Extractor[K, bytes] | None = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
    ) -> Stream[K, bytes]: ...
    @overload
    def stream(
        self,
        topic: str | Sequence[str],
        *,
        value: Kind[V],
        timestamp: Extractor[bytes, V] | None = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
    ) -> Stream[bytes, V]: ...
    @overload
    def stream(
        self,
        topic: str | Sequence[str],
        *,
        timestamp: Extractor[bytes, bytes] | None = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
    ) -> Stream[bytes, bytes]: ...
    @overload
    def stream(
        self,
        topic: re.Pattern[str],
        *,
        key: Kind[K],
        value: Kind[V],
        name: str,
        timestamp: Extractor[K, V] | None = None,
        offset_reset: OffsetStart = "earliest",
    ) -> Stream[K, V]: ...
    @overload
    def stream(
        self,
        topic: re.Pattern[str],
        *,
        key: Kind[K],
        name: str,
        timestamp: Extractor[K, bytes] | None = None,
        offset_reset: OffsetStart = "earliest",
    ) -> Stream[K, bytes]: ...
    @overload
    def stream(
        self,
        topic: re.Pattern[str],
        *,
        value: Kind[V],
        name: str,
        timestamp: Extractor[bytes, V] | None = None,
        offset_reset: OffsetStart = "earliest",
    ) -> Stream[bytes, V]: ...
    @overload
    def stream(
        self,
        topic: re.Pattern[str],
        *,
        name: str,
        timestamp: Extractor[bytes, bytes] | None = None,
        offset_reset: OffsetStart = "earliest",
    ) -> Stream[bytes, bytes]: ...
    def stream(  # noqa: PLR0913 - topics, their codecs, their time, where they begin
        self,
        topic: Any,
        *,
        key: Any = None,
        value: Any = None,
        name: str | None = None,
        timestamp: Any = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
    ) -> Stream[Any, Any]:
        """The records of a topic, or of several, as a stream. Without key= and value=: bytes.

        Of a pattern, `re.compile("orders-.*")`, the topics are those whose whole names match it, also those
        that are made while the app runs; internal topics never do. Such a stream has a `name`.
        `timestamp=fn(record, partition_time)` says when a record happened; negative drops it.
        `offset_reset` says where an app begins in a partition that it never committed: "earliest",
        "latest", "none" (it does not start), or so long ago as a duration says ("24h").
        `idle`: when a partition had no record for that long, its time goes on by the wall clock, and what waits for time
        (windows, suppress, joins, timers by stream time) comes out as if records had come; what comes later than that is late. It is
        part of a commit, so it is the same whoever goes on. At least 100 ms.
        TopologyError if no topic is named, or the same ones again with another timestamp=,
        offset_reset= or idle=, or nothing waits for time; at `build()` if a topic is read twice, or its types are said twice and differ.
        """
        names, pattern = self._entering(topic, name)
        said = Streamed(names, timestamp, offset_start(offset_reset), pattern, idle_ms(idle))
        known = name or "+".join(names)
        draft = self._source(ops.STREAM, known, said, Call(key=key, value=value))
        if pattern is not None and draft.name != name:
            raise _twice("stream", pattern.pattern, "name=")
        return Stream(draft)

    @overload
    def table(
        self,
        topic: Topic[K, V],
        *,
        timestamp: Extractor[K, V] | None = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
        name: str | None = None,
    ) -> Table[K, V]: ...
    @overload
    def table(
        self,
        topic: str,
        *,
        key: Kind[K],
        value: Kind[V],
        timestamp: Extractor[K, V] | None = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
        name: str | None = None,
    ) -> Table[K, V]: ...
    @overload
    def table(
        self,
        topic: str,
        *,
        key: Kind[K],
        timestamp: Extractor[K, bytes] | None = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
        name: str | None = None,
    ) -> Table[K, bytes]: ...
    @overload
    def table(
        self,
        topic: str,
        *,
        value: Kind[V],
        timestamp: Extractor[bytes, V] | None = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
        name: str | None = None,
    ) -> Table[bytes, V]: ...
    @overload
    def table(
        self,
        topic: str,
        *,
        timestamp: Extractor[bytes, bytes] | None = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
        name: str | None = None,
    ) -> Table[bytes, bytes]: ...
    def table(  # noqa: PLR0913 - a topic, its codecs, its time, its store
        self,
        topic: Any,
        *,
        key: Any = None,
        value: Any = None,
        timestamp: Any = None,
        offset_reset: OffsetStart = "earliest",
        idle: Duration | None = None,
        materialized: Materialized = None,
        emit: EmitRows = "updates",
        name: str | None = None,
    ) -> Table[Any, Any]:
        """A topic as a table: the latest value of each key; null deletes.

        `materialized=True`, memory(), versioned(history) or expiring(ttl) keeps its rows in a store named by the topic, or by
        `name`; with `emit="commit"` only the last change of each row goes on, at each commit, with
        `emit="changes"` only what changes its bytes (KIP-557).
        `timestamp`, `offset_reset`, `idle`: as of `stream`. TopologyError if it stands twice and differs.
        """
        names = self._topic_names([topic])
        name = name or names[0]
        said = Tabled(
            names,
            timestamp,
            None if materialized is False else materialized,
            offset_start(offset_reset),
            emit,
            idle_ms(idle),
        )
        draft = self._source(ops.SOURCE_TABLE, name, said, Call(key=key, value=value))
        other = draft.said
        if (other.materialized, other.emit, draft.name) != (said.materialized, emit, name):
            raise _twice("table", names[0], "name=, materialized= or emit=")
        return Table(draft)

    # ---- time

    def every(  # noqa: PLR0913 - what a timer can be told
        self,
        every: Duration,
        /,
        *,
        per: Literal["task", "app"] = "task",
        clock: Literal["stream", "wall"] = "wall",
        start: Moment | None = None,
        running: bool = True,
        name: str | None = None,
        key: Any = None,
        value: Any = None,
        store: Store[Any] | None = None,
        stores: Stores = (),
    ) -> Begins:
        """A stream of the records that a function `fn(time, context, *stores)` yields, called every so
        often. Stands above the function.

        It is called in each task that has its stores, and with `per="app"` in the first of them only;
        without stores there is one task for it. `clock`, `start`, `running`: as of Stream.punctuate.
        `key`, `value`: types or codecs of what it yields, instead of the annotation. TopologyError if
        the interval is nothing, or the function cannot be called with what it is handed.
        """
        said = Timed(every, clock, start, per, running=running)
        call = Call(name, key=key, value=value, store=store, several=stores)

        def make(fn: Any) -> Any:
            draft = self._drafts.step(ops.EVERY, (), fn, call, said)
            return EveryStep(draft, fn)

        return make

    @overload
    def global_table(
        self,
        topic: Topic[K, V],
        *,
        materialized: Memory | None = None,
        name: str | None = None,
    ) -> GlobalTable[K, V]: ...
    @overload
    def global_table(
        self,
        topic: str,
        *,
        key: Kind[K],
        value: Kind[V],
        materialized: Memory | None = None,
        name: str | None = None,
    ) -> GlobalTable[K, V]: ...
    @overload
    def global_table(
        self,
        topic: str,
        *,
        key: Kind[K],
        materialized: Memory | None = None,
        name: str | None = None,
    ) -> GlobalTable[K, bytes]: ...
    @overload
    def global_table(
        self,
        topic: str,
        *,
        value: Kind[V],
        materialized: Memory | None = None,
        name: str | None = None,
    ) -> GlobalTable[bytes, V]: ...
    @overload
    def global_table(
        self,
        topic: str,
        *,
        materialized: Memory | None = None,
        name: str | None = None,
    ) -> GlobalTable[bytes, bytes]: ...
    def global_table(
        self,
        topic: Any,
        *,
        key: Any = None,
        value: Any = None,
        materialized: Memory | None = None,
        name: str | None = None,
    ) -> GlobalTable[Any, Any]:
        """A topic as a table of which every worker has all rows, to be joined by any key.

        The rows are kept in a store named by the topic, or by `name`, of each worker; memory() keeps them
        in memory. The topic is their changelog: its first record is where a table begins, so it should
        be compacted, or kept. A worker runs its tasks when it has the table up to date, and then follows it:
        a record sees every record of the topic that was committed before it, and may see later ones.
        TopologyError if it stands twice and differs, or the topic is read by another step as well.
        """
        names = self._topic_names([topic])
        name = name or names[0]
        said = Everywhere(names, materialized)
        draft: Draft[Everywhere] = self._source(
            ops.SOURCE_GLOBAL, name, said, Call(key=key, value=value)
        )
        if draft.said.materialized is not materialized or draft.name != name:
            raise _twice("global_table", names[0], "name= or materialized=")
        return GlobalTable(draft)

    def _entering(
        self, topic: Any, name: str | None
    ) -> tuple[tuple[str, ...], re.Pattern[str] | None]:
        """The topics of a stream, or the pattern of their names."""
        if isinstance(topic, re.Pattern):
            checked_pattern("app.stream", topic)
            if name is None:
                raise TopologyError(
                    f"app.stream({topic.pattern!r}): topics come and go, so the stream needs a name of its own: say "
                    'name="..."'
                )
            check_legal("app.stream of a pattern", name)
            return (), topic
        if name is not None:
            raise TopologyError(
                f"app.stream(name={name!r}): a stream is named by its topics; leave name= out"
            )
        topics = [topic] if isinstance(topic, str | Topic) else list(topic)
        return self._topic_names(topics), None

    def _topic_names(self, topics: Iterable[Any]) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(self._drafts.topic_name(topic) for topic in topics))
        if not names:
            raise TopologyError("app.stream([]): a stream reads at least one topic")
        return names

    def _source(self, op: ops.Op[S], name: str, said: S, call: Call) -> Draft[S]:
        """The source of these topics: made at the first call, the same at others that agree."""
        for draft in self._drafts.all:
            if (
                draft.op is op
                and set(draft.said.topics) == set(said.topics)
                and draft.said.pattern == said.pattern
            ):
                if draft.said.source != said.source:
                    raise TopologyError(
                        f"app.{op.name}({name!r}) stands twice, with another timestamp=, "
                        "offset_reset= or idle=; say it once, "
                        "and use what it returns"
                    )
                draft.said.calls.append(call)
                return draft
        said.calls.append(call)
        return self._drafts.add(op, said=said, call=Call(name))


def _twice(what: str, topic: str, options: str) -> TopologyError:
    return TopologyError(
        f"app.{what}({topic!r}) stands twice, with another {options}; "
        "say it once, and use what it returns"
    )
