"""What must be true of a log at any moment, and at the end of a schedule."""

from itertools import count
from zlib import crc32

import msgpack
from attrs import define, field

from streamz_core.log.chain import identity
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.layout import Layout, read_segment_head, segments
from streamz_core.log.chain.poison import is_poisoned
from streamz_core.log.log import Log
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.commits import CommitRecord
from streamz_core.log.records.kinds import unpack
from streamz_core.log.records.members import LeaveRecord, MemberRecord
from streamz_core.log.records.ownership import OwnerRecord
from streamz_core.log.records.removal import LostRecord, ResetRecord
from streamz_core.log.records.schemas import SchemaRecord
from tests.chaos.log_processes import read
from tests.chaos.log_world import (
    CHANGES,
    COPIERS,
    COPY,
    EATEN,
    EATERS,
    FEED,
    FEEDS,
    GROUP,
    INPUT,
    OUTPUT,
    ROOT,
    TOPICS,
    Era,
    State,
    World,
    output_partition,
    output_value,
    step,
)


@define
class Auditor:
    """Looks at the log while everybody works."""

    world: World
    files: dict[str, bytes] = field(factory=dict)  # as they were at the last look
    era: Era = (0, 0, 0)

    def look(self) -> None:
        """Everything that must hold at any moment; nothing if the log is not open."""
        world = self.world
        self.look_at_files()
        log = open_if_up(world)
        if log is None:
            return
        check_payload(world, log)
        check_tiling(log)
        check_promises(world, log)

    def look_at_files(self) -> None:
        """I2: files of the log only grow."""
        world = self.world
        now = {
            path: bytes(inode.cache)
            for path, inode in world.sim.disk.tree.files()
            if path.startswith((f"{ROOT}/commit/", f"{ROOT}/data/"))
            and inode.writer is None
            and not path.endswith(".new")  # a cold start's, begun anew by the next
        }
        if self.era == world.era:
            for path, before in self.files.items():
                after = now.get(path, before)
                assert after.startswith(before), f"{path} was overwritten or cut"
        self.files = now
        self.era = world.era


def open_if_up(world: World) -> Log | None:
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
    who = identity.decode(env.read(layout.identity), layout.identity)
    numbers = segments(env, layout)
    if not numbers or is_poisoned(env, layout, who):
        return False
    return read_segment_head(env, layout, who, numbers[-1]).boot_id == env.boot_id()


def check_payload(world: World, log: Log) -> None:
    """I3: what the chain refers to was written whole, and at level power it is on the disk."""
    tree = world.sim.disk.tree
    for lsn, (file, position, size, crc) in wanted_payloads(log):
        path = log.layout.data_file(*file)
        inode = tree.get(path)
        told = f"commit {lsn}, {path} at {position}"
        data = bytes(inode.cache[position : position + size])
        assert crc32(data) == crc, f"{told}: the payload is not what was committed"
        if world.level == "power":
            kept = bytes(inode.disk[position : position + size])
            assert kept == data, f"{told}: the payload is not durable"


def wanted_payloads(log: Log):
    """(number, payload) of everything in data files of which not all is lost."""
    removed = Removed()
    found = []
    for lsn, record in records(log):
        at = dict(removed.ends)
        removed.follow(record)
        places = iter(record.payloads())
        for topic, partition, rows, number, *_ in getattr(record, "ranges", ()):
            where = (topic, partition)
            base = at.get(where, 0)
            at[where] = base + rows
            if number:
                found.append((lsn, next(places), where, range(base, base + rows)))
    for lsn, place, where, offsets in found:
        if not removed.gone.get(where, set()).issuperset(offsets):
            yield lsn, place


def check_tiling(log: Log) -> None:
    """I4: at a COMMIT its writer owns its tasks, and every task's moves tile the input."""
    owners: dict[tuple[str, str], tuple[bytes, int]] = {}
    removed = Removed()
    offsets = removed.offsets
    for number, (lsn, record) in enumerate(records(log), 1):
        assert lsn == number, "I1: one record per number"
        if isinstance(record, OwnerRecord):
            held = (record.group, record.task)
            assert record.epoch > owners.get(held, (b"", 0))[1]
            owners[held] = (record.incarnation, record.epoch)
        removed.follow(record)
        if not isinstance(record, CommitRecord):
            continue
        for group, task, epoch, moves, _ in record.tasks:
            mine = not task or owners[group, task] == (record.incarnation, epoch)
            assert mine, f"commit {lsn} is not the owner's"
            for topic, partition, start, stop in moves:
                at = offsets.get((group, topic, partition), removed.start(topic, partition))
                here = start in (at, removed.behind(topic, partition, at))
                assert here, f"commit {lsn} moves from {start}, the offset is {at}"
                assert start < stop, f"commit {lsn} moves from {start} to {stop}"
                offsets[group, topic, partition] = stop


@define
class Removed:
    """What LOST and RESET make of offsets and starts, by sets of offsets and without the code under test."""

    gone: dict[tuple[int, int], set[int]] = field(factory=dict)
    offsets: dict[tuple[str, int, int], int] = field(factory=dict)
    ends: dict[tuple[int, int], int] = field(factory=dict)
    members: dict[bytes, str] = field(factory=dict)
    schemas: dict[bytes, bytes] = field(factory=dict)

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


