"""Records that move offsets and add records to partitions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Self

import msgpack
from attrs import define

from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained, Span
from streamz_core.log.records.index import Index, Payload
from streamz_core.log.records.past import HASH_BYTES
from streamz_core.log.records.state import Sender, State
from streamz_core.log.segments.batch import checksum
from streamz_core.log.values import Stamp, TaskCommit

_TASK_FIELDS, _MOVE_FIELDS = 5, 4
_UINT32_MAX = (1 << 32) - 1  # of what an Index keeps in 32 bits


class Range(NamedTuple):
    """Records of one partition in a COMMIT. `file` 0: they lie in the payload of its frame."""

    topic: int
    partition: int
    records: int
    file: int
    position: int
    bytes: int
    crc: int


_MOVE = fields.Numbers(
    ("a topic", 1, fields.NUMBER_MAX),
    ("a partition", 0, fields.NUMBER_MAX),
    ("from", 0, fields.NUMBER_MAX),
    ("to", 0, fields.NUMBER_MAX),
)
_RANGE = fields.Numbers(
    ("a topic", 1, fields.NUMBER_MAX),
    ("a partition", 0, fields.NUMBER_MAX),
    ("a number of records", 1, _UINT32_MAX),
    ("a data file", 0, _UINT32_MAX),
    ("a place in a data file", 0, fields.NUMBER_MAX),
    ("a number of bytes", 1, _UINT32_MAX),
    ("a checksum", 0, _UINT32_MAX),
)


@define
class CommitRecord(Chained):
    """One transaction: what its writer consumed, what its tasks remember, what it wrote.

    A row of `tasks`: group, task name ("" for a plain consumer group), epoch, moves, changes of the
    position. A move: topic id, partition, from, to. A row of `ranges`: as Range. They stay rows, for
    a log is opened by unpacking every one of them; this class knows what stands where.
    """

    kind: ClassVar[int] = 8
    name: ClassVar[str] = "COMMIT"
    incarnation: bytes
    tasks: Sequence[Sequence[Any]]
    ranges: Sequence[Sequence[int]]

    @classmethod
    def of(cls, incarnation: bytes, tasks: Sequence[TaskCommit], ranges: Sequence[Range]) -> Self:
        """The record of what these tasks did."""
        rows = [[one.group, one.task, one.epoch, one.moves, one.position] for one in tasks]
        return cls(incarnation, rows, ranges)

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.incarnation, self.tasks, self.ranges]))

    def check(self) -> str:
        why = fields.incarnation(self.incarnation)
        why = why or fields.rows("what its tasks did", self.tasks, _TASK_FIELDS)
        why = why or fields.rows("its ranges", self.ranges, len(Range._fields))
        for task in () if why else self.tasks:
            why = why or _check_task(*task)
        for one in () if why else self.ranges:
            why = why or _RANGE.refuse(one)
        return why

    def refuse(self, state: State) -> str:
        for name, task, epoch, moves, _ in self.tasks:
            if state.group(name).shares:
                why = _refuse_shared(state, name, task, epoch, moves)
            else:
                why = self._refuse_owner(state, name, task, epoch)
            why = why or _refuse_moves(state, name, moves)
            if why:
                return why
        ends = state.ends
        for topic, partition, _, _, _, _, _ in self.ranges:
            if not 0 <= partition < len(ends.get(topic, ())):
                return f"no partition {partition} of topic {topic}"
        return ""

    def apply(self, state: State) -> None:
        for name, task, _, moves, position in self.tasks:
            group = state.group_of(name)
            group.idle_ms = 0
            for topic, partition, _, stop in moves:
                group.offsets[topic, partition] = stop
            if position:
                group.positions.setdefault(task, {}).update(position)
        ends = state.ends
        for topic, partition, count, _, _, _, _ in self.ranges:
            ends[topic][partition] += count

    def remember(self, state: State) -> None:
        for name, task, _, _, _ in self.tasks:
            if task and not state.groups[name].shares:
                place = (state.lsn, state.hash[:HASH_BYTES])
                state.groups[name].commits[task] = place

    def locate(self, index: Index, lsn: int, where: tuple[int, int]) -> None:
        watched, news = index.ranges, index.news
        for topic, partition, count, number, at, size, crc in self.ranges:
            kept = watched.get((topic, partition))
            if number:
                index.name((self.incarnation, number), lsn)
            if kept is not None:
                news.add((topic, partition))
                file = (self.incarnation, number) if number else (b"", where[0])
                position = at if number else where[1] + at
                kept.add(count, lsn, index.file(file), position, size, crc)

    def payloads(self) -> Sequence[Payload]:
        return [
            ((self.incarnation, number), at, size, crc)
            for _, _, _, number, at, size, crc in self.ranges
            if number
        ]

    def spans(self, state: State) -> Sequence[Span]:
        return [
            (one[0], one[1], base, base + one[2])
            for one, base in zip(self.ranges, self.bases(state), strict=True)
            if one[3]
        ]

    def broken(self, state: State, payload: bytes) -> Sequence[Span]:
        return [
            (one.topic, one.partition, base, base + one.records)
            for one, base in zip(
                itertools.starmap(Range, self.ranges), self.bases(state), strict=True
            )
            if not one.file
            and checksum(payload[one.position : one.position + one.bytes]) != one.crc
        ]

    def bases(self, state: State) -> list[int]:
        """The offset each range begins at if this record follows next."""
        ends: dict[tuple[int, int], int] = {}
        bases = []
        for topic, partition, count, _, _, _, _ in self.ranges:
            base = ends.get((topic, partition))
            if base is None:
                base = state.end(topic, partition)
            bases.append(base)
            ends[topic, partition] = base + count
        return bases

    def _refuse_owner(self, state: State, name: str, task: str, epoch: int) -> str:
        owners = state.group(name).owners
        if not task:
            return (
                f"group {name} is an app's: its offsets move with its tasks only" if owners else ""
            )
        owner = owners.get(task)
        if owner is None or owner.incarnation != self.incarnation or owner.epoch != epoch:
            mine = self.incarnation.hex()
            return f"task {task}: owner is {owner}, not epoch {epoch} of {mine}"
        return ""


@define
class SentRecord(CommitRecord):
    """A COMMIT of a producer with an id: everything that it sent up to `sequence`, and was not committed before."""

    kind: ClassVar[int] = 19
    name: ClassVar[str] = "SENT"
    since: ClassVar[int] = 3
    producer: str
    epoch: int
    sequence: int

    @classmethod
    def by(cls, commit: CommitRecord, stamp: Stamp) -> Self:
        """The commit as that producer's."""
        told = commit.incarnation, commit.tasks, commit.ranges
        return cls(*told, stamp.producer, stamp.epoch, stamp.sequence)

    def pack(self) -> bytes:
        told = [self.incarnation, self.tasks, self.ranges]
        return bytes(msgpack.packb([*told, self.producer, self.epoch, self.sequence]))

    def check(self) -> str:
        why = super().check() or fields.text("an id", self.producer)
        why = why or fields.whole("an epoch", self.epoch, 1)
        return why or fields.whole("a sequence", self.sequence, 1)

    def refuse(self, state: State) -> str:
        known = state.producers.get(self.producer)
        if known is None:
            return (
                f"producer {self.producer}: nobody used this id for so long that it was forgotten"
            )
        if (known.incarnation, known.epoch) != (self.incarnation, self.epoch):
            return f"producer {self.producer}: another one began to use this id, and this one may not any more"
        if self.sequence <= known.sequence:
            return f"producer {self.producer}: {known.sequence} was written before, and {self.sequence} comes now"
        return super().refuse(state)

    def apply(self, state: State) -> None:
        super().apply(state)
        state.producers[self.producer] = Sender(self.incarnation, self.epoch, self.sequence)


