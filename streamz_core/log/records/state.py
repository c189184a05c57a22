"""The state of the log: what the chain says up to one record. All processes agree on it.

Plain values, and no input but the chain: no clock, no files. It may begin behind the first record (its
base): whatever it says of older ones, it says that it does not know.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

from attrs import Factory, define, field, frozen

from streamz_core.log.chain.frame import ZERO
from streamz_core.log.records.lost import NONE, Lost
from streamz_core.log.records.moved.sealed import Sealed
from streamz_core.log.records.past import HASH_BYTES, Past
from streamz_core.topic_config import TopicConfig, config_of

T = TypeVar("T")


def _rules(topic: Topic) -> TopicConfig:
    return config_of(topic.config)


@frozen
class Topic:
    """`config` holds what the creator gave: cleanup.policy, retention.ms, ...; `owner` is the app
    whose internal topic it is, "" for all others."""

    id: int
    name: str
    partitions: int
    config: dict[str, Any]
    owner: str = ""
    rules: TopicConfig = field(
        default=Factory(_rules, takes_self=True), init=False, eq=False, repr=False
    )
    """What that config says, read once: every batch asks for it."""


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


@frozen(order=True)
class Sender:
    """Whose an id of producers is, and the newest sequence that was committed under it. `idle_ms`: since when its
    handle was seen to be gone, 0 if it is not, or nobody looked."""

    incarnation: bytes
    epoch: int
    sequence: int = 0
    idle_ms: int = 0


class Level(NamedTuple):
    """What an acknowledgement means, "" as long as LOG says it, and the record that said so."""

    name: str = ""
    lsn: int = 0


@define
class Group:
    """A consumer group or an app: committed offsets, and who owns which task: of an app, or of consumers that `shares`
    says to share partitions, each of which is a task there ("<topic>/<partition>").

    `reset_lsn`: the record that reset it last; what was kept of its state before that is of no use.
    `commits`: of each task the number of its last COMMIT, and the beginning of its hash. `idle_ms`: since when
    nobody of it was seen to live, 0 if somebody is, or nobody looked.
    """

    generation: int = 0
    reset_lsn: int = 0
    members: tuple[bytes, ...] = ()
    assignment: dict[str, bytes] = field(factory=dict)
    owners: dict[str, Owner] = field(factory=dict)
    offsets: dict[tuple[int, int], int] = field(factory=dict)
    positions: dict[str, dict[str, Any]] = field(factory=dict)
    commits: dict[str, tuple[int, bytes]] = field(factory=dict)
    idle_ms: int = 0
    shares: bool = False

    @property
    def apps(self) -> bool:
        """Whether it is an app's."""
        return bool(self.owners) and not self.shares

    def forget(self) -> None:
        """Of consumers that share nothing is left: the name is free for others."""
        if self.shares:
            self.shares = False
            self.owners, self.assignment, self.members = {}, {}, ()


@define
class Schemas:
    """What describes the values of topics: opaque here. `written`: (topic id, side) -> fingerprints, in the
    order of their coming; `read`: app -> the one that it takes such a side for."""

    described: dict[bytes, bytes] = field(factory=dict)
    written: dict[tuple[int, str], tuple[bytes, ...]] = field(factory=dict)
    read: dict[tuple[int, str], dict[str, bytes]] = field(factory=dict)

    def unread(self, app: str) -> None:
        """The app takes nothing for anything any more."""
        for apps in self.read.values():
            apps.pop(app, None)


