"""Topics as tests see them: one to send to and to read from, and Kafka's faces over it, an input and an output.

What the faces add to `TopicUnderTest` is Kafka's own: an input has a time that goes on by itself, and an
output remembers what of it was read (Kafka: TestInputTopic, TestOutputTopic).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar, overload

from attrs import frozen

from streamz_core.broker.backend import Backend
from streamz_core.broker.producer import Producer
from streamz_core.codecs.codec import Codec
from streamz_core.errors import Misuse
from streamz_core.record import Batch, HeadersGiven, Record
from streamz_core.topology.spans import Duration, Moment, instant_ms, milliseconds

K = TypeVar("K")
V = TypeVar("V")

EVERYTHING = 1 << 60


@frozen
class Reach:
    """What a topic of a test reaches for: the log, who sends, as what it is read, letting the app run, and what
    refuses other threads.
    """

    backend: Backend
    producer: Producer[Any, Any]
    codecs: Callable[[str], tuple[Codec[Any], Codec[Any]]]
    run: Callable[[], None]
    check: Callable[[], None]


class TopicUnderTest:
    """One topic of a test."""

    def __init__(self, reach: Reach, name: str) -> None:
        self.name = name
        self._reach = reach
        self.check = reach.check

    def send(  # noqa: PLR0913 - the parts of a record
        self,
        key: Any,
        value: Any,
        *,
        timestamp: int | None = None,
        headers: HeadersGiven = (),
        partition: int | None = None,
        run: bool = True,
    ) -> None:
        """Append one record, now unless `timestamp` says when; then `run()`, unless told not to."""
        self.check()
        producer = self._reach.producer
        producer.send(
            self.name, value, key=key, timestamp=timestamp, headers=headers, partition=partition
        )
        producer.flush()
        if run:
            self._reach.run()

    def records(self) -> list[Record[Any, Any]]:
        """Everything in the topic, partition by partition, decoded as the app would."""
        return self.since({})

    def since(self, offsets: dict[int, int]) -> list[Record[Any, Any]]:
        """The same from these offsets on, by partition; they then stand behind what was given."""
        self.check()
        backend = self._reach.backend
        backend.watch([self.name])
        backend.refresh()
        found: list[Record[Any, Any]] = []
        for partition in range(backend.topic(self.name).partitions):
            at = offsets.get(partition, backend.start(self.name, partition))
            offsets[partition] = backend.end(self.name, partition)
            found += self._read(partition, at, offsets[partition])
        return found

    def _read(self, partition: int, start: int, end: int) -> list[Record[Any, Any]]:
        key, value = self._reach.codecs(self.name)
        found: list[Record[Any, Any]] = []
        for batch in self._fetch(partition, start, end):
            keys, values = key.decode_all(batch.keys), value.decode_all(batch.values)
            found += [
                Record(
                    keys[row],
                    values[row],
                    batch.timestamps[row],
                    batch.headers[row] if batch.headers else (),
                    topic=self.name,
                    partition=partition,
                    offset=batch.offset_of(row),
                )
                for row in range(len(batch))
            ]
        return found

    def _fetch(self, partition: int, start: int, end: int) -> Iterator[Batch]:
        while start < end:  # a fetch ends where records were lost
            found = self._reach.backend.fetch(self.name, partition, start, bytes_max=EVERYTHING)
            yield from found
            start = found[-1].next_offset


class InputTopic(Generic[K, V]):
    """A topic that records are piped into, with a time of its own (Kafka: TestInputTopic).

    A record that says no time has the topic's, which then goes on by what `advance=` says. The app runs
    after each record.
    """

    def __init__(self, topic: TopicUnderTest, start_ms: int, advance_ms: int) -> None:
        self._topic = topic
        self._now_ms = start_ms
        self._advance_ms = advance_ms

    @overload
    def pipe_input(self, record: Record[K, V], /) -> None: ...
    @overload
    def pipe_input(
        self, value: V | None, /, *, timestamp: Moment | None = None, headers: HeadersGiven = ()
    ) -> None: ...
    @overload
    def pipe_input(
        self,
        key: K | None,
        value: V | None,
        /,
        *,
        timestamp: Moment | None = None,
        headers: HeadersGiven = (),
    ) -> None: ...
    def pipe_input(
        self, *given: Any, timestamp: Moment | None = None, headers: HeadersGiven = ()
    ) -> None:
        """Send one record: a value, or a key and a value, or a Record with its own time and headers.

        With `timestamp`, or as a Record, it leaves the topic's time alone. CodecError for what is not of
        the topic's types; TopologyError for a timestamp that is none.
        """
        match given:
            case (Record() as one,):
                self._send(one.key, one.value, one.timestamp, one.headers)
                return
            case (value,):
                key = None
            case (key, value):
                pass
            case _:
                raise TypeError(f"{len(given)} were given; a value, a key and a value, or a Record")
        at = self._next_ms() if timestamp is None else instant_ms(timestamp, "timestamp=")
        self._send(key, value, at, headers)

    def pipe_value_list(
        self, values: Iterable[V | None], *, start: Moment | None = None, advance: Duration = 0
    ) -> None:
        """Send values without keys, one by one: at the topic's times, or from `start` on, each `advance`
        after the one before, which leaves the topic's time alone. Errors as of `pipe_input`.
        """
        self.pipe_key_value_list(((None, value) for value in values), start=start, advance=advance)

    def pipe_key_value_list(
        self,
        pairs: Iterable[tuple[K | None, V | None]],
        *,
        start: Moment | None = None,
        advance: Duration = 0,
    ) -> None:
        """The same with (key, value). Errors as of `pipe_input`; Misuse for `advance` without `start`."""
        step_ms = milliseconds(advance, "advance=")
        if start is None and step_ms:
            raise Misuse(
                f"advance={advance!r} counts from start=, which is missing; without both the times are the topic's"
            )
        at = None if start is None else instant_ms(start, "start=")
        for key, value in pairs:
            self._send(key, value, self._next_ms() if at is None else at, ())
            at = None if at is None else at + step_ms

    def pipe_record_list(self, records: Iterable[Record[K, V]]) -> None:
        """Send records one by one, each with its own time and headers. CodecError as of `pipe_input`."""
        for record in records:
            self.pipe_input(record)

    def advance_time(self, span: Duration) -> None:
        """Let the topic's time go on; the clock of the app stands still. TopologyError for no span of time."""
        self._topic.check()
        self._now_ms += milliseconds(span, "the time to advance")

    def _next_ms(self) -> int:
        self._topic.check()
        now_ms, self._now_ms = self._now_ms, self._now_ms + self._advance_ms
        return now_ms

    def _send(self, key: Any, value: Any, at: int, headers: HeadersGiven) -> None:
        self._topic.send(key, value, timestamp=at, headers=headers)


