"""Making and describing topics."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Any, Self

from attrs import frozen

from streamz_core.broker.backend import Backend, Gap, PartitionSize, TopicInfo
from streamz_core.broker.checks import mapped, named, whole
from streamz_core.broker.embedded import Broker
from streamz_core.broker.names import PARTITIONS_MAX, check_topic_name
from streamz_core.broker.operating.altering import Alteration, alter, plan_alteration
from streamz_core.broker.operating.groups import (
    GroupDescription,
    delete_group,
    describe_group,
    group_names,
    move_group,
)
from streamz_core.broker.schemas import SIDES, told_of
from streamz_core.codecs.plain import BYTES
from streamz_core.codecs.schemas import type_text
from streamz_core.errors import Misuse, OffsetOutOfRange
from streamz_core.topic_config import config_of, topic_config

POLICY = "cleanup.policy"


@frozen
class TopicDescription:
    """Per partition: `begins`, the offset of the first record there is; `ends`, the one the next record gets;
    `gaps`, what is lost between them, as (from, to, cause). `config` as it was created. `key` and `value`: the
    types of which they are, as was told; bytes if nobody told."""

    name: str
    partitions: int
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    gaps: tuple[tuple[Gap, ...], ...]
    config: Mapping[str, Any]
    key: str
    value: str

    @property
    def records(self) -> tuple[int, ...]:
        """Per partition how many records there are."""
        lost = [sum(stop - start for start, stop, _ in gaps) for gaps in self.gaps]
        return tuple(map(lambda begin, end, out: end - begin - out, self.begins, self.ends, lost))


class Admin:
    """What one may do to topics and groups. It is for the thread that made it."""

    def __init__(self, broker: Broker, *, owns_broker: bool = False) -> None:
        """`owns_broker`: `close()`, and the end of a `with` block, close the broker too."""
        self._broker = broker
        self._backend = broker.backend
        self._owns_broker = owns_broker

    def close(self) -> None:
        """Close the broker, if it is this one's own."""
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

    def create_topic(
        self,
        name: str,
        partitions: int = 4,
        *,
        cleanup: str | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> TopicInfo:
        """A new topic; Misuse if there is one of that name, or the name, number or config is impossible.

        `config`: Kafka's settings of a topic, {"retention.ms": 3_600_000}; `cleanup` is short for its
        cleanup.policy, which is "delete" unless said.
        """
        check_topic_name(name)
        if (
            not 1
            <= whole(f"the number of partitions of {name}", partitions, None)
            <= PARTITIONS_MAX
        ):
            raise Misuse(
                f"{name}: {partitions!r:.40} partitions; 1 to {PARTITIONS_MAX} are possible"
            )
        wanted = {} if config is None else topic_config(config, f"topic {name}")
        said = topic_config({**wanted, **_policy(name, cleanup, wanted)}, f"topic {name}")
        self._backend.refresh()
        found = self._backend.topics().get(name)
        if found is not None:
            raise Misuse(f"topic {name!r} exists already, with {found.partitions} partitions")
        return self._backend.create_topic(name, partitions, said)

    def alter_topic(
        self,
        name: str,
        *,
        partitions: int | None = None,
        config: Mapping[str, Any] | None = None,
        unset: Collection[str] = (),
        force: bool = False,
    ) -> TopicInfo:
        """Give a topic more partitions, other settings, or let settings be as they are `unset`; all who run follow.

        A key's records go to another partition when there are more of them, and apps that keep state by the old ones
        end: `alteration` tells all that breaks. UnknownTopic; Misuse for fewer partitions, for settings that there
        are not, and while such an app runs, unless `force` says to do it all the same.
        """
        wanted = self.alteration(name, partitions=partitions, config=config, unset=unset)
        return alter(self._backend, wanted, force=force)

    def alteration(
        self,
        name: str,
        *,
        partitions: int | None = None,
        config: Mapping[str, Any] | None = None,
        unset: Collection[str] = (),
    ) -> Alteration:
        """What `alter_topic` would change, and what that breaks; nothing is done. Raises what it does."""
        wanted = {} if config is None else config
        return plan_alteration(self._backend, name, partitions, wanted, unset)

    def delete_records(self, name: str, offsets: Mapping[int, int]) -> dict[int, int]:
        """Delete the records before these offsets, by partition; -1: all there are. Where each begins then.

        A consumer that stands before goes on there. UnknownTopic, OffsetOutOfRange; Misuse for partitions that there are
        not, and for a topic that is only compacted: its records go by their keys (Kafka: POLICY_VIOLATION).
        """
        backend = self._backend
        stops = self.deletable(name, offsets)
        for partition, stop in stops.items():
            backend.delete_records(name, partition, stop)
        return {partition: backend.start(name, partition) for partition in stops}

    def deletable(self, name: str, offsets: Mapping[int, int]) -> dict[int, int]:
        """The offsets before which `delete_records` would delete; nothing is done. Raises what it does."""
        backend = self._backend
        backend.refresh()
        topic = backend.topic(named(name))
        if not config_of(topic.config).deletes:
            raise Misuse(
                f"topic {name} is compacted: its records go when others of their keys come"
            )
        stops: dict[int, int] = {}
        for partition, offset in mapped("offsets", offsets).items():
            if not 0 <= whole("a partition", partition, None) < topic.partitions:
                raise Misuse(f"{name} has partitions 0 to {topic.partitions - 1}, not {partition}")
            end = backend.end(name, partition)
            if not -1 <= whole("an offset", offset, None) <= end:
                begin = backend.start(name, partition)
                raise OffsetOutOfRange(
                    f"{name}[{partition}] has the offsets {begin} to {end}, not {offset}",
                    begin,
                    end,
                )
            stops[partition] = end if offset == -1 else offset
        return stops

    def delete_topic(self, name: str, *, force: bool = False) -> None:
        """Delete a topic with its records, schemas and everybody's offsets in it; its name is free then.

        UnknownTopic; Misuse for an internal topic of an app, and while somebody who reads it lives, unless
        `force` says to do it all the same.
        """
        self._backend.refresh()
        self._backend.topic(named(name))
        self._backend.delete_topic(name, force=force)

    def offsets_for_times(self, name: str, at_ms: int) -> dict[int, tuple[int, int] | None]:
        """For each partition the offset and timestamp of the first record whose timestamp is `at_ms` or later; None
        if there is none. UnknownTopic."""
        backend, at = self._backend, whole("a time", at_ms, None)
        backend.refresh()
        topic = backend.topic(named(name))
        backend.watch([name])
        return {part: backend.offset_at(name, part, at) for part in range(topic.partitions)}

    # ---- groups

    def groups(self) -> list[str]:
        """Names of all groups, apps and consumers, sorted."""
        self._backend.refresh()
        return group_names(self._backend)

    def describe_group(self, name: str) -> GroupDescription:
        """Who is in a group, where it stands in each partition, and how far it is behind; Misuse if there is none."""
        return describe_group(self._backend, name)

    def reset_offsets(self, name: str, offsets: Mapping[tuple[str, int], int | None]) -> None:
        """Let a group of consumers go on at these offsets, by (topic, partition); None: as if it never committed.

        Misuse for an app (`streamz reset`), while a member lives, and for offsets that a partition does not have.
        """
        move_group(self._backend, name, offsets)

    def delete_group(self, name: str) -> None:
        """Forget a group of consumers and its offsets. Misuse for an app, and while a member lives."""
        delete_group(self._backend, name)

    # ---- looking

    def topics(self) -> list[str]:
        """Names of all topics, sorted."""
        self._backend.refresh()
        return sorted(self._backend.topics())

    def sizes(self, name: str) -> tuple[PartitionSize, ...]:
        """What each partition takes on the disk, and where; UnknownTopic."""
        backend = self._backend
        backend.refresh()
        topic = backend.topic(named(name))
        backend.watch([name])
        return tuple(backend.size(name, partition) for partition in range(topic.partitions))

    def describe(self, name: str) -> TopicDescription:
        """One topic; UnknownTopic."""
        self._backend.refresh()
        topic = self._backend.topic(named(name))
        backend, parts = self._backend, range(topic.partitions)
        return TopicDescription(
            name,
            topic.partitions,
            tuple(backend.start(name, p) for p in parts),
            tuple(backend.end(name, p) for p in parts),
            tuple(tuple(backend.gaps(name, p)) for p in parts),
            topic.config,
            *(_type(backend, name, side) for side in SIDES),
        )


def _policy(name: str, cleanup: str | None, config: Mapping[str, Any]) -> dict[str, str]:
    """What becomes of old records, said at least once on the log."""
    if cleanup is None:
        return {} if POLICY in config else {POLICY: "delete"}
    if POLICY in config:
        raise Misuse(f"{name}: cleanup={cleanup!r:.40} and {POLICY} in its config; say it once")
    return {POLICY: cleanup}


def _type(backend: Backend, topic: str, side: str) -> str:
    told = told_of(backend, topic, side)
    return BYTES.name if told is None else type_text(told.described)
