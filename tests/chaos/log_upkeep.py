"""The processes that make records no more: an operator who feeds, loses, resets, and registers schemas;
and eaters, a plain consumer group whose offsets are moved under its feet."""

import msgpack

from streamz_core.env.door import Env
from streamz_core.errors import Fenced, Misuse
from streamz_core.log.log import Log
from streamz_core.log.operating.altering import alter_topic
from streamz_core.log.packing import pack
from streamz_core.log.records.removal import CAUSES
from streamz_core.log.records.topics import AlterTopicRecord
from streamz_core.log.removing import lose, reset
from streamz_core.log.values import TaskCommit
from tests.chaos.log_clients import nasty
from tests.chaos.log_processes import IDLE_S, read
from tests.chaos.log_world import EATERS, FEED, FEEDS, Promise, World, eaten, wake

MORE = 2  # partitions that the feed gets at most
AWAY_S = 0.3  # an eater that left comes back after so long


def operate(world: World, env: Env) -> None:
    """Fill the feed; while things fail, do to it whatever an operator may."""
    log = world.open(env)
    log.join([], "", {})
    random = world.sim.random
    while True:
        log.refresh()
        log.tick()
        topic = log.state.names[FEED]
        missing = [part for part in range(FEEDS) if log.state.end(topic.id, part) < world.fed]
        if missing:
            feed(world, env, log, random.choice(missing))
        if not world.calm:
            random.choice((lose_some, reset_eaters, register_some, alter_some))(world, env, log)
        if not missing or random.random() < 0.3:
            log.wait(IDLE_S)


def feed(world: World, env: Env, log: Log, partition: int) -> None:
    """A few records more."""
    values = [nasty(world, env, log) for _ in range(world.sim.random.randint(1, 4))]
    topic = log.state.names[FEED]
    columns = [None] * len(values), values, [0] * len(values)
    done = log.commit([], pack(log, topic, partition, *columns))
    log.acknowledge(done.lsn)
    world.promises.append(Promise(done.lsn, done.hash, world.told(log)))
    wake(log, FEED)


def lose_some(world: World, _: Env, log: Log) -> None:
    """A range of the feed is no more; often one that touches the start, or somebody's offset."""
    random = world.sim.random
    topic, partition = log.state.names[FEED].id, random.randrange(FEEDS)
    start, end = log.state.start(topic, partition), log.state.end(topic, partition)
    if start == end or random.random() < 0.2:
        return
    low = random.choice((start, random.randrange(start, end)))
    high = min(end, low + random.randint(1, 3))
    try:
        lose(log, topic, partition, low, high, random.choice(CAUSES))
    except Misuse:
        world.sim.count("lost by somebody else")
        return
    world.sim.count("lost")
    assert log.state.lost_in(topic, partition).kept(low, high) == [] or high <= log.state.start(
        topic, partition
    )


def reset_eaters(world: World, _: Env, log: Log) -> None:
    """The group begins anew, if none of it lives."""
    random = world.sim.random
    topic = log.state.names[FEED].id
    offsets: dict[tuple[int, int], int | None] = {}
    for partition in range(FEEDS):
        start, end = log.state.start(topic, partition), log.state.end(topic, partition)
        if random.random() < 0.7:
            offsets[topic, partition] = random.choice((None, random.randint(start, end)))
    removed = [eaten(log).id] if random.random() < 0.3 else []
    try:
        reset(log, EATERS, offsets, removed, asker="chaos")
    except Misuse:
        world.sim.count("reset refused")
        return
    world.sim.count("reset")


def register_some(world: World, _: Env, log: Log) -> None:
    """One of few fingerprints, now and then for another description than somebody else's."""
    random = world.sim.random
    fingerprint = bytes([random.randrange(3)]) * 4
    description = random.choice((b"one", b"one", b"another"))
    topic = random.choice((log.state.names[FEED], eaten(log))).id
    side = random.choice(("key", "value"))
    try:
        reads = [(topic, side, fingerprint, random.choice((EATERS, "another")))]
        void = [(topic, side)] if random.random() < 0.2 else []
        log.register(
            {fingerprint: description},
            [(topic, side, fingerprint)],
            reads if random.random() < 0.5 else (),
            void,
        )
    except Misuse:
        world.sim.count("schema refused")
        return
    world.sim.count("schema")
    known = log.state.schemas_of(topic, side)[fingerprint]
    assert known == description, f"{fingerprint.hex()} is {known}, and {description} was registered"


def alter_some(world: World, env: Env, log: Log) -> None:
    """The feed gets another setting, and now and then a partition more, which is written to as well."""
    random, topic = world.sim.random, log.state.names[FEED]
    more = topic.partitions < FEEDS + MORE and random.random() < 0.3
    config = {**topic.config, "segment.bytes": random.choice((1024, 4096))}
    try:
        found = alter_topic(log, FEED, topic.partitions + more, config, asker="chaos")
    except Misuse:
        if log.identity.version >= AlterTopicRecord.since:
            raise
        world.sim.count("altered in an older format")
        return
    world.sim.count("widened" if more else "altered")
    assert found.partitions == topic.partitions + more
    if found.partitions > FEEDS:
        feed(world, env, log, random.randrange(FEEDS, found.partitions))


def eat(world: World, env: Env) -> None:
    """Take from the feed, saying of each record which it was; now and then nobody of the group is there."""
    log = world.open(env)
    random = world.sim.random
    while True:
        log.join([FEED], EATERS, {})
        while world.calm or random.random() > 0.1:
            log.refresh()
            log.tick()
            moved = [bite(world, log, partition) for partition in range(FEEDS)]
            if not any(moved):
                log.wait(IDLE_S)
        log.leave()
        for _ in range(int(AWAY_S / IDLE_S)):
            log.wait(IDLE_S)


def bite(world: World, log: Log, partition: int) -> bool:
    """One transaction; false if there is nothing to be had."""
    source, target = log.state.names[FEED], eaten(log)
    start = log.state.next_offset(EATERS, source.id, partition)
    rows = list(read(log, FEED, partition, start, 3))[:3]
    if not rows:
        return False
    values = [msgpack.packb([offset, value]) for offset, _, value in rows]
    columns = [None] * len(rows), values, [0] * len(rows)
    moves = [(source.id, partition, start, rows[-1][0] + 1)]
    try:
        done = log.commit(
            [TaskCommit(EATERS, "", 0, moves)], pack(log, target, partition, *columns)
        )
    except Fenced:
        world.sim.count("eater fenced")
        return True
    log.acknowledge(done.lsn)
    world.promises.append(Promise(done.lsn, done.hash, world.told(log)))
    return True
