"""An admin of this library's face over confluent-kafka, as far as promises use it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from attrs import frozen
from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
)

from streamz_core.broker.admin import TopicDescription
from streamz_core.broker.operating.groups import GroupDescription, GroupPart
from streamz_core.errors import Misuse, Retriable, UnknownTopic
from tests.interop.errors import translated

WAIT_S = 30
TRIES = 100
TOPIC = ConfigResource.Type.TOPIC


@frozen
class KafkaAdmin:
    """Every call returns when what it asked for is seen."""

    _client: AdminClient

    # ---- topics

    def create_topic(
        self, name: str, partitions: int = 4, *, config: Mapping[str, Any] | None = None
    ) -> None:
        if partitions < 1:  # librdkafka takes -1 for the broker's own number
            raise Misuse(f"{partitions} partitions")
        said = {key: str(value) for key, value in (config or {}).items()}
        with translated():
            topic = NewTopic(name, partitions, 1, config=said)
            _done(self._client.create_topics([topic], operation_timeout=WAIT_S))
        self._until(lambda: name in self.topics())

    def alter_topic(
        self,
        name: str,
        *,
        partitions: int | None = None,
        config: Mapping[str, Any] | None = None,
        unset: Collection[str] = (),
    ) -> None:
        with translated():
            if partitions is not None:
                _done(self._client.create_partitions([NewPartitions(name, partitions)]))
                self._until(lambda: len(self._parts(name)) == partitions)
            changes = [
                *(ConfigEntry(key, str(value)) for key, value in (config or {}).items()),
                *(
                    ConfigEntry(key, None, incremental_operation=AlterConfigOpType.DELETE)
                    for key in unset
                ),
            ]
            for one in changes:
                one.incremental_operation = one.incremental_operation or AlterConfigOpType.SET
            if changes:
                asked = ConfigResource(TOPIC, name, incremental_configs=changes)
                _done(self._client.incremental_alter_configs([asked]))

    def delete_topic(self, name: str) -> None:
        with translated():
            _done(self._client.delete_topics([name], operation_timeout=WAIT_S))
        self._until(lambda: name not in self.topics())

    def delete_records(self, name: str, offsets: Mapping[int, int]) -> dict[int, int]:
        self._parts(name)
        asked = [TopicPartition(name, part, at) for part, at in offsets.items()]
        with translated():
            found = self._client.delete_records(asked)
            return {
                part.partition: told.result(WAIT_S).low_watermark for part, told in found.items()
            }

    def topics(self) -> list[str]:
        with translated():
            return sorted(self._client.list_topics(timeout=WAIT_S).topics)

    def describe(self, name: str) -> TopicDescription:
        parts = self._parts(name)
        begins = self._offsets(name, OffsetSpec.earliest())
        ends = self._offsets(name, OffsetSpec.latest())
        asked = ConfigResource(TOPIC, name)
        with translated():
            (entries,) = _done(self._client.describe_configs([asked]))
        said = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
        config = {key: one.value for key, one in entries.items() if one.source == said}
        return TopicDescription(
            name,
            len(parts),
            tuple(begins[part][0] for part in parts),
            tuple(ends[part][0] for part in parts),
            ((),) * len(parts),
            config,
            "bytes",
            "bytes",
        )

    def offsets_for_times(self, name: str, at_ms: int) -> dict[int, tuple[int, int] | None]:
        found = self._offsets(name, OffsetSpec.for_timestamp(at_ms))
        return {part: None if one[0] < 0 else one for part, one in found.items()}

    def _offsets(self, name: str, spec: OffsetSpec) -> dict[int, tuple[int, int]]:
        for _ in range(TRIES):  # a new partition has no leader for a moment
            with suppress(Retriable), translated():
                asked = {TopicPartition(name, part): spec for part in self._parts(name)}
                found = self._client.list_offsets(asked)
                told = {part.partition: one.result(WAIT_S) for part, one in found.items()}
                return {part: (one.offset, one.timestamp) for part, one in told.items()}
        raise Retriable("it has no leader yet")

    def _parts(self, name: str) -> list[int]:
        with translated():
            found = self._client.list_topics(name, WAIT_S).topics[name]
        if found.error is not None:
            raise UnknownTopic(str(found.error))
        return sorted(found.partitions)

    # ---- groups

    def groups(self) -> list[str]:
        with translated():
            return sorted(
                one.group_id for one in self._client.list_consumer_groups().result(WAIT_S).valid
            )

    def describe_group(self, name: str) -> GroupDescription:
        with translated():
            (state,) = _done(self._client.describe_consumer_groups([name]))
            if state.state == ConsumerGroupState.DEAD:
                raise Misuse(f"there is no group {name}")
            asked = [ConsumerGroupTopicPartitions(name)]
            (found,) = _done(self._client.list_consumer_group_offsets(asked))
        stands = {(one.topic, one.partition): one.offset for one in found.topic_partitions}
        ends = {topic: self._offsets(topic, OffsetSpec.latest()) for topic, _ in stands}
        parts = [
            GroupPart(topic, part, at, ends[topic][part][0], None)
            for (topic, part), at in sorted(stands.items())
        ]
        shared = dict.fromkeys(stands) if state.members else {}
        return GroupDescription(name, "consumers", tuple(state.members), {}, tuple(parts), shared)

    def reset_offsets(self, name: str, offsets: Mapping[tuple[str, int], int]) -> None:
        asked = [TopicPartition(*where, at) for where, at in offsets.items()]
        with translated():
            wanted = [ConsumerGroupTopicPartitions(name, asked)]
            (found,) = _done(self._client.alter_consumer_group_offsets(wanted))
        failed = [one.error for one in found.topic_partitions if one.error is not None]
        if failed:  # UNKNOWN_MEMBER_ID: somebody is in it, and the admin is not
            raise Misuse(str(failed[0]))

    def delete_group(self, name: str) -> None:
        with translated():
            _done(self._client.delete_consumer_groups([name]))

    def _until(self, true: Any) -> None:
        for _ in range(TRIES):
            if true():
                return
            self._client.poll(0.05)
        raise Retriable("it is not seen yet")


def _done(told: Mapping[Any, Any]) -> list[Any]:
    return [each.result(WAIT_S) for each in told.values()]
