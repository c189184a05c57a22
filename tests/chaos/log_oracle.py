"""What must be true of a log at any moment, and at the end of a schedule."""

import msgpack
from attrs import define, field

from streamz_core.log.inspection.checking import check
from streamz_core.log.log import Log
from streamz_core.log.records.commits import CommitRecord
from tests.chaos.history import OK, History
from tests.chaos.log_following import Follower, Payloads, Removed, Tiling, check_sealed
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
    Look,
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
    follower: Follower = field(factory=Follower)

    def look(self) -> None:
        """Everything that must hold at any moment; nothing if the log is not open."""
        world = self.world
        self.look_at_files()
        log = self.follower.log(world)
        if log is None:
            return
        follower = self.follower
        follower.payloads.check(world, log)
        check_sealed(world, log)
        follower.tiling.follow(log)
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
                if path in world.archive.kept:
                    continue  # removed, and made again by one who stood still
                after = now.get(path, before)
                assert after.startswith(before), f"{path} was overwritten or cut"
        self.files = now
        self.era = world.era


def check_feed(world: World, log: Look, *, finished: bool) -> None:
    """What is not lost of the feed is there; each commit of an eater says exactly what it moved over."""
    feed, eaten = log.state.names[FEED].id, log.state.names.get(EATEN)
    told = [
        {at: value for at, _, value in read(log, EATEN, part, 0)} if eaten else {}
        for part in range(FEEDS)
    ]
    removed = Removed()
    for lsn, record in log.records:
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
    for partition in range(len(log.state.ends[feed])):  # those too that it got meanwhile
        gone = removed.gone.get((feed, partition), set())
        kept = [o for o in range(log.state.end(feed, partition)) if o not in gone]
        found = [offset for offset, _, _ in read(log, FEED, partition, 0)]
        assert found == kept, f"of the feed {found} is read, not {kept}"
        at = log.state.next_offset(EATERS, feed, partition)
        eaten_from = finished and partition < FEEDS
        assert not eaten_from or not [o for o in kept if o >= at], "not everything was eaten"


def check_promises(world: World, log: Log) -> None:
    """I6: what was acknowledged is on the chain."""
    for promise in world.promises:
        if world.stands(promise.era):
            kept = log.state.on_chain(promise.lsn, promise.hash)
            assert kept, f"commit {promise.lsn} was acknowledged and is not on the chain"


def check_end(world: World, *, finished: bool) -> None:
    """The whole of it: nothing lost, nothing twice. `finished`: all input was to be consumed."""
    log = world.look()
    check_healed(world, log)
    Tiling().follow(log)
    Payloads().check(world, log)
    check_sealed(world, log)
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


def check_healed(world: World, log: Log) -> None:
    """What rotted is told by a check as healed, and as no fault."""
    healed = {one.lsn for one in log.chain.passed.healed}
    if healed and world.rot == "kept" and not world.broken:
        world.sim.count("healed")
        found = check(log.env, log.layout, log.identity)
        told = {one.lsn for one in found.healed}
        assert told >= healed, f"{healed} are healed, told: {told}"
        assert found.faults == [], f"faults although there is a copy: {found.faults}"


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


def check_readers(world: World, log: Look) -> None:
    """What readers were shown and producers were told is still there, once; and nothing is missing between."""
    history, removed = History(), Removed()
    for _, record in log.records:
        removed.follow(record)
    for (*place, offset), seen in world.read.items():
        if world.stands(seen.era):
            history.rewound(
                "reader", tuple(place), offset
            )  # it may have been several, one after the other
            history.read("reader", tuple(place), offset, seen.value)
    source = log.state.names[INPUT].id
    for (partition, offset), seen in world.sent.items():
        if world.stands(seen.era):
            history.sent((source, partition), seen.value, OK, offset)
    topics = [log.state.names[name] for name in world.topics if name in log.state.names]
    for topic in topics:
        for partition in range(topic.partitions):
            place = (topic.id, partition)
            for offset in sorted(removed.gone.get(place, ())):
                history.lost(place, offset, offset + 1)
            rows = [(offset, value) for offset, _, value in read(log, topic.name, partition, 0)]
            history.stands(place, rows, log.state.end(*place))
    found = history.close()
    assert not found, "; ".join(map(str, found))