def _check_task(name: object, task: object, epoch: object, moves: object, changes: object) -> str:
    why = fields.text("a group", name) or fields.text("a task", task)
    why = why or fields.whole("an epoch", epoch) or fields.rows("its moves", moves, _MOVE_FIELDS)
    if not why and changes is not None:
        why = fields.mapping("a position", changes)
    for move in () if why else moves:  # type: ignore[attr-defined]  # rows, as was seen
        why = why or _MOVE.refuse(move)
    return why


def _refuse_shared(
    state: State, name: str, task: str, epoch: int, moves: Sequence[Sequence[int]]
) -> str:
    """Of a group whose members share partitions: who has one moves it, and others all while there are none.

    Whose commit it is does not matter: nobody knows the epoch of a task but who has it, and to whom that tells it, as a
    consumer tells a producer for its transaction.
    """
    if not task:
        living = state.members_of(name)
        told = ", ".join(str(one.info.get("pid", one.incarnation.hex())) for one in living)
        return f"group {name} has members (pid {told}), and they alone move its offsets" * bool(
            living
        )
    owner = state.group(name).owners.get(task)
    if owner is None or not owner.incarnation or owner.epoch != epoch:
        return f"group {name}: {task} is another member's by now, or nobody's"
    for topic, partition, _, _ in moves:
        if not state.has(topic, partition) or f"{state.topics[topic].name}/{partition}" != task:
            return f"group {name}: {task} does not move {state.title(topic, partition)}"
    return ""


def _refuse_moves(state: State, name: str, moves: Sequence[Sequence[int]]) -> str:
    for topic, partition, start, stop in moves:
        if not state.has(topic, partition):
            return f"group {name}: no partition {partition} of topic {topic}"
        at = state.committed(name, topic, partition)
        if at is None:
            at = state.start(topic, partition)
        # Who comes later to where the group stands may begin behind what is lost there.
        here = at == start or state.lost_in(topic, partition).behind(at) == start
        # Where consumers share, who has the partition may go back, too: nobody else can stand between.
        if not here or (stop < start and not state.group(name).shares):
            return f"group {name}: {state.title(topic, partition)} is at {at}, not at {start}"
    return ""
