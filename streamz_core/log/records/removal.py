"""Records after which something is no more: lost records of a partition, the past of a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import msgpack
from attrs import define, evolve

from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.index import Index
from streamz_core.log.records.state import Owner, State

CAUSES = ("skip", "retention", "delete_records")
_OFFSET_FIELDS = 3


@define
class LostRecord(Chained):
    """The records [start, stop) of a partition are no more: nobody reads them, and no group waits there.

    `count`: how many of them there were until now. `cause`: an operator's skip of what could not be
    read, retention, or delete_records.
    """

    kind: ClassVar[int] = 10
    name: ClassVar[str] = "LOST"
    topic: int
    partition: int
    start: int
    stop: int
    count: int
    cause: str

    @classmethod
    def of(  # noqa: PLR0913 - the parts of a range
        cls, state: State, topic: int, partition: int, start: int, stop: int, cause: str
    ) -> Self:
        """The record that follows this state: what was lost before is not counted again."""
        left = (
            state.lost_in(topic, partition).kept(start, stop) if state.has(topic, partition) else ()
        )
        return cls(topic, partition, start, stop, sum(to - at for at, to in left), cause)

    def pack(self) -> bytes:
        body = [self.topic, self.partition, self.start, self.stop, self.count, self.cause]
        return bytes(msgpack.packb(body))

    def check(self) -> str:
        why = fields.whole("a topic", self.topic, 1) or fields.whole("a partition", self.partition)
        why = why or fields.whole("from", self.start) or fields.whole("to", self.stop)
        why = why or fields.whole("a count", self.count)
        if not why and self.cause not in CAUSES:
            why = f"its cause is {self.cause!r:.40}; there are {', '.join(CAUSES)}"
        return why

    def refuse(self, state: State) -> str:
        if not state.has(self.topic, self.partition):
            return f"no partition {self.partition} of topic {self.topic}"
        start, end = state.start(self.topic, self.partition), state.end(self.topic, self.partition)
        if not start <= self.start < self.stop <= end:
            title = state.title(self.topic, self.partition)
            return f"{title} has the offsets {start} to {end}, not {self.start} to {self.stop}"
        return ""

    def apply(self, state: State) -> None:
        state.lose(self.topic, self.partition, self.start, self.stop, self.cause)


@define
class ResetRecord(Chained):
    """A group forgets what it did: its offsets are set or removed, its positions are gone.

    A row of `offsets`: topic id, partition, offset or None (as if it never committed). `removed`: ids of
    internal topics of the app of that name, which are no more: their names are free. Nobody of the group
    may live; epochs go on from where they were, so that an old owner never commits again.
    """

    kind: ClassVar[int] = 11
    name: ClassVar[str] = "RESET"
    group: str
    offsets: Sequence[tuple[int, int, int | None]]
    removed: Sequence[int]
    asker: str

    @classmethod
    def of(
        cls,
        group: str,
        offsets: Mapping[tuple[int, int], int | None],
        removed: Sequence[int],
        asker: str,
    ) -> Self:
        """The record of these offsets by (topic id, partition)."""
        rows = [(*where, offset) for where, offset in offsets.items()]
        return cls(group, rows, removed, asker)

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.group, self.offsets, self.removed, self.asker]))

    def check(self) -> str:
        why = fields.text("a group", self.group) or fields.text("who asked", self.asker)
        why = why or fields.rows("its offsets", self.offsets, _OFFSET_FIELDS)
        for topic, partition, offset in () if why else self.offsets:
            why = why or fields.whole("a topic", topic, 1) or fields.whole("a partition", partition)
            why = why or fields.whole("an offset", 0 if offset is None else offset)
        if not why and type(self.removed) is not list:
            why = "its topics are no list"
        for topic in () if why else self.removed:
            why = why or fields.whole("a topic", topic, 1)
        if not why and len(set(self.removed)) < len(self.removed):
            why = "its topics name one twice"
        return why

    def refuse(self, state: State) -> str:
        living = [one.incarnation.hex() for one in state.members_of(self.group)]
        if living:
            return f"group {self.group} has members ({', '.join(living)}): end them first"
        for topic, partition, offset in self.offsets:
            why = _refuse_offset(state, topic, partition, offset)
            if why:
                return why
        for topic in self.removed:
            if not state.has(topic, 0):
                return f"no topic {topic}"
            if state.topics[topic].owner != self.group:
                return f"topic {state.topics[topic].name} is no internal topic of {self.group}"
        return ""

    def apply(self, state: State) -> None:
        group = state.group_of(self.group)
        for topic, partition, offset in self.offsets:
            if offset is None:
                group.offsets.pop((topic, partition), None)
            else:
                group.offsets[topic, partition] = offset
        group.positions.clear()
        group.commits.clear()
        group.owners = {task: Owner(b"", owner.epoch) for task, owner in group.owners.items()}
        group.generation += 1
        group.assignment, group.members = {}, ()
        group.reset_lsn = state.lsn + 1
        if not group.offsets:
            group.forget()
        for topic in self.removed:
            state.remove(topic)
        state.schemas.unread(self.group)
        state.moves += 1

    def locate(self, index: Index, lsn: int, where: tuple[int, int]) -> None:  # noqa: ARG002
        index.forget(self.removed)


@define
class ExpireRecord(Chained):
    """A plain consumer group of which nobody lives: since `now_ms` (`forget` false), or too long: its offsets
    are no more. A commit or a member of the group in between begins the count anew."""

    kind: ClassVar[int] = 15
    name: ClassVar[str] = "EXPIRE"
    since: ClassVar[int] = 3
    group: str
    now_ms: int
    forget: bool

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.group, self.now_ms, self.forget]))

    def check(self) -> str:
        why = fields.text("a group", self.group) or fields.whole("a time", self.now_ms, 1)
        told: object = self.forget  # as it is unpacked
        if not why and type(told) is not bool:
            why = f"whether it is forgotten is {told!r:.40}"
        return why

    def refuse(self, state: State) -> str:
        group = state.group(self.group)
        if group.apps:
            return f"group {self.group} is an app's: its offsets go with its reset"
        if not (group.offsets or group.shares) or state.members_of(self.group):
            return f"group {self.group} has no offsets, or has members"
        if self.forget and not group.idle_ms:
            return f"nobody saw group {self.group} without members before"
        return ""

    def apply(self, state: State) -> None:
        group = state.groups[self.group]
        group.idle_ms = 0 if self.forget else self.now_ms
        if self.forget:
            group.offsets.clear()
            group.forget()


@define
class ForgetRecord(Chained):
    """An id of producers that nobody uses: since `now_ms` (`forget` false), or too long: its newest sequence is not
    known any more. A producer of that id in between begins the count anew."""

    kind: ClassVar[int] = 20
    name: ClassVar[str] = "FORGET"
    since: ClassVar[int] = 3
    producer: str
    now_ms: int
    forget: bool

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.producer, self.now_ms, self.forget]))

    def check(self) -> str:
        why = fields.text("an id", self.producer) or fields.whole("a time", self.now_ms, 1)
        told: object = self.forget  # as it is unpacked
        if not why and type(told) is not bool:
            why = f"whether it is forgotten is {told!r:.40}"
        return why

    def refuse(self, state: State) -> str:
        known = state.producers.get(self.producer)
        if known is None or known.incarnation in state.members:
            return f"nobody ever was the producer {self.producer}, or it lives"
        if self.forget and not known.idle_ms:
            return f"nobody saw before that the producer {self.producer} was gone"
        return ""

    def apply(self, state: State) -> None:
        if self.forget:
            del state.producers[self.producer]
        else:
            known = state.producers[self.producer]
            state.producers[self.producer] = evolve(known, idle_ms=self.now_ms)


@define
class DeleteTopicRecord(Chained):
    """A topic is no more, with its records and schemas and everybody's offsets in it; its name is free.

    `asker` is told to whoever looks later.
    """

    kind: ClassVar[int] = 16
    name: ClassVar[str] = "DELETE_TOPIC"
    since: ClassVar[int] = 3
    topic: int
    asker: str

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.topic, self.asker]))

    def check(self) -> str:
        return fields.whole("a topic", self.topic, 1) or fields.text("who asked", self.asker)

    def refuse(self, state: State) -> str:
        return "" if state.has(self.topic, 0) else f"no topic {self.topic}"

    def apply(self, state: State) -> None:
        state.remove(self.topic)
        state.moves += 1

    def locate(self, index: Index, lsn: int, where: tuple[int, int]) -> None:  # noqa: ARG002
        index.forget([self.topic])


def _refuse_offset(state: State, topic: int, partition: int, offset: int | None) -> str:
    if not state.has(topic, partition):
        return f"no partition {partition} of topic {topic}"
    start, end = state.start(topic, partition), state.end(topic, partition)
    if offset is not None and not start <= offset <= end:
        return f"{state.title(topic, partition)} has the offsets {start} to {end}, not {offset}"
    return ""