class State:
    """The state after the record `lsn`, whose hash is `hash`; `base` is the one it began with."""

    def __init__(self, base: tuple[int, bytes] = (0, ZERO)) -> None:
        self.past = Past(base)
        self.topics: dict[int, Topic] = {}  # those too that were removed: no number is given twice
        self.names: dict[str, Topic] = {}
        self.starts: dict[int, list[int]] = {}
        self.ends: dict[int, list[int]] = {}
        self.members: dict[bytes, Member] = {}
        self.groups: dict[str, Group] = {}
        self.producers: dict[str, Sender] = {}
        self.lost: dict[tuple[int, int], Lost] = {}  # only partitions with gaps behind their start
        self.sealed = Sealed()
        self.schemas = Schemas()
        self.level = Level()
        self.moves = 0  # how often a member, an assignment, an owner or a topic changed

    # ---- reading

    @property
    def lsn(self) -> int:
        """The number of the last record that was applied."""
        return self.past.lsn

    @property
    def hash(self) -> bytes:
        """Its hash."""
        return self.past.hash

    def on_chain(self, lsn: int, hash_: bytes) -> bool | None:
        """Whether the record `lsn` of this chain has that hash (its first 8 bytes are compared).

        None for one before the base: of these only the last COMMIT of each task is known here.
        """
        told = self.past.has(lsn, hash_)
        if told is None:
            place = (lsn, hash_[:HASH_BYTES])
            found = any(place in group.commits.values() for group in self.groups.values())
            return found or None
        return told

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

    def lost_in(self, topic_id: int, partition: int) -> Lost:
        """The gaps of the partition."""
        return self.lost.get((topic_id, partition), NONE)

    @property
    def loses(self) -> bool:
        """Whether anything was lost, or sealed, since the base."""
        removed = len(self.topics) > len(self.names)
        return (
            removed or bool(self.lost or self.sealed.files) or any(map(any, self.starts.values()))
        )

    def all_lost(self, topic_id: int, partition: int, start: int, stop: int) -> bool:
        """Whether nothing of [start, stop) is left."""
        if not self.has(topic_id, partition):
            return True  # with its topic
        start = max(start, self.start(topic_id, partition))
        return not self.lost_in(topic_id, partition).kept(start, stop)

    def schemas_of(self, topic_id: int, side: str) -> dict[bytes, bytes]:
        """Fingerprint -> description of what a side of the topic was written with, in order of coming."""
        known = self.schemas.written.get((topic_id, side), ())
        return {fingerprint: self.schemas.described[fingerprint] for fingerprint in known}

    def members_of(self, group: str) -> list[Member]:
        """The members of a group, as the chain knows them: some may be dead."""
        return [member for member in self.members.values() if member.group == group]

    def group(self, name: str) -> Group:
        """The group, empty if nobody ever spoke of it."""
        return self.groups.get(name) or Group()

    def committed(self, group: str, topic_id: int, partition: int) -> int | None:
        """The offset the group committed; None if it never did."""
        known = self.groups.get(group)
        return None if known is None else known.offsets.get((topic_id, partition))

    def next_offset(self, group: str, topic_id: int, partition: int) -> int:
        """The offset the group reads next: where it stands, or the start of the partition, behind what
        is lost there."""
        at = self.committed(group, topic_id, partition)
        at = self.starts[topic_id][partition] if at is None else at
        return self.lost_in(topic_id, partition).behind(at)

    def title(self, topic_id: int, partition: int) -> str:
        """A partition as messages name it."""
        topic = self.topics.get(topic_id)
        return f"{topic_id if topic is None else topic.name}[{partition}]"

    def digest(self) -> tuple[Any, ...]:
        """Everything two processes must agree on at one lsn."""
        owners = [(name, sorted(group.owners.items())) for name, group in self.groups.items()]
        offsets = [(name, sorted(group.offsets.items())) for name, group in self.groups.items()]
        bounds = sorted(self.starts.items()), sorted(self.ends.items())
        gaps = [(where, lost.gaps) for where, lost in self.lost.items()]
        reads = [(where, sorted(apps.items())) for where, apps in self.schemas.read.items() if apps]
        written = sorted(self.schemas.written.items())
        schemas = sorted(self.schemas.described.items()), written, sorted(reads)
        tasks = [
            (
                name,
                sorted(one.positions.items()),
                sorted(one.commits.items()),
                one.reset_lsn,
                one.idle_ms,
                one.shares,
            )
            for name, one in self.groups.items()
        ]
        who = sorted(self.members), sorted(tasks), self.level
        sealed = self.sealed
        files = tuple(
            sorted(one.items()) for one in (sealed.files, sealed.horizons, sealed.cleaned)
        )
        topics = sorted(self.topics.items()), sorted(self.producers.items())
        told = (topics, bounds, sorted(owners), sorted(offsets), sorted(gaps), schemas, who, files)
        return self.lsn, self.hash, *told

    # ---- changing: for the records of the chain

    def group_of(self, name: str) -> Group:
        """The group, made if nobody spoke of it before."""
        found = self.groups.get(name)
        if found is None:
            found = self.groups[name] = Group()
        return found

    def lose(self, topic_id: int, partition: int, start: int, stop: int, cause: str) -> None:
        """[start, stop) is no more. Whoever would read there next reads from `stop` on, and nobody stands
        before the start of the partition."""
        where = (topic_id, partition)
        if start >= stop:
            return
        lost, begin = self.lost_in(*where).with_gap(start, stop, cause), self.start(*where)
        self.starts[topic_id][partition] = begin = lost.behind(begin)
        self.lost[where] = lost.since(begin)
        if not self.lost[where].gaps:
            del self.lost[where]
        self.sealed.begin(where, begin)
        for group in self.groups.values():
            at = group.offsets.get(where)
            if at is not None:
                group.offsets[where] = max(stop if start <= at < stop else at, begin)

    def remove(self, topic_id: int) -> None:
        """The topic is no more, and nothing that was said of it. Another one may bear its name."""
        del self.names[self.topics[topic_id].name]
        self.starts[topic_id] = self.ends[topic_id] = []
        _forget(self.lost, topic_id)
        _forget(self.sealed.files, topic_id)
        _forget(self.sealed.horizons, topic_id)
        _forget(self.sealed.cleaned, topic_id)
        _forget(self.schemas.written, topic_id)
        _forget(self.schemas.read, topic_id)
        for group in self.groups.values():
            _forget(group.offsets, topic_id)

    def follow(self, lsn: int, hash_: bytes) -> None:
        """The record `lsn` was applied."""
        past = self.past
        past.lsn = lsn
        past.hash = hash_
        past.hashes += hash_[:HASH_BYTES]


def _forget(table: dict[tuple[int, T], Any], topic_id: int) -> None:
    for where in [where for where in table if where[0] == topic_id]:
        del table[where]
