"""Consumers that share partitions, in the simulator: they join, leave, die, hang, pause, come again under their names.

Copiers take what comes to topics that are made and widened meanwhile, and write of each record where it stood, in one
transaction with the offset; readers poll, note what they were given, and commit. Whatever fails, a copy of each record is there once,
no offset goes back, nobody moves what is another's, and at the end all is shared out evenly.
"""

import re
from collections import Counter
from random import Random

from attrs import define, evolve, field

from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import STR
from streamz_core.config import Config
from streamz_core.coordination.seats import STATIC
from streamz_core.env.door import Env
from streamz_core.errors import (
    Corrupt,
    Fenced,
    ForeignLog,
    Misuse,
    Retriable,
    TimedOut,
)
from streamz_core.log.chain.layout import Layout, read_identity
from streamz_core.log.limits import Limits
from streamz_core.log.records.commits import CommitRecord
from streamz_core.log.records.members import LeaveRecord, MemberRecord
from streamz_core.log.records.ownership import ShareRecord
from streamz_core.testing.simulator import Simulation
from tests.chaos.clients_world import Mine
from tests.chaos.log_processes import FAILING, Ended, guarded, read
from tests.chaos.log_world import ROOT, Look, mixture

HOME = "/home"
OUT = "out"
FIRST = {"in-a": 2, "in-b": 1}
LATER = "in-c"  # a topic that is made while members run
WIDER = {"in-a": 4, LATER: 2}
EVERYTHING = re.compile("in-.*")
READS = (["in-a"], ["in-a", "in-b"], re.compile("in-[bc]"), EVERYTHING)
COPIERS, READERS = "copiers", "readers"
STEPS_MAX = 2_000_000
CHAOS_TURNS = 1500
CALM_TURNS = 80_000
CALM_CALLS = 15

Where = tuple[str, int]


@define
class Groups:
    """One schedule. `given`: what readers were given, by partition."""

    seed: int
    sim: Simulation
    random: Random
    level: str
    wanted: int
    members: dict[str, int]
    named: bool
    calm: bool = False
    given: dict[Where, set[int]] = field(factory=dict)
    kept: list[object] = field(factory=list)  # nothing of a dead process is to be finalized

    def refuses(self, _: Corrupt | ForeignLog) -> bool:
        """No disk lies here, so no log may refuse to go on."""
        return False

    def open(self, env: Env) -> Broker:
        """The broker of a process, with the first topics."""
        broker = Broker(env, HOME, Config(durability=self.level, log_free_bytes=0))
        self.kept.append(broker)
        for name, partitions in {**FIRST, OUT: 1}.items():
            broker.backend.create_topic(name, partitions, {})
        return broker

    def look(self) -> Look | None:
        """The log as it is; None if there is none, or if it has to be begun anew first."""
        env = self.sim.observer()
        try:
            who = read_identity(env, Layout(ROOT))
            log = Look(env, Layout(ROOT), who, Limits(), watch=[OUT, *FIRST, LATER])
            log.refresh()
        except (ForeignLog, FileNotFoundError, Corrupt):
            return None
        return log


def make_groups(seed: int, *, history: bool = False) -> Groups:
    """The world of a seed; nothing runs yet."""
    random = Random(seed ^ 0x67726F)
    profile = mixture(seed).without("sync_lies")
    sim = Simulation(seed, profile, history=history, steps_max=STEPS_MAX)
    env = sim.observer()
    env.make_dirs(HOME)
    env.sync_dir("/")
    return Groups(
        seed=seed,
        sim=sim,
        random=random,
        level=random.choice(("power", "process")),
        wanted=random.randint(2, 8),
        members={COPIERS: random.randint(1, 4), READERS: random.randint(0, 2)},
        named=random.random() < 0.5,
    )


def playing(world: Groups) -> None:
    """All of it: chaos, calm, and the recount."""
    _spawn(world, "feeder", lambda env: feeds(world, env))
    for group, count in world.members.items():
        works = copies if group == COPIERS else reads
        for number in range(count):
            _spawn(
                world,
                f"{group}-{number}",
                lambda env, number=number, works=works: works(world, env, number),
            )
    world.sim.run(CHAOS_TURNS)
    world.calm = True
    world.sim.calm()
    world.sim.profile = evolve(world.sim.profile, calls=max(CALM_CALLS, world.sim.profile.calls))
    done = world.sim.run_until(lambda: complete(world), CALM_TURNS, every=400)
    log = world.look()
    assert log is not None, "there is a log"
    check_chain(log)
    check_copies(log)
    check_given(world, log)
    assert done, f"no progress although nothing fails any more: {uneven(log)} {told(log)}"


