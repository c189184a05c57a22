"""A producer of this library's face over confluent-kafka, as far as promises use it."""

from __future__ import annotations

from typing import Any, Self

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Producer

from streamz_core.broker.sending.sent import Delivered
from streamz_core.errors import StreamzError, TimedOut
from tests.interop.errors import named, translated

PARTITIONERS = {"crc32": "consistent_random", "murmur2": "murmur2_random"}
WAIT_S = 60


class KafkaSent:
    """What becomes of a record."""

    def __init__(self, producer: Producer, timestamp: int | None, on_delivery: Any) -> None:
        self._producer = producer
        self._timestamp = timestamp
        self._told: Delivered | StreamzError | None = None
        self._on_delivery = on_delivery

    def hear(self, error: Any, message: Any) -> None:
        if error is not None:
            self._told = named(error)
        else:
            kind, at = message.timestamp()
            at = self._timestamp if kind == TIMESTAMP_NOT_AVAILABLE else at
            self._told = Delivered(message.topic(), message.partition(), message.offset(), at)
        if self._on_delivery is not None:
            failed = isinstance(self._told, StreamzError)
            self._on_delivery(*((self._told, None) if failed else (None, self._told)))

    def result(self) -> Delivered:
        if self._told is None:
            self._producer.flush(WAIT_S)
        if self._told is None:
            raise TimedOut("not delivered")
        if isinstance(self._told, StreamzError):
            raise self._told
        return self._told


class KafkaProducer:
    """One with an id is transactional from its making on, as Kafka wants it."""

    def __init__(self, address: str, id_: str | None, linger_ms: float, partitioner: str) -> None:
        settings = {
            "bootstrap.servers": address,
            "linger.ms": linger_ms,
            "partitioner": PARTITIONERS[partitioner],
            "enable.idempotence": True,
            "retry.backoff.ms": 1,
            "log_level": 0,
        }
        self._id = id_
        with translated():
            if id_:
                settings["transactional.id"] = id_
            self._producer = Producer(settings)
            if id_:
                self._producer.init_transactions(WAIT_S)

    def send(  # the parts of a record
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        timestamp: int | None = None,
        headers: Any = (),
        partition: int = -1,
        on_delivery: Any = None,
    ) -> KafkaSent:
        sent = KafkaSent(self._producer, timestamp, on_delivery)
        # Of a transaction the commit tells: a callback hides what is fatal.
        hear = {} if self._id else {"on_delivery": sent.hear}
        stamped = {} if timestamp is None else {"timestamp": timestamp}
        with translated():
            self._producer.produce(
                topic, value, key, partition, headers=list(headers), **stamped, **hear
            )
        return sent

    def transaction(self) -> KafkaTransaction:
        with translated():
            self._producer.begin_transaction()
        return KafkaTransaction(self, self._producer)

    def flush(self) -> None:
        with translated():
            if self._producer.flush(WAIT_S):
                raise TimedOut("not all is delivered")

    def discard(self) -> None:
        with translated():
            self._producer.purge()

    def close(self) -> None:
        self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()


class KafkaTransaction:
    """Between its making and its end."""

    def __init__(self, producer: KafkaProducer, client: Producer) -> None:
        self._producer = producer
        self._client = client
        self._consumers: list[Any] = []
        self._over = False

    def send(self, topic: str, value: bytes | None, **rest: Any) -> KafkaSent:
        return self._producer.send(topic, value, **rest)

    def consumed(self, consumer: Any) -> None:
        self._consumers.append(consumer)

    def commit(self) -> None:
        self._over = True
        with translated():
            for each in self._consumers:
                self._client.send_offsets_to_transaction(*each.stands(), WAIT_S)
            self._client.commit_transaction(WAIT_S)
        for each in self._consumers:
            each.seen()

    def abort(self) -> None:
        if not self._over:
            self._over = True
            with translated():
                self._client.abort_transaction(WAIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.abort()
        elif not self._over:
            self.commit()
