"""The chain as an oracle follows it: every record taken once while nothing was taken back, and what must
hold of each as it comes. At the end everything is read anew, from the first byte.
"""

from itertools import count, pairwise
from zlib import crc32

from attrs import define, field

from streamz_core.log.chain.hint import read_hint
from streamz_core.log.chain.layout import Layout, read_identity, segments
from streamz_core.log.chain.poison import is_poisoned
from streamz_core.log.chain.succession import read_segment_head
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.commits import CommitRecord
from streamz_core.log.records.index import Payload
from streamz_core.log.records.members import LeaveRecord, MemberRecord
from streamz_core.log.records.moved.manifest import ManifestRecord
from streamz_core.log.records.ownership import OwnerRecord
from streamz_core.log.records.removal import LostRecord, ResetRecord
from streamz_core.log.records.schemas import SchemaRecord
from tests.chaos.log_world import ROOT, Era, Look, World


def open_if_up(world: World) -> Look | None:
    """The log, unless a cold start has to come first."""
    try:
        log = world.look()
    except FileNotFoundError:
        return None
    except Exception:
        if is_up(world):
            raise
        return None
    return log if is_up(world) else None


def is_up(world: World) -> bool:
    """Whether no cold start is needed or under way."""
    env = world.sim.observer()
    layout = Layout(ROOT)
    if not env.exists(layout.identity):
        return False
    who = read_identity(env, layout)
    numbers = segments(env, layout)
    if not numbers or is_poisoned(env, layout, who):
        return False
    return read_segment_head(env, layout, who, numbers[-1]).boot_id == env.boot_id()


@define
class Removed:
    """What LOST and RESET make of offsets and starts, by sets of offsets and without the code under test."""

    gone: dict[tuple[int, int], set[int]] = field(factory=dict)
    offsets: dict[tuple[str, int, int], int] = field(factory=dict)
    ends: dict[tuple[int, int], int] = field(factory=dict)
    members: dict[bytes, str] = field(factory=dict)
    schemas: dict[bytes, bytes] = field(factory=dict)
    sealed: dict[tuple[int, int], int] = field(factory=dict)

    def start(self, topic: int, partition: int) -> int:
        """The first offset that is not lost."""
        return self.behind(topic, partition, 0)

    def behind(self, topic: int, partition: int, offset: int) -> int:
        """`offset`, or the next one that is not lost."""
        gone = self.gone.get((topic, partition), set())
        return next(at for at in count(offset) if at not in gone)

    def follow(self, record: Chained) -> None:
        """Take the next record; moves of COMMITs are the caller's."""
        match record:
            case MemberRecord():
                self.members[record.incarnation] = record.group
            case LeaveRecord():
                self.members.pop(record.incarnation, None)
            case SchemaRecord():
                for fingerprint, description in record.schemas:
                    known = self.schemas.setdefault(fingerprint, description)
                    assert known == description, f"two schemas {fingerprint.hex()}"
            case LostRecord():
                self.lose(record.topic, record.partition, record.start, record.stop)
            case ManifestRecord():
                for part in record.parts:
                    where, stop = (part.topic, part.partition), part.files[-1][1]
                    assert stop <= self.ends[where], f"{where} is sealed up to {stop}"
                    self.sealed[where] = max(stop, self.sealed.get(where, 0))
            case ResetRecord():
                living = [who for who, group in self.members.items() if group == record.group]
                assert not living, f"group {record.group} was reset while {living} lived"
                self.reset(record)
            case CommitRecord():
                for topic, partition, rows, *_ in record.ranges:
                    where = (topic, partition)
                    self.ends[where] = self.ends.get(where, 0) + rows

    def reset(self, record: ResetRecord) -> None:
        """The group's offsets, and the end of what its topics held."""
        for topic, partition, offset in record.offsets:
            self.offsets.pop((record.group, topic, partition), None)
            if offset is not None:
                self.offsets[record.group, topic, partition] = offset
        for (topic, partition), end in self.ends.items():
            if topic in record.removed:
                self.lose(topic, partition, 0, end)

    def lose(self, topic: int, partition: int, start: int, stop: int) -> None:
        """[start, stop) is no more."""
        self.gone.setdefault((topic, partition), set()).update(range(start, stop))
        for (group, *where), at in list(self.offsets.items()):
            if where == [topic, partition]:
                moved = stop if start <= at < stop else at
                self.offsets[group, topic, partition] = max(moved, self.start(topic, partition))


