"""A consumer of this library's face over confluent-kafka, as far as promises use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from confluent_kafka import (
    Consumer,
    TopicPartition,
)

from streamz_core.errors import Misuse, UnknownTopic
from streamz_core.record import Record
from tests.interop.errors import named, translated

WAIT_S = 60
Where = tuple[str, int]


class KafkaConsumer:
    """With a group it subscribes, without one it reads all partitions there are."""

    def __init__(  # as the clients are asked
        self,
        address: str,
        topics: Sequence[str],
        group: str,
        *,
        start: str,
        on_out_of_range: str,
        auto: bool,
        told: tuple[Any, Any],
        times: Any,
    ) -> None:
        """`told`: who is told what comes and goes. `times`: what gives (offset, timestamp) of the first record of a
        time, by topic."""
        beyond = start if group and on_out_of_range == "error" else on_out_of_range
        self._client = Consumer(
            {
                "bootstrap.servers": address,
                "group.id": group or "nobody",
                "group.protocol": "consumer",
                "enable.auto.commit": auto,
                "isolation.level": "read_committed",
                "auto.offset.reset": beyond,
                "topic.metadata.refresh.interval.ms": 500,
                "fetch.wait.max.ms": 20,
                "log_level": 0,
            }
        )
        self._group = group
        self._topics = topics
        self._times = times
        self._told = told
        self._at: dict[Where, int] = {}
        with translated():
            if group:
                self._client.subscribe(list(topics), on_assign=self._begin, on_revoke=self._end)
            else:
                self._at = self._ends(start)
                self._assign()

    def _ends(self, start: str) -> dict[Where, int]:
        found = {}
        for topic in self._topics:
            known = self._client.list_topics(topic, WAIT_S).topics[topic]
            if known.error is not None:
                raise UnknownTopic(str(known.error))
            for partition in known.partitions:
                low, high = self._client.get_watermark_offsets(TopicPartition(topic, partition))
                found[topic, partition] = low if start == "earliest" else high
        return found

    def _assign(self) -> None:
        self._client.assign([TopicPartition(*where, at) for where, at in self._at.items()])

    def _begin(self, client: Consumer, parts: list[TopicPartition]) -> None:
        committed = client.committed(parts, WAIT_S)
        self._at |= {(one.topic, one.partition): one.offset for one in committed}
        self._tell(0, parts)

    def _tell(self, which: int, parts: list[TopicPartition]) -> None:
        if self._told[which] is not None:
            self._told[which](self, [(one.topic, one.partition) for one in parts])

    def _end(self, _: Consumer, parts: list[TopicPartition]) -> None:
        self._tell(1, parts)
        for one in parts:
            self._at.pop((one.topic, one.partition), None)

    # ---- reading

    def poll(self, timeout_s: float = 0.1, records_max: int = 1000) -> list[Record[Any, Any]]:
        with translated():
            messages = self._client.consume(records_max, timeout_s)
        failed = [one.error() for one in messages if one.error() is not None]
        found = [self._record(one) for one in messages if one.error() is None]
        if failed and not found:
            raise named(failed[0])
        return found

    def _record(self, message: Any) -> Record[Any, Any]:
        where = message.topic(), message.partition()
        self._at[where] = message.offset() + 1
        return Record(
            message.key(),
            message.value(),
            message.timestamp()[1],
            tuple(message.headers() or ()),
            topic=where[0],
            partition=where[1],
            offset=message.offset(),
        )

    # ---- standing

    def seek(self, topic: str, partition: int, offset: int) -> None:
        self._at[topic, partition] = offset
        with translated():
            self._assign()

    def seek_to_time(self, at_ms: int) -> None:
        ends = self.end_offsets()
        for where in list(self._at):
            first = self._times(where[0], at_ms)[where[1]]
            self._at[where] = ends[where] if first is None else first[0]
        self._assign()

    def offsets_for_times(self, times: Mapping[Where, int]) -> dict[Where, Any]:
        return {where: self._times(where[0], at)[where[1]] for where, at in times.items()}

    def positions(self) -> dict[Where, int]:
        return dict(self._at)

    def position(self, topic: str, partition: int) -> int:
        return self._at[topic, partition]

    def end_offsets(self) -> dict[Where, int]:
        with translated():
            return {
                where: self._client.get_watermark_offsets(TopicPartition(*where), WAIT_S)[1]
                for where in self._at
            }

    def commit(self, offsets: Mapping[Where, int] | None = None) -> None:
        if not self._group:
            raise Misuse("commit() needs a group")
        stands = self._at if offsets is None else offsets
        parts = [TopicPartition(*where, at) for where, at in stands.items() if at >= 0]
        with translated():
            told = self._client.commit(offsets=parts, asynchronous=False)
            for one in told or ():
                if one.error is not None:
                    raise named(one.error)

    def stands(self) -> tuple[list[TopicPartition], Any]:
        """What `send_offsets_to_transaction` takes."""
        parts = [TopicPartition(*where, at) for where, at in self._at.items() if at >= 0]
        return parts, self._client.consumer_group_metadata()

    def seen(self) -> None:
        """A transaction is committed before its offsets are seen by an admin: a group's own question waits for them."""
        with translated():
            self._client.committed(self.stands()[0], WAIT_S)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