def _spawn(world: Groups, name: str, main) -> None:
    def life(env):
        try:
            main(env)
        except (Fenced, TimedOut, Retriable) as error:
            world.sim.count(type(error).__name__)
            raise Ended from error
        except Misuse as error:  # of a home that cannot be opened now
            if isinstance(error.__cause__, OSError) and error.__cause__.errno in FAILING:
                raise Ended from error
            raise

    world.sim.spawn(name, guarded(world, life), respawn=True, expected=(Ended,))


# ---- processes


def feeds(world: Groups, env: Env) -> None:
    """Fill each partition there is, and make more of them; again, if some is taken back."""
    random = world.sim.random
    broker = world.open(env)
    backend = broker.backend
    while True:
        backend.refresh()
        backend.upkeep()
        for name, partitions in WIDER.items():
            if world.calm or random.random() < 0.05:
                there = backend.create_topic(name, 1, {}).partitions
                if there < partitions:
                    backend.alter_topic(name, partitions, {})
                    world.sim.count("widened")
        parts = [
            (name, each) for name, one in backend.topics().items() for each in range(one.partitions)
        ]
        missing = [
            (name, each)
            for name, each in parts
            if name != OUT and backend.end(name, each) < world.wanted
        ]
        if missing:
            transaction = broker.transaction()
            transaction.send(*random.choice(missing), [None], [b"x"], [0])
            transaction.commit()
        backend.wait(0.05 if missing else 1.0)


def joins(world: Groups, env: Env, group: str, number: int) -> Consumer[str, str]:
    """A member of the group; the first reads everything."""
    random = world.sim.random
    options = {"member": f"{group}-{number}"} if world.named else {}
    consumer = Consumer(
        world.open(env),
        EVERYTHING if number == 0 or world.calm else random.choice(READS),
        key=STR,
        value=STR,
        group=group,
        max_poll_interval_ms=random.choice((200, 2000, 60_000)),
        session_timeout_ms=random.choice((50, 1000)),
        **options,
    )
    world.kept.append(consumer)
    return consumer


def copies(world: Groups, env: Env, number: int) -> None:
    """Write where each record stood, in one commit with the offset; by a producer of another handle."""
    random = world.sim.random
    producer = Mine(world.open(env), key=STR, value=STR)
    consumer = joins(world, env, COPIERS, number)
    while True:
        records = consumer.poll(0.05, records_max=random.randint(1, 4))
        misbehaves(world, env, consumer)
        transaction = producer.transaction()
        world.kept.append(transaction)
        for record in records:
            transaction.send(OUT, f"{record.topic} {record.partition} {record.offset}")
        transaction.consumed(consumer)
        try:
            transaction.commit()
        except Fenced:
            world.sim.count("a commit came too late")
        else:
            for _ in records:
                world.sim.count("copied")


def reads(world: Groups, env: Env, number: int) -> None:
    """Note what is given, then commit: now and then, one by one, or by itself."""
    random = world.sim.random
    consumer = joins(world, env, READERS, number)
    while True:
        for record in consumer.poll(0.05, records_max=random.randint(1, 4)):
            world.given.setdefault((record.topic, record.partition), set()).add(record.offset)
        misbehaves(world, env, consumer)
        try:
            if random.random() < 0.5:
                consumer.commit()
        except Fenced:
            world.sim.count("a commit came too late")


def misbehaves(world: Groups, env: Env, consumer: Consumer[str, str]) -> None:
    """Leave, take too long, pause; not when all is calm."""
    random = world.sim.random
    consumer.resume(consumer.paused())
    if world.calm:
        return
    parts = list(consumer.positions())
    chance = random.random()
    if chance < 0.02:
        consumer.close(leave=random.choice((None, True, False)))
        world.sim.count("left")
        raise Ended from None
    if chance < 0.05:
        world.sim.count("hung")
        until_s = env.monotonic() + random.choice((0.3, 3.0))
        while env.monotonic() < until_s:
            consumer._broker.backend.wait(1.0)
    elif chance < 0.15 and parts:
        consumer.pause([random.choice(parts)])


# ---- the recount


def owned(log: Look, group: str) -> dict[Where, bytes]:
    """Whose each partition is."""
    found = log.state.group(group).owners
    return {_where(task): owner.incarnation for task, owner in found.items()}


def _where(task: str) -> Where:
    name, _, partition = task.rpartition("/")
    return name, int(partition)


def parts_of(log: Look) -> list[Where]:
    return [
        (name, each)
        for name, topic in sorted(log.state.names.items())
        for each in range(topic.partitions)
        if name != OUT
    ]


