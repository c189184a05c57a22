"""Records about who owns which task."""

from __future__ import annotations

from typing import ClassVar

import msgpack
from attrs import define

from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.state import Group, Owner, Sender, State


@define
class GenerationRecord(Chained):
    """The next assignment of a group: which task is to be whose."""

    kind: ClassVar[int] = 5
    name: ClassVar[str] = "GENERATION"
    group: str
    number: int
    assignment: dict[str, bytes]

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.group, self.number, self.assignment]))

    def check(self) -> str:
        why = fields.text("a group", self.group) or fields.whole("a generation", self.number, 1)
        why = why or fields.mapping("an assignment", self.assignment)
        for task, member in () if why else self.assignment.items():
            why = why or fields.text("a task", task) or fields.incarnation(member)
        return why

    def refuse(self, state: State) -> str:
        known = state.group(self.group).generation
        return "" if known + 1 == self.number else "generation is over"

    def apply(self, state: State) -> None:
        group = state.group_of(self.group)
        group.generation = self.number
        group.assignment = self.assignment
        group.members = tuple(sorted(set(self.assignment.values())))
        state.moves += 1


@define
class OwnerRecord(Chained):
    """A member takes a task, at the next epoch of the task."""

    kind: ClassVar[int] = 6
    name: ClassVar[str] = "OWNER"
    group: str
    task: str
    incarnation: bytes
    epoch: int

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.group, self.task, self.incarnation, self.epoch]))

    def check(self) -> str:
        why = fields.text("a group", self.group) or fields.text("a task", self.task)
        return why or fields.incarnation(self.incarnation) or fields.whole("epoch", self.epoch, 1)

    def refuse(self, state: State) -> str:
        if self.incarnation not in state.members:
            return f"{self.incarnation.hex()} is no member"
        if state.group(self.group).shares:
            return f"group {self.group} is one of consumers, who share partitions"
        owner = state.group(self.group).owners.get(self.task)
        known = owner.epoch if owner else 0
        return "" if self.epoch == known + 1 else f"task {self.task} is at epoch {known}"

    def apply(self, state: State) -> None:
        state.group_of(self.group).owners[self.task] = Owner(self.incarnation, self.epoch)
        state.moves += 1


@define
class ReleaseRecord(Chained):
    """An owner closed its task; the epoch stays."""

    kind: ClassVar[int] = 7
    name: ClassVar[str] = "RELEASE"
    group: str
    task: str
    incarnation: bytes

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.group, self.task, self.incarnation]))

    def check(self) -> str:
        why = fields.text("a group", self.group) or fields.text("a task", self.task)
        return why or fields.incarnation(self.incarnation)

    def refuse(self, state: State) -> str:
        owner = state.group(self.group).owners.get(self.task)
        mine = owner is not None and owner.incarnation == self.incarnation
        return "" if mine else f"task {self.task} has another owner"

    def apply(self, state: State) -> None:
        owners = state.group_of(self.group).owners
        owners[self.task] = Owner(b"", owners[self.task].epoch)
        state.moves += 1


@define
class ShareRecord(Chained):
    """A member of a group that shares takes tasks, and gives back others. The number of this record is the epoch of
    those that it takes: no task ever has it twice, whatever was forgotten of the group meanwhile.
    """

    kind: ClassVar[int] = 21
    name: ClassVar[str] = "SHARE"
    since: ClassVar[int] = 3
    group: str
    incarnation: bytes
    taken: list[str]
    given: list[str]

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.group, self.incarnation, self.taken, self.given]))

    def check(self) -> str:
        why = fields.text("a group", self.group) or fields.incarnation(self.incarnation)
        for what, tasks in (("taken", self.taken), ("given", self.given)):
            if not why and type(tasks) is not list:
                why = f"what is {what} is no list"
            for task in () if why else tasks:
                why = why or fields.text("a task", task)
        return why

    def refuse(self, state: State) -> str:
        member, group = state.members.get(self.incarnation), state.group(self.group)
        if member is None or member.group != self.group:
            return f"{self.incarnation.hex()} is no member of {self.group}"
        if group.apps:
            return f"group {self.group} is an app's: its tasks are no partitions"
        for task in self.taken:
            if _owner(group, task):
                return f"{task} is another member's, who did not give it back"
        for task in self.given:
            if _owner(group, task) != self.incarnation:
                return f"{task} has another owner"
        return ""

    def apply(self, state: State) -> None:
        group = state.group_of(self.group)
        group.shares = True
        for task in self.given:
            group.owners[task] = Owner(b"", group.owners[task].epoch)
        for task in self.taken:
            group.owners[task] = Owner(self.incarnation, state.lsn + 1)
        state.moves += 1


@define
class ProducerRecord(Chained):
    """An id of producers is this handle's from now on: what others commit under it is refused. What was committed
    under it stays known."""

    kind: ClassVar[int] = 18
    name: ClassVar[str] = "PRODUCER"
    since: ClassVar[int] = 3
    producer: str
    incarnation: bytes
    epoch: int

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.producer, self.incarnation, self.epoch]))

    def check(self) -> str:
        why = fields.text("an id", self.producer) or fields.incarnation(self.incarnation)
        return why or fields.whole("an epoch", self.epoch, 1)

    def refuse(self, state: State) -> str:
        known = state.producers.get(self.producer)
        last = 0 if known is None else known.epoch
        if self.epoch == last + 1:
            return ""
        return f"producer {self.producer}: epoch {self.epoch} does not follow {last}"

    def apply(self, state: State) -> None:
        known = state.producers.get(self.producer)
        sequence = 0 if known is None else known.sequence
        state.producers[self.producer] = Sender(self.incarnation, self.epoch, sequence)


def _owner(group: Group, task: str) -> bytes:
    """Who has it; b"" if nobody has."""
    found = group.owners.get(task)
    return b"" if found is None else found.incarnation
