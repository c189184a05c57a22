"""Where a promise is played: topics, groups and processes of its own, and how it says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType
from typing import Any, Self

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.producer import Producer
from streamz_core.broker.receiving.listening import Told
from streamz_core.errors import StreamzError
from streamz_core.record import Record
from streamz_core.testing.promises.clients import Clients

Make = Callable[[], Clients]
Read = Record[bytes | None, bytes | None]

PATIENCE = 300
"""Polls of `POLL_S` until what has to come is missed."""
POLL_S = 0.1
END = b"\x00end"


class Stage:
    """The processes of one promise; all that it opened is closed at the end of the `with` block."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._open = ExitStack()
        self._admin: Admin | None = None
        self._first: Clients | None = None

    def __enter__(self) -> Self:
        self._open.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    # ---- who is there

    @property
    def first(self) -> Clients:
        """The process that makes topics."""
        if self._first is None:
            self._first = self.process()
        return self._first

    def process(self) -> Clients:
        """Another process."""
        clients = self._make()
        self._open.callback(clients.close)
        return clients

    @property
    def admin(self) -> Admin:
        """One that is always there."""
        if self._admin is None:
            self._admin = self.first.admin()
        return self._admin

    def producer(
        self, *, id: str | None = None, linger_ms: float = 5, partitioner: str = "crc32"
    ) -> Producer[bytes, bytes]:
        """One in a process of its own; it may be closed before the end."""
        made = self.process().producer(id=id, linger_ms=linger_ms, partitioner=partitioner)
        self._open.callback(_end, made)
        return made

    def consumer(  # noqa: PLR0913 - options are keywords
        self,
        *topics: str,
        group: str | None = None,
        start: str = "earliest",
        on_out_of_range: str = "error",
        commit: str = "manual",
        on_assigned: Told | None = None,
        on_revoked: Told | None = None,
    ) -> Consumer[bytes, bytes]:
        """One in a process of its own; it may be closed before the end."""
        made = self.process().consumer(
            topics,
            group=group,
            start=start,
            on_out_of_range=on_out_of_range,
            commit=commit,
            on_assigned=on_assigned,
            on_revoked=on_revoked,
        )
        self._open.callback(made.close)
        return made

    # ---- what is there

    def topic(self, partitions: int = 1, config: Mapping[str, Any] | None = None) -> str:
        """A topic nobody else uses."""
        name = self.name("topic")
        self.admin.create_topic(name, partitions, config=config)
        return name

    def name(self, kind: str) -> str:
        """For a topic, a group or a producer: nobody else has it."""
        return self.first.fresh(f"promise-{kind}")

    def write(self, topic: str, *values: bytes | None, partition: int = 0) -> list[int]:
        """The offsets these values got, each acknowledged."""
        with self.process().producer() as producer:
            sent = [producer.send(topic, value, key=b"k", partition=partition) for value in values]
            producer.flush()
            return [each.result().offset for each in sent]

    # ---- reading

    def read(self, consumer: Consumer[bytes, bytes], count: int) -> list[Read]:
        """So many records; AssertionError if they do not come. There may be more behind."""
        found: list[Read] = []
        for _ in range(PATIENCE):
            found += consumer.poll(POLL_S, count - len(found))
            if len(found) >= count:
                return found
        raise AssertionError(f"{count} records should come; there were {shown(found)}")

    def all_of(
        self, topic: str, reader: Consumer[bytes, bytes] | None = None, partitions: int = 1
    ) -> list[Read]:
        """Everything a reader finds in a topic, from where it stands: up to a record in each partition that is written
        now. Without a reader by a new one, from the beginning."""
        with self.process().producer() as producer:
            for partition in range(partitions):
                producer.send(topic, END, key=END, partition=partition)
        consumer = reader or self.consumer(topic)
        found: list[Read] = []
        for _ in range(PATIENCE):
            found += consumer.poll(POLL_S)
            if sum(one.value == END for one in found) >= partitions:
                return [one for one in found if one.value != END]
        raise AssertionError(f"records of {topic} should come to an end; there were {shown(found)}")


def values_of(records: Sequence[Read]) -> list[bytes | None]:
    """Of each record its value."""
    return [record.value for record in records]


def same(found: object, wanted: object, what: str = "") -> None:
    """AssertionError if they differ."""
    if found != wanted:
        raise AssertionError(
            f"{what + ': ' if what else ''}there is {found!r}; promised is {wanted!r}"
        )


def holds(true: object, what: str) -> None:
    """AssertionError that says `what` should hold."""
    if not true:
        raise AssertionError(f"it should hold that {what}")


@contextmanager
def refused(*kinds: type[BaseException]) -> Iterator[None]:
    """AssertionError if the block is not left by an error of one of these kinds."""
    try:
        yield
    except kinds:
        return
    names = " or ".join(each.__name__ for each in kinds)
    raise AssertionError(f"this should be refused by {names}; it was done")


def shown(records: Sequence[Read]) -> str:
    """Records, short."""
    told = ", ".join(f"{one.topic}[{one.partition}]@{one.offset}" for one in records[-20:])
    return f"{len(records)} ({told})"


def _end(producer: Producer[bytes, bytes]) -> None:
    """Close one that may be closed or fenced: what it has to say of that was told before."""
    with suppress(StreamzError):
        producer.discard()
        producer.close()
