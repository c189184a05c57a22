"""The state of the log: what the chain says up to one record. All processes agree on it.

Plain values, and no input but the chain: no clock, no files. It may begin behind the first record (its
base): whatever it says of older ones, it says that it does not know.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field, frozen

from streamz_core.log.chain.frame import ZERO

HASH_BYTES = 8  # of each hash that is kept, for every record behind the base


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


class State:
    """The state after the record `lsn`, whose hash is `hash`; `base` is the one it began with."""

    def __init__(self, base: tuple[int, bytes] = (0, ZERO)) -> None:
        self.base = base
        self.lsn, self.hash = base
        self.hashes = bytearray(self.hash[:HASH_BYTES])
        self.topics: dict[int, Topic] = {}
        self.names: dict[str, Topic] = {}
        self.starts: dict[int, list[int]] = {}
        self.ends: dict[int, list[int]] = {}
        self.members: dict[bytes, Member] = {}
        self.groups: dict[str, Group] = {}
        self.moves = 0  # how often a member, an assignment or an owner changed

    # ---- reading

    def on_chain(self, lsn: int, hash_: bytes) -> bool | None:
        """Whether the record `lsn` of this chain has that hash (its first 8 bytes are compared).

        None for one before the base: that cannot be told here.
        """
        at = (lsn - self.base[0]) * HASH_BYTES
        if at < 0:
            return None
        if lsn > self.lsn:
            return False
        return self.hashes[at : at + HASH_BYTES] == hash_[:HASH_BYTES]

    def has(self, topic_id: int, partition: int) -> bool:
        """Whether there is such a partition."""
        ends = self.ends.get(topic_id)
        return ends is not None and 0 <= partition < len(ends)

    def start(self, topic_id: int, partition: int) -> int:
        """The offset of the oldest record that the partition still has, or of the next one."""
        return self.starts[topic_id][partition]

    def end(self, topic_id: int, partition: int) -> int:
        """The offset the next record of the partition will get."""
        return self.ends[topic_id][partition]

    def group(self, name: str) -> Group:
        """The group, empty if nobody ever spoke of it."""
        return self.groups.get(name) or Group()

    def committed(self, group: str, topic_id: int, partition: int) -> int | None:
        """The offset the group committed; None if it never did."""
        known = self.groups.get(group)
        return None if known is None else known.offsets.get((topic_id, partition))

    def next_offset(self, group: str, topic_id: int, partition: int) -> int:
        """The offset the group reads next: where it stands, or the start of the partition."""
        at = self.committed(group, topic_id, partition)
        return self.starts[topic_id][partition] if at is None else at

    def title(self, topic_id: int, partition: int) -> str:
        """A partition as messages name it."""
        topic = self.topics.get(topic_id)
        return f"{topic_id if topic is None else topic.name}[{partition}]"

    def digest(self) -> tuple[Any, ...]:
        """Everything two processes must agree on at one lsn."""
        owners = [(name, sorted(group.owners.items())) for name, group in self.groups.items()]
        offsets = [(name, sorted(group.offsets.items())) for name, group in self.groups.items()]
        bounds = sorted(self.starts.items()), sorted(self.ends.items())
        return self.lsn, self.hash, bounds, sorted(owners), sorted(offsets)

    # ---- changing: for the records of the chain

    def group_of(self, name: str) -> Group:
        """The group, made if nobody spoke of it before."""
        found = self.groups.get(name)
        if found is None:
            found = self.groups[name] = Group()
        return found

    def follow(self, lsn: int, hash_: bytes) -> None:
        """The record `lsn` was applied."""
        self.lsn = lsn
        self.hash = hash_
        self.hashes += hash_[:HASH_BYTES]
