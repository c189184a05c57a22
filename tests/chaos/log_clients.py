"""The processes around the workers: a producer, copiers, and a reader."""

import contextlib

from streamz_core.env.door import Env
from streamz_core.errors import Fenced, UnknownTopic
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.log import Log
from streamz_core.log.packing import pack
from streamz_core.log.values import TaskCommit
from tests.chaos.log_processes import IDLE_S, read
from tests.chaos.log_world import (
    COPIERS,
    COPY,
    INPUT,
    KEYS,
    OUTPUT,
    Era,
    Promise,
    Seen,
    World,
    relevel,
    wake,
)


def produce(world: World, env: Env) -> None:
    """Fill the input, one commit at a time; at the end wait in case some of it is taken back."""
    log = world.open(env)
    log.join([], "", {})
    random = world.sim.random
    topic = log.state.names[INPUT]
    while True:
        log.refresh()
        log.tick()
        ends = [log.state.end(topic.id, partition) for partition in range(world.tasks)]
        missing = [partition for partition, end in enumerate(ends) if end < world.wanted]
        if not missing:
            log.wait(1.0)
            continue
        partition = random.choice(missing)
        rows = [(random.choice(KEYS), nasty(world, env, log)) for _ in range(random.randint(1, 3))]
        keys, values = [key for key, _ in rows], [value for _, value in rows]
        outputs = pack(log, topic, partition, keys, values, [0] * len(rows))
        done = log.commit([], outputs)
        log.acknowledge(done.lsn)
        told = zip(outputs, done.bases, strict=True)
        offsets = [base + row for one, base in told for row in range(one.count)]
        for offset, value in zip(offsets, values, strict=True):
            world.sent[partition, offset] = Seen(value, world.told(log))
        world.promises.append(Promise(done.lsn, done.hash, world.told(log)))
        wake(log, INPUT)


def copy(world: World, env: Env) -> None:
    """Copy what was put out, in transactions of a group without owners: only the offsets keep order."""
    log = world.open(env)
    log.join([OUTPUT], COPIERS, {})
    source, target = log.state.names[OUTPUT], log.state.names[COPY]
    while True:
        log.refresh()
        log.tick()
        moved = False
        for partition in range(world.outputs):
            start = log.state.next_offset(COPIERS, source.id, partition)
            rows = list(read(log, OUTPUT, partition, start, 3))[:3]
            if not rows:
                continue
            keys, values = [key for _, key, _ in rows], [value for _, _, value in rows]
            moves = [(source.id, partition, start, start + len(rows))]
            outputs = pack(log, target, partition, keys, values, [0] * len(rows))
            try:
                done = log.commit([TaskCommit(COPIERS, "", 0, moves)], outputs)
            except Fenced:
                world.sim.count("copier fenced")
                continue
            log.acknowledge(done.lsn)
            world.promises.append(Promise(done.lsn, done.hash, world.told(log)))
            moved = True
        if not moved:
            log.wait(IDLE_S)


def nasty(world: World, env: Env, log: Log) -> bytes:
    """A value nobody else has; now and then it holds whole frames of this very log."""
    random = world.sim.random
    unique = random.randbytes(8)
    kind = random.random()
    if kind < 0.2:
        at = max(log.chain.end - random.randint(1, 1200), 0)
        try:
            file = env.open(log.layout.segment(log.chain.segment))
        except FileNotFoundError:  # it stood still for so long that the log went on without it
            return unique
        stolen = file.pread(600, at)
        file.close()
        return unique + stolen
    if kind < 0.5:
        return unique + bytes(random.randint(0, 700))
    return unique


def keep(world: World, env: Env) -> None:
    """Write checkpoints, as somebody does who knows everything."""
    log = world.open(env, everything=True)
    keeper = Keeper(log)
    while True:
        log.refresh()
        log.tick()
        world.compare(log)
        if keeper.turn():
            world.sim.count("checkpoint")
        relevel(world, log)
        log.wait(IDLE_S)


def observe(world: World, env: Env) -> None:
    """Read like somebody who acts on the outside world: only what is as safe as the level promises."""
    log = world.open(env)
    log.join(world.topics, "", {})
    at: dict[tuple[str, int], int] = {}
    while True:
        if world.calm or world.sim.random.random() < 0.5:
            log.refresh()  # else it reads where records lay
        log.tick()
        lsn_max, era = log.durability.readable_lsn, world.told(log)
        for name in world.topics:
            topic = log.state.names.get(name)
            for partition in range(topic.partitions if topic else 0):
                start = at.get((topic.id, partition), 0)
                with contextlib.suppress(UnknownTopic):  # deleted while it is read
                    for offset, _, value in read(log, name, partition, start, lsn_max=lsn_max):
                        note(world, (topic.id, partition, offset), value, era)
                        at[topic.id, partition] = offset + 1
        log.wait(IDLE_S)


def note(world: World, place: tuple[int, int, int], value: bytes, era: Era) -> None:
    """One value per offset for ever, as far as the level promises."""
    known = world.read.get(place)
    if known is not None and world.stands(known.era):
        assert known.value == value, f"{place} was {known.value!r} and is {value!r}"
    world.read[place] = Seen(value, era)