class OutputTopic(Generic[K, V]):
    """A topic of which records are read, each once, beginning with the first there is (Kafka: TestOutputTopic).

    Of several partitions, what came since the last look is read partition by partition. Two of one topic
    know nothing of each other. What there is not: UnknownTopic.
    """

    def __init__(self, topic: TopicUnderTest) -> None:
        self._topic = topic
        self._offsets: dict[int, int] = {}
        self._queue: deque[Record[K, V]] = deque()
        self._taken = 0

    @property
    def is_empty(self) -> bool:
        """Whether everything was read."""
        return self.queue_size == 0

    @property
    def queue_size(self) -> int:
        """How many records were not read yet."""
        return len(self._waiting())

    def read_value(self) -> V:
        """The value of the next record; Misuse if there is none."""
        return self.read_record().value

    def read_key_value(self) -> tuple[K, V]:
        """Key and value of the next record; Misuse if there is none."""
        record = self.read_record()
        return record.key, record.value

    def read_record(self) -> Record[K, V]:
        """The next record, without the place it was read from: it equals one that was made by hand.

        Misuse if there is none.
        """
        waiting = self._waiting()
        if not waiting:
            raise Misuse(
                f"topic {self._topic.name} has no record that was not read yet ({self._taken} were): ask "
                "is_empty before, or see what the app dropped (t.dropped())"
            )
        self._taken += 1
        return waiting.popleft()

    def read_records_to_list(self) -> list[Record[K, V]]:
        """All records that were not read yet, as `read_record` gives them; [] if there are none."""
        found = list(self._waiting())
        self._taken += len(found)
        self._queue.clear()
        return found

    def read_values_to_list(self) -> list[V]:
        """The values of all records that were not read yet."""
        return [record.value for record in self.read_records_to_list()]

    def read_key_values_to_list(self) -> list[tuple[K, V]]:
        """Key and value of all records that were not read yet."""
        return [(record.key, record.value) for record in self.read_records_to_list()]

    def read_key_values_to_map(self) -> dict[K, V]:
        """The last value of each key, of all records that were not read yet. Misuse, and nothing counts as
        read, if one has no key.
        """
        if any(record.key is None for record in self._waiting()):
            raise Misuse(
                f"a record of topic {self._topic.name} has no key: read_key_values_to_list() gives all of them"
            )
        return dict(self.read_key_values_to_list())

    def _waiting(self) -> deque[Record[K, V]]:
        for one in self._topic.since(self._offsets):
            self._queue.append(Record(one.key, one.value, one.timestamp, one.headers))
        return self._queue
