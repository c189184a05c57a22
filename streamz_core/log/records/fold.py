"""The state of the log: what the chain says, record by record. Every process folds the same.

No input but the chain: no clock, no files. A record is refused (`refusal`) before it is appended; the
same rule is asserted when it is applied, so a chain that breaks it is damaged.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import Any

from attrs import define, field, frozen

from streamz_core.errors import Corrupt
from streamz_core.log.chain.frame import ZERO
from streamz_core.log.records import kinds

HASH_BYTES = 8  # of each hash that is kept for every record ever folded


@frozen
class Topic:
    """`config` holds what the creator gave: cleanup, retention_ms, timestamps, ..."""

    id: int
    name: str
    partitions: int
    config: dict[str, Any]


@frozen
class Member:
    """A process that shares the log: how to wake it and for which topics; `group` "" for none."""

    incarnation: bytes
    address: str
    topics: tuple[str, ...]
    group: str
    info: dict[str, Any]


@frozen
class Owner:
    """Who owns a task; `incarnation` is b"" after a release, or when the owner left."""

    incarnation: bytes
    epoch: int


@define
class Group:
    """A consumer group or an app: committed offsets, and for apps who owns which task."""

    generation: int = 0
    members: tuple[bytes, ...] = ()
    assignment: dict[str, bytes] = field(factory=dict)
    owners: dict[str, Owner] = field(factory=dict)
    offsets: dict[tuple[int, int], int] = field(factory=dict)
    positions: dict[str, dict[str, Any]] = field(factory=dict)


class Ranges:
    """Where the records of one partition lie, oldest first, in packed arrays."""

    __slots__ = ("bases", "crcs", "files", "lengths", "lsns", "positions")

    def __init__(self) -> None:
        self.bases = array("q")
        self.lsns = array("q")
        self.files = array("q")  # index into Fold.files
        self.positions = array("q")
        self.lengths = array("q")
        self.crcs = array("Q")

    def add(self, base: int, lsn: int, where: tuple[int, int, int, int]) -> None:
        """`where`: file index, position, bytes, crc."""
        self.bases.append(base)
        self.lsns.append(lsn)
        self.files.append(where[0])
        self.positions.append(where[1])
        self.lengths.append(where[2])
        self.crcs.append(where[3])

    def find(self, offset: int) -> int:
        """Index of the range that holds `offset`; -1 before the first."""
        return bisect_right(self.bases, offset) - 1


class Fold:
    """The state after the record `lsn`, whose hash is `hash`."""

    def __init__(self) -> None:
        self.lsn = 0
        self.hash = ZERO
        self.hashes = bytearray(ZERO[:HASH_BYTES])
        self.topics: dict[int, Topic] = {}
        self.names: dict[str, Topic] = {}
        self.ends: dict[int, list[int]] = {}
        self.members: dict[bytes, Member] = {}
        self.moves = 0  # how often a member, an assignment or an owner changed
        self.groups: dict[str, Group] = {}
        self.watched: set[str] = set()
        self.ranges: dict[tuple[int, int], Ranges] = {}
        self.files: list[tuple[bytes, int]] = []  # (incarnation, number); (b"", segment) = inline
        self.named: dict[tuple[bytes, int], int] = {}  # data file -> the last record that named it
        self._file_index: dict[tuple[bytes, int], int] = {}
        self._apply = {
            kinds.TOPIC: self._topic,
            kinds.MEMBER: self._member,
            kinds.LEAVE: self._leave,
            kinds.GENERATION: self._generation,
            kinds.OWNER: self._owner,
            kinds.RELEASE: self._release,
            kinds.COMMIT: self._commit,
        }

    # ---- reading

    def on_chain(self, lsn: int, hash_: bytes) -> bool:
        """Whether the record `lsn` of this chain has that hash (its first 8 bytes are compared)."""
        if not 0 <= lsn <= self.lsn:
            return False
        at = lsn * HASH_BYTES
        return self.hashes[at : at + HASH_BYTES] == hash_[:HASH_BYTES]

    def end(self, topic: int, partition: int) -> int:
        """The offset the next record of the partition will get."""
        return self.ends[topic][partition]

    def group(self, name: str) -> Group:
        """The group, empty if nobody ever spoke of it."""
        return self.groups.get(name) or Group()

    def committed(self, group: str, topic: int, partition: int) -> int:
        """The offset the group reads next; 0 if it never committed."""
        return self.group(group).offsets.get((topic, partition), 0)

    def digest(self) -> tuple[Any, ...]:
        """Everything two processes must agree on at one lsn."""
        owners = [(name, sorted(group.owners.items())) for name, group in self.groups.items()]
        offsets = [(name, sorted(group.offsets.items())) for name, group in self.groups.items()]
        return self.lsn, self.hash, sorted(self.ends.items()), sorted(owners), sorted(offsets)

    # ---- refusing

    def refusal(self, kind: int, body: list[Any]) -> str:
        """Why this record may not follow the chain as it is; "" if it may."""
        if kind == kinds.COMMIT:
            return self._refuse_commit(body)
        if kind == kinds.GENERATION:
            return "" if self.group(body[0]).generation + 1 == body[1] else "generation is over"
        if kind == kinds.OWNER:
            return self._refuse_owner(body)
        if kind == kinds.RELEASE:
            owner = self.group(body[0]).owners.get(body[1])
            mine = owner is not None and owner.incarnation == body[2]
            return "" if mine else f"task {body[1]} has another owner"
        if kind == kinds.TOPIC:
            return f"topic {body[1]} exists" if body[1] in self.names else ""
        return ""

    def _refuse_owner(self, body: list[Any]) -> str:
        group, task, incarnation, epoch = body
        if incarnation not in self.members:
            return f"{incarnation.hex()} is no member"
        owner = self.group(group).owners.get(task)
        known = owner.epoch if owner else 0
        return "" if epoch == known + 1 else f"task {task} is at epoch {known}"

    def _refuse_commit(self, body: list[Any]) -> str:
        incarnation, tasks, ranges = body
        for name, task, epoch, moves, _ in tasks:
            group = self.group(name)
            if task:
                owner = group.owners.get(task)
                if owner is None or owner.incarnation != incarnation or owner.epoch != epoch:
                    return (
                        f"task {task}: owner is {owner}, not epoch {epoch} of {incarnation.hex()}"
                    )
            elif group.owners:
                return f"group {name} is an app's: its offsets move with its tasks only"
            for topic, partition, start, stop in moves:
                at = group.offsets.get((topic, partition), 0)
                if at != start or stop < start:
                    title = self.topics[topic].name if topic in self.topics else topic
                    return f"group {name}: {title}[{partition}] is at {at}, not at {start}"
        for topic, partition, *_ in ranges:
            if topic not in self.topics or partition >= self.topics[topic].partitions:
                return f"no partition {partition} of topic {topic}"
        return ""

    # ---- applying

    def apply(
        self, lsn: int, hash_: bytes, kind: int, body: list[Any], where: tuple[int, int]
    ) -> None:
        """Fold the next record; `where`: its segment and the position of its payload there."""
        if kind not in self._apply:
            raise Corrupt(f"commit {lsn} has the unknown kind {kind}: written by a newer version?")
        why = self.refusal(kind, body)
        if why:
            raise Corrupt(f"commit {lsn} ({kinds.NAMES[kind]}) breaks the rules of the log: {why}")
        self._apply[kind](lsn, body, where)
        if kind not in (kinds.COMMIT, kinds.TOPIC):
            self.moves += 1
        self.lsn = lsn
        self.hash = hash_
        self.hashes += hash_[:HASH_BYTES]

    def _topic(self, _lsn: int, body: list[Any], _where: tuple[int, int]) -> None:
        topic = Topic(*body)
        self.topics[topic.id] = self.names[topic.name] = topic
        self.ends[topic.id] = [0] * topic.partitions
        if topic.name in self.watched:
            self.keep(topic)

    def keep(self, topic: Topic) -> None:
        """From now on remember where the records of this topic lie."""
        for partition in range(topic.partitions):
            self.ranges[topic.id, partition] = Ranges()

    def _member(self, _lsn: int, body: list[Any], _where: tuple[int, int]) -> None:
        incarnation, address, topics, group, info = body
        self.members[incarnation] = Member(incarnation, address, tuple(topics), group, info)

    def _leave(self, _lsn: int, body: list[Any], _where: tuple[int, int]) -> None:
        gone = body[0]
        self.members.pop(gone, None)
        for group in self.groups.values():
            for task, owner in group.owners.items():
                if owner.incarnation == gone:
                    group.owners[task] = Owner(b"", owner.epoch)

    def _generation(self, _lsn: int, body: list[Any], _where: tuple[int, int]) -> None:
        name, number, assignment = body
        group = self.groups.setdefault(name, Group())
        group.generation = number
        group.assignment = assignment
        group.members = tuple(sorted(set(assignment.values())))

    def _owner(self, _lsn: int, body: list[Any], _where: tuple[int, int]) -> None:
        name, task, incarnation, epoch = body
        self.groups.setdefault(name, Group()).owners[task] = Owner(incarnation, epoch)

    def _release(self, _lsn: int, body: list[Any], _where: tuple[int, int]) -> None:
        owners = self.groups[body[0]].owners
        owner = owners[body[1]]
        owners[body[1]] = Owner(b"", owner.epoch)

    def _commit(self, lsn: int, body: list[Any], where: tuple[int, int]) -> None:
        incarnation, tasks, ranges = body
        for name, task, _, moves, position in tasks:
            group = self.groups.get(name)
            if group is None:
                group = self.groups[name] = Group()
            for topic, partition, _, stop in moves:
                group.offsets[topic, partition] = stop
            if position:
                known = group.positions.setdefault(task, {})
                known.update(position)
        for topic, partition, count, number, at, size, crc in ranges:
            ends = self.ends[topic]
            base = ends[partition]
            ends[partition] = base + count
            if number:
                self.named[incarnation, number] = lsn
            kept = self.ranges.get((topic, partition))
            if kept is not None:
                place = (incarnation, number, at) if number else (b"", where[0], where[1] + at)
                kept.add(base, lsn, (self._index(place[:2]), place[2], size, crc))

    def _index(self, file: tuple[bytes, int]) -> int:
        index = self._file_index.get(file)
        if index is None:
            index = self._file_index[file] = len(self.files)
            self.files.append(file)
        return index