def check_feed(world: World, log: Log, *, finished: bool) -> None:
    """What is not lost of the feed is there; each commit of an eater says exactly what it moved over."""
    feed, eaten = log.state.names[FEED].id, log.state.names.get(EATEN)
    told = [
        {at: value for at, _, value in read(log, EATEN, part, 0)} if eaten else {}
        for part in range(FEEDS)
    ]
    removed = Removed()
    for lsn, record in records(log):
        bases = dict(removed.ends)
        removed.follow(record)
        for group, _, _, moves, _ in record.tasks if isinstance(record, CommitRecord) else ():
            for topic, partition, start, stop in moves:
                removed.offsets[group, topic, partition] = stop
                if group == EATERS:
                    where = (eaten.id if eaten else 0, partition)
                    rows = range(bases.get(where, 0), removed.ends.get(where, 0))
                    values = [told[partition][row] for row in rows if row in told[partition]]
                    ate = [msgpack.unpackb(value)[0] for value in values]
                    gone = removed.gone.get((feed, partition), set())
                    left = [offset for offset in range(start, stop) if offset not in gone]
                    assert ate == sorted({*ate}), f"commit {lsn} ate {ate}"
                    assert {*ate} <= {*range(start, stop)}, f"commit {lsn} ate {ate}"
                    assert not values or {*left} <= {*ate}, f"commit {lsn} left out of {left}"
    for partition in range(FEEDS):
        gone = removed.gone.get((feed, partition), set())
        kept = [o for o in range(log.state.end(feed, partition)) if o not in gone]
        found = [offset for offset, _, _ in read(log, FEED, partition, 0)]
        assert found == kept, f"of the feed {found} is read, not {kept}"
        at = log.state.next_offset(EATERS, feed, partition)
        assert not finished or not [o for o in kept if o >= at], "not everything was eaten"


def check_promises(world: World, log: Log) -> None:
    """I6: what was acknowledged is on the chain."""
    for promise in world.promises:
        if world.stands(promise.era):
            kept = log.state.on_chain(promise.lsn, promise.hash)
            assert kept, f"commit {promise.lsn} was acknowledged and is not on the chain"


def check_end(world: World, *, finished: bool) -> None:
    """The whole of it: nothing lost, nothing twice. `finished`: all input was to be consumed."""
    log = world.look()
    check_tiling(log)
    check_payload(world, log)
    check_promises(world, log)
    log_state = log.state
    topics = [log_state.names[name].id for name in TOPICS]
    outputs = [list(read(log, OUTPUT, partition, 0)) for partition in range(world.outputs)]
    for task in range(world.tasks):
        records_in = [(key, value) for _, key, value in read(log, INPUT, task, 0)]
        done = log_state.next_offset(GROUP, topics[0], task)
        assert done <= len(records_in)
        if finished:
            assert done == len(records_in) >= world.wanted, "the input was not consumed"
        check_task(world, log, task, records_in[:done], outputs)
    total = sum(log_state.next_offset(GROUP, topics[0], task) for task in range(world.tasks))
    assert sum(map(len, outputs)) == total, "one output for each input, and no other"
    check_copies(world, log, outputs, finished=finished)
    if world.fed and FEED in log.state.names:
        check_feed(world, log, finished=finished)
    check_readers(world, log)


def check_copies(world: World, log: Log, outputs, *, finished: bool) -> None:
    """Each output was copied once, in order, as far as the group says."""
    source = log.state.names[OUTPUT].id
    for partition, rows in enumerate(outputs):
        done = log.state.next_offset(COPIERS, source, partition)
        copied = list(read(log, COPY, partition, 0))
        assert copied == rows[:done], f"copies of [{partition}]: {copied}, not {rows[:done]}"
        assert done == len(rows) or not finished or not world.copiers, "not everything was copied"


def check_task(world: World, log: Log, task: int, records_in, outputs) -> None:
    """I5: outputs and changelog are those of a single, undisturbed run over the input."""
    state: State = {}
    expected: dict[int, list[tuple[bytes, bytes]]] = {}
    for offset, (key, value) in enumerate(records_in):
        row = (key, output_value(task, offset, step(state, key, value)))
        expected.setdefault(output_partition(key, world.outputs), []).append(row)
    for partition, found in enumerate(outputs):
        mine = [(key, value) for _, key, value in found if msgpack.unpackb(value)[0] == task]
        assert mine == expected.get(partition, []), f"outputs of task {task} in [{partition}]"
    folded: State = {}
    for _, key, value in read(log, CHANGES, task, 0):
        folded[key] = tuple(msgpack.unpackb(value))
    assert folded == state, f"changelog of task {task}: {folded}, not {state}"
    position = log.state.group(GROUP).positions.get(str(task), {"at": 0})
    assert position == {"at": len(records_in)}, f"position of task {task}: {position}"


def check_readers(world: World, log: Log) -> None:
    """What readers were shown and producers were told is still there."""
    topics = [log.state.names[name] for name in world.topics if name in log.state.names]
    found = {
        (topic.id, partition, offset): value
        for topic in topics
        for partition in range(topic.partitions)
        for offset, _, value in read(log, topic.name, partition, 0)
    }
    lost = set(world.read) - set(found)
    for topic, partition, offset in lost:
        if log.state.all_lost(topic, partition, offset, offset + 1):
            del world.read[topic, partition, offset]
    for place, seen in world.read.items():
        if world.stands(seen.era):
            assert found.get(place) == seen.value, f"{place} was read as {seen.value!r}"
    for (partition, offset), seen in world.sent.items():
        if world.stands(seen.era):
            assert found.get((log.state.names[INPUT].id, partition, offset)) == seen.value, (
                "an acknowledged input is lost"
            )


def records(log: Log):
    """(number, record) of the whole chain, read anew."""
    found = []
    Chain(
        log.env,
        log.layout,
        log.identity,
        lambda frame, *_: found.append((frame.lsn, unpack(frame))),
    ).tail()
    return found
