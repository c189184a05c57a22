"""Reading topics from any program: whole commits only, and only what is as safe as the log promises."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar

from streamz_core.broker.backend import next_offset
from streamz_core.broker.embedded import Broker
from streamz_core.broker.schemas import check, uses_of
from streamz_core.codecs.codec import Codec
from streamz_core.errors import CodecError, Misuse
from streamz_core.record import Batch, Record

K = TypeVar("K")
V = TypeVar("V")
STARTS = ("earliest", "latest")


class Consumer(Generic[K, V]):
    """Reads every partition of its topics, from where its group stands, or from `start`.

    Without a group nothing is remembered. With one, `commit` moves its offsets to what was polled.
    """

    def __init__(  # noqa: PLR0913 - options are keywords
        self,
        broker: Broker,
        topics: Sequence[str],
        *,
        key: Codec[K],
        value: Codec[V],
        group: str = "",
        start: str = "earliest",
        owns_broker: bool = False,
    ) -> None:
        """`owns_broker`: `close()`, and the end of a `with` block, close the broker too.

        Misuse if a codec cannot read what the log says was written there.
        """
        if start not in STARTS:
            raise Misuse(f"start={start!r}; it can be 'earliest' or 'latest'")
        self._broker = broker
        self._backend = broker.backend
        self._key = key
        self._value = value
        self._group = group
        self._owns_broker = owns_broker
        found = [broker.topic(name) for name in topics]
        for name in topics:
            check(self._backend, uses_of(name, key, value))
        self._backend.watch(topics)
        self._backend.listen(topics)
        self._parts = [(topic.name, p) for topic in found for p in range(topic.partitions)]
        self._committed = {
            where: next_offset(self._backend, group, *where) for where in self._parts
        }
        self._next = {where: self._first(where, start) for where in self._parts}
        self._turn = 0

    def poll_batches(
        self, timeout_s: float = 0.1, bytes_max: int = 1 << 20
    ) -> list[tuple[str, int, Batch]]:
        """(topic, partition, batch) of what is new, as bytes; empty after `timeout_s` without any."""
        deadline_s = self._broker.env.monotonic() + timeout_s
        while True:
            self._backend.refresh()
            found = self._fetch(bytes_max)
            if found:
                return found
            left_s = deadline_s - self._broker.env.monotonic()
            if left_s <= 0:
                return []
            self._backend.wait(left_s)

    def poll(
        self, timeout_s: float = 0.1, records_max: int = 1000
    ) -> list[Record[K | None, V | None]]:
        """New records, decoded; empty after `timeout_s` without any. CodecError names the record."""
        found: list[Record[K | None, V | None]] = []
        for topic, partition, batch in self.poll_batches(timeout_s):
            part = batch if len(batch) <= records_max - len(found) else None
            rows = len(batch) if part else records_max - len(found)
            found += [self._record(topic, partition, batch, row) for row in range(rows)]
            if part is None:
                self._seek_back(topic, partition, batch.base_offset + rows)
        return found

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """Read this partition from `offset` on."""
        self._next[topic, partition] = offset

    def position(self, topic: str, partition: int) -> int:
        """The offset that is read next."""
        return self._next[topic, partition]

    def end_offsets(self) -> dict[tuple[str, int], int]:
        """Per (topic, partition) the offset behind the last record that may be read now."""
        self._backend.refresh()
        return {where: self._backend.end(*where, durable=True) for where in self._parts}

    def at_end(self) -> bool:
        """Whether everything committed so far was polled."""
        return all(self._next[where] >= self._backend.end(*where) for where in self._parts)

    def commit(self) -> None:
        """Remember for the group what was polled. Fenced if somebody else moved its offsets."""
        if not self._group:
            raise Misuse("commit() needs a group: Consumer(..., group=...)")
        transaction = self._broker.transaction(self._group)
        for where in self._parts:
            if self._next[where] != self._committed[where]:
                transaction.move(*where, self._committed[where], self._next[where])
        transaction.commit()
        self._committed = dict(self._next)

    def close(self) -> None:
        """Say goodbye, and close the broker if it is this consumer's own."""
        self._backend.listen(())
        if self._owns_broker:
            self._broker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _first(self, where: tuple[str, int], start: str) -> int:
        """Where reading begins: `start` counts only where the group never committed."""
        fresh = self._backend.committed(self._group, *where) is None
        return self._backend.end(*where) if fresh and start == "latest" else self._committed[where]

    def _fetch(self, bytes_max: int) -> list[tuple[str, int, Batch]]:
        """One round over the partitions, beginning with another one each time."""
        found: list[tuple[str, int, Batch]] = []
        self._turn += 1
        for i in range(len(self._parts)):
            where = self._parts[(i + self._turn) % len(self._parts)]
            if self._next[where] >= self._backend.end(*where):
                continue
            for batch in self._backend.fetch(
                *where, self._next[where], bytes_max=bytes_max, durable=True
            ):
                if len(batch):  # an empty one says where the partition goes on
                    found.append((*where, batch))
                self._next[where] = batch.base_offset + len(batch)
        return found

    def _seek_back(self, topic: str, partition: int, offset: int) -> None:
        self._next[topic, partition] = min(self._next[topic, partition], offset)

    def _record(
        self, topic: str, partition: int, batch: Batch, row: int
    ) -> Record[K | None, V | None]:
        key, value = batch.keys[row], batch.values[row]
        offset = batch.base_offset + row
        try:
            return Record(
                None if key is None else self._key.decode(key),
                None if value is None else self._value.decode(value),
                batch.timestamps[row],
                batch.headers[row] if batch.headers else (),
                topic=topic,
                partition=partition,
                offset=offset,
            )
        except CodecError as error:
            error.add_note(f"at {topic}[{partition}]@{offset} key={key!r}")
            raise