def groups(world: Groups) -> list[str]:
    return [group for group, count in world.members.items() if count]


def complete(world: Groups) -> bool:
    """Whether everything was fed, and each group has read it, and is at rest."""
    log = world.look()
    if log is None or any(name not in log.state.names for name in WIDER):
        return False
    ids = {name: topic.id for name, topic in log.state.names.items()}
    if any(len(log.state.ends[ids[name]]) < count for name, count in WIDER.items()):
        return False
    for name, each in parts_of(log):
        end = log.state.ends[ids[name]][each]
        stands = [log.state.next_offset(group, ids[name], each) for group in groups(world)]
        if end < world.wanted or min(stands) < end:
            return False
    return all(at_rest(log, group) for group in groups(world)) and not uneven(log)


def at_rest(log: Look, group: str) -> bool:
    """Whether all there is has an owner that lives."""
    living = {one.incarnation for one in log.state.members_of(group) if log.alive(one.incarnation)}
    found = owned(log, group)
    return all(found.get(where) in living for where in parts_of(log)) and not any(
        one.incarnation not in living for one in log.state.members_of(group)
    )


def told(log: Look) -> str:
    return str({group: owned(log, group) for group in (COPIERS, READERS)})


def check_chain(log: Look) -> None:
    """By a second reckoning: who had which partition when, and who moved its offset from where to where."""
    holders: dict[tuple[str, str], tuple[bytes, int]] = {}
    members: dict[bytes, tuple[str, object]] = {}
    for lsn, record in log.records:
        if isinstance(record, MemberRecord):
            named = record.group, record.info.get(STATIC)
            for other in [
                one
                for one, who in members.items()
                if one != record.incarnation and who == named and named[1]
            ]:
                _leaves(other, members, holders)
            members[record.incarnation] = named
        elif isinstance(record, LeaveRecord):
            _leaves(record.incarnation, members, holders)
        elif isinstance(record, ShareRecord):
            for task in record.given:
                assert holders.pop((record.group, task))[0] == record.incarnation
            for task in record.taken:
                assert (record.group, task) not in holders, (
                    f"{task} was taken from who had it: {lsn}"
                )
                holders[record.group, task] = record.incarnation, lsn
        elif isinstance(record, CommitRecord):
            for group, task, epoch, moves, _ in record.tasks:
                holder = holders.get((group, task))
                assert holder is not None, f"{task} was nobody's when it was moved: {lsn}"
                assert holder[1] == epoch, f"{task} was moved by who had it before: {lsn}"
                assert all(start <= stop for _, _, start, stop in moves), f"{task} went back: {lsn}"


def _leaves(incarnation: bytes, members, holders) -> None:
    members.pop(incarnation, None)
    for where in [where for where, (holder, _) in holders.items() if holder == incarnation]:
        del holders[where]


def check_copies(log: Look) -> None:
    """Of each partition what was consumed is there once, and nothing else."""
    rows = (
        Counter((value or b"").decode() for _, _, value in read(log, OUT, 0, 0))
        if OUT in log.state.names
        else {}
    )
    for name, each in parts_of(log):
        done = log.state.next_offset(COPIERS, log.state.names[name].id, each)
        found = {row: count for row, count in rows.items() if row.startswith(f"{name} {each} ")}
        wanted = {f"{name} {each} {offset}": 1 for offset in range(done)}
        assert found == wanted, f"copies of {name}[{each}]: {found}, consumed up to {done}"


def check_given(world: Groups, log: Look) -> None:
    """What readers committed was given to one of them."""
    for name, each in parts_of(log):
        done = log.state.next_offset(READERS, log.state.names[name].id, each)
        missing = set(range(done)) - world.given.get((name, each), set())
        assert not missing, f"{name}[{each}]: {missing} was committed, and given to nobody"


def uneven(log: Look) -> str:
    """A partition that could go to a member that has two fewer, and reads it; "" if there is none."""
    for group in (COPIERS, READERS):
        wishes = {one.incarnation: set(one.topics) for one in log.state.members_of(group)}
        found = owned(log, group)
        load = Counter(dict.fromkeys(wishes, 0))
        load.update(holder for holder in found.values() if holder)
        for (name, each), holder in found.items():
            if holder and name not in wishes[holder]:
                return f"{name}[{each}] is with one that does not read it"
            for other, wished in wishes.items():
                if holder and name in wished and load[holder] - load[other] > 1:
                    return f"{name}[{each}]: one has {load[holder]}, another {load[other]}"
    return ""
