"""A process that uses a real Kafka broker, as promises want it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from confluent_kafka.admin import AdminClient

from streamz_core.testing.promises.clients import Side
from tests.interop.administering import KafkaAdmin
from tests.interop.consuming import KafkaConsumer
from tests.interop.producing import KafkaProducer

TRIES = 300


class KafkaClients:
    """Each client has connections of its own, so one of these is as good as a process."""

    side: Side = "kafka"

    def __init__(self, address: str) -> None:
        self._address = address
        self._admin = KafkaAdmin(AdminClient({"bootstrap.servers": address, "log_level": 0}))

    def fresh(self, name: str) -> str:
        return f"{name}-{uuid4().hex[:8]}"

    def admin(self) -> KafkaAdmin:
        return self._admin

    def producer(
        self, *, id: str | None = None, linger_ms: float = 5, partitioner: str = "crc32"
    ) -> KafkaProducer:
        return KafkaProducer(self._address, id, linger_ms, partitioner)

    def consumer(
        self,
        topics: Sequence[str],
        *,
        group: str | None = None,
        start: str = "earliest",
        on_out_of_range: str = "error",
        commit: str = "manual",
        on_assigned: Any = None,
        on_revoked: Any = None,
    ) -> KafkaConsumer:
        return KafkaConsumer(
            self._address,
            topics,
            group or "",
            start=start,
            on_out_of_range=on_out_of_range,
            auto=commit == "auto",
            told=(on_assigned, on_revoked),
            times=self._admin.offsets_for_times,
        )

    def tidy(self, topic: str) -> None:
        """The newest segment is never compacted: a record of now has a new one begun. Then it takes the cleaner a moment."""
        before = sum(self._admin.describe(topic).ends)
        with self.producer() as producer:
            producer.send(topic, b"\x00end", key=b"\x00end", partition=0)
        for _ in range(TRIES):
            reader = self.consumer([topic])
            found = reader.poll(1.0, before + 1)
            reader.close()
            if len(found) <= before:
                return

    def close(self) -> None:
        pass