@define
class Tiling:
    """I1 and I4: one record per number; at a COMMIT its writer owns its tasks, and every task's moves tile
    the input."""

    taken: int = 0  # so many records
    owners: dict[tuple[str, str], tuple[bytes, int]] = field(factory=dict)
    removed: Removed = field(factory=Removed)

    def follow(self, log: Look) -> None:
        """Those that are new."""
        fresh = log.records[self.taken :]
        for number, (lsn, record) in enumerate(fresh, self.taken + 1):
            assert lsn == number, "I1: one record per number"
            self.take(lsn, record)
        self.taken = len(log.records)

    def take(self, lsn: int, record: Chained) -> None:
        if isinstance(record, OwnerRecord):
            held = (record.group, record.task)
            assert record.epoch > self.owners.get(held, (b"", 0))[1]
            self.owners[held] = (record.incarnation, record.epoch)
        self.removed.follow(record)
        if isinstance(record, CommitRecord):
            for group, task, epoch, moves, _ in record.tasks:
                mine = not task or self.owners[group, task] == (record.incarnation, epoch)
                assert mine, f"commit {lsn} is not the owner's"
                for topic, partition, start, stop in moves:
                    self.move(lsn, (group, topic, partition), start, stop)

    def move(self, lsn: int, place: tuple[str, int, int], start: int, stop: int) -> None:
        removed, where = self.removed, place[1:]
        at = removed.offsets.get(place, removed.start(*where))
        here = start in (at, removed.behind(*where, at))
        assert here, f"commit {lsn} moves from {start}, the offset is {at}"
        assert start < stop, f"commit {lsn} moves from {start} to {stop}"
        removed.offsets[place] = stop


@define
class Payloads:
    """I3: what the chain refers to was written whole, and at level power it is on the disk."""

    taken: int = 0
    seen: int = 0  # of `found`; files only grow, so a range that was right stays right
    safe: int = 0  # of `found`, told to be durable and seen to be
    removed: Removed = field(factory=Removed)
    found: list[tuple[int, Payload, tuple[int, int], range]] = field(factory=list)

    def check(self, world: World, log: Look) -> None:
        """Those that are new."""
        if world.broken:
            return  # whoever reads it will say so
        for lsn, record in log.records[self.taken :]:
            self.take(lsn, record)
        self.taken = len(log.records)
        for lsn, place, where, offsets in self.found[self.seen :]:
            if not self.left(where).issuperset(offsets):
                check_payload(world, log, lsn, place)
        self.seen = len(self.found)
        self.check_durable(world, log)

    def left(self, where: tuple[int, int]) -> set[int]:
        """Offsets of a partition that nobody reads in a data file any more."""
        return self.removed.gone.get(where, set()) | {*range(self.removed.sealed.get(where, 0))}

    def check_durable(self, world: World, log: Look) -> None:
        """What somebody tells to be durable is on the disk, payload and all, at either level."""
        durable = read_hint(world.sim.observer(), log.layout)
        if world.lied or not log.state.on_chain(*durable):
            return
        for lsn, place, where, offsets in self.found[self.safe :]:
            if lsn > durable[0]:
                break
            self.safe += 1
            if not self.left(where).issuperset(offsets):
                check_on_disk(world, log, lsn, place)

    def take(self, lsn: int, record: Chained) -> None:
        """Note what of it lies in data files."""
        at = dict(self.removed.ends)
        self.removed.follow(record)
        places = iter(record.payloads())
        for topic, partition, rows, number, *_ in getattr(record, "ranges", ()):
            where = (topic, partition)
            base = at.get(where, 0)
            at[where] = base + rows
            if number:
                self.found.append((lsn, next(places), where, range(base, base + rows)))


def check_payload(world: World, log: Look, lsn: int, place: Payload) -> None:
    """One range that is not lost."""
    file, position, size, crc = place
    path = log.layout.data_file(*file)
    inode = world.sim.disk.tree.get(path)
    told = f"commit {lsn}, {path} at {position}"
    data = bytes(inode.cache[position : position + size])
    assert crc32(data) == crc, f"{told}: the payload is not what was committed"
    if world.level == "power" and not world.lied:
        check_on_disk(world, log, lsn, place)


def check_on_disk(world: World, log: Look, lsn: int, place: Payload) -> None:
    """One range that a power cut may not take."""
    file, position, size, crc = place
    path = log.layout.data_file(*file)
    kept = bytes(world.sim.disk.tree.get(path).disk[position : position + size])
    assert crc32(kept) == crc, f"commit {lsn}, {path} at {position}: the payload is not durable"


def check_sealed(world: World, log: Look) -> None:
    """What a MANIFEST names was on the disk before, with its name, if no sync lied."""
    disk = world.sim.disk
    for where, files in log.state.sealed.files.items():
        assert all(one.stop == two.base for one, two in pairwise(files)), f"{where}: {files}"
        for file in files if not world.lied else ():
            if file.name:
                path = log.layout.sealed(*where, file.base, file.name)
                inode = disk.tree.get(path)
                kept = bytes(inode.disk)
                assert len(kept) == file.bytes, f"{path}: {len(kept)} bytes are durable"
                assert kept == bytes(inode.cache), f"{path} is not what is durable"


@define
class Follower:
    """A log that is read on as long as nothing was taken back: no power cut, no cold start, no lost page."""

    since: tuple[Era, int] | None = None
    known: Look | None = None
    tiling: Tiling = field(factory=Tiling)
    payloads: Payloads = field(factory=Payloads)

    def log(self, world: World) -> Look | None:
        """As it is now; None while a cold start has to come first."""
        since = (world.era, world.sim.counts.get("cold start", 0))
        if self.known is None or self.since != since:
            self.known = open_if_up(world)
            self.since = since
            self.tiling, self.payloads = Tiling(), Payloads()
        elif not is_up(world):
            self.known = None
        else:
            self.known.refresh()
        return self.known
