"""Writing records to topics from any program."""

from __future__ import annotations

from collections import defaultdict
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from streamz_core.broker.embedded import Broker
from streamz_core.broker.names import partition_of
from streamz_core.broker.schemas import check, register, uses_of
from streamz_core.codecs.codec import Codec
from streamz_core.errors import Misuse
from streamz_core.record import Headers

K = TypeVar("K")
V = TypeVar("V")


class _Columns:
    __slots__ = ("headers", "keys", "timestamps", "values")

    def __init__(self) -> None:
        self.keys: list[bytes | None] = []
        self.values: list[bytes | None] = []
        self.timestamps: list[int] = []
        self.headers: list[Headers] = []


class Producer(Generic[K, V]):
    """Sends records in batches; each flush is one commit, all of it or nothing.

    A batch is flushed when it holds `batch_records`, when `linger_ms` have passed since its first
    record (seen at the next `send`), by `flush`, and at the end of a `with` block.
    """

    def __init__(  # noqa: PLR0913 - options are keywords
        self,
        broker: Broker,
        *,
        key: Codec[K],
        value: Codec[V],
        linger_ms: int = 5,
        batch_records: int = 10_000,
        owns_broker: bool = False,
    ) -> None:
        """`owns_broker`: `close()`, and the end of a `with` block, close the broker too."""
        self._broker = broker
        self._backend = broker.backend
        self._key = key
        self._value = value
        self._linger_s = linger_ms / 1000
        self._batch_records = batch_records
        self._owns_broker = owns_broker
        self._columns: defaultdict[tuple[str, int], _Columns] = defaultdict(_Columns)
        self._waiting = 0
        self._since_s = 0.0
        self._turn = 0
        self._told: set[str] = set()  # topics for which the log knows the schemas

    def send(  # noqa: PLR0913 - the parts of a record
        self,
        topic: str,
        value: V | None,
        *,
        key: K | None = None,
        timestamp: int | None = None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        """Put a record into the batch. `timestamp` in ms UTC, now unless given.

        The partition is chosen by the key, or in turn without one. UnknownTopic, CodecError, Misuse.
        """
        found = self._backend.topic(topic)
        if topic not in self._told:
            self._tell(topic)
        key_bytes = None if key is None else self._key.encode(key)
        if key_bytes is not None and len(key_bytes) > self._backend.key_bytes:
            raise Misuse(
                f"a key of {len(key_bytes)} bytes for {topic}; the limit is {self._backend.key_bytes}"
            )
        value_bytes = None if value is None else self._value.encode(value)
        at = self._broker.env.now_ms() if timestamp is None else timestamp
        if at < 0:
            raise Misuse(
                f"timestamp {at} for {topic}, key {key!r}: times are ms since 1970, not negative"
            )
        if partition is None:
            partition = self._choose(key_bytes, found.partitions)
        elif not 0 <= partition < found.partitions:
            raise Misuse(f"{topic} has partitions 0 to {found.partitions - 1}, not {partition}")
        columns = self._columns[topic, partition]
        columns.keys.append(key_bytes)
        columns.values.append(value_bytes)
        columns.timestamps.append(at)
        columns.headers.append(headers)
        self._count()

    def flush(self) -> int:
        """Commit what waits; the number of records. When it returns they are as safe as the log promises."""
        if not self._waiting:
            return 0
        transaction = self._broker.transaction()
        for (topic, partition), columns in self._columns.items():
            transaction.send(
                topic, partition, columns.keys, columns.values, columns.timestamps, columns.headers
            )
        transaction.commit()
        sent, self._waiting = self._waiting, 0
        self._columns.clear()
        return sent

    def discard(self) -> None:
        """Forget what was not flushed."""
        self._columns.clear()
        self._waiting = 0

    def close(self) -> None:
        """Flush, and close the broker if it is this producer's own."""
        self.flush()
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
        if kind is not None:
            self.discard()
        self.close()

    def _tell(self, topic: str) -> None:
        """Misuse where other keys would be written than those that are there."""
        uses = [use for use in uses_of(topic, self._key, self._value) if use.needs]
        check(self._backend, (use for use in uses if use.side == "key"))
        register(self._backend, uses)
        self._told.add(topic)

    def _choose(self, key: bytes | None, partitions: int) -> int:
        if key is not None:
            return partition_of(key, partitions)
        self._turn += 1
        return self._turn % partitions

    def _count(self) -> None:
        if not self._waiting:
            self._since_s = self._broker.env.monotonic()
        self._waiting += 1
        late = self._broker.env.monotonic() - self._since_s >= self._linger_s
        if self._waiting >= self._batch_records or (late and self._waiting > 1):
            self.flush()


AnyProducer = Producer[Any, Any]
