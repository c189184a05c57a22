"""Producers with an id in the simulator: importers that begin again, and copiers that read, process and write.

Each importer has records 1 to `wanted`, under these sequences; two processes may have one id. Copiers take `in` to `out` and
`log` in transactions. Whatever fails, at the end each record is there once, and a copy of it in both.
"""

from collections import defaultdict
from random import Random

from attrs import define, evolve, field

from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.broker.sending.sent import BEFORE, Sent
from streamz_core.codecs.plain import STR
from streamz_core.config import Config
from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, Fenced, ForeignLog, Misuse, Retriable, TimedOut
from streamz_core.log.chain.layout import Layout, read_identity
from streamz_core.log.limits import Limits
from streamz_core.testing.simulator import Simulation
from tests.chaos.log_processes import FAILING, Ended, guarded, read
from tests.chaos.log_world import ROOT, Look, mixture

HOME = "/home"
IN, OUT, LOG = "in", "out", "log"
TOPICS = {IN: 2, OUT: 2, LOG: 1}
GROUP = "copiers"
STEPS_MAX = 2_000_000
CHAOS_TURNS = 1200
CALM_TURNS = 60_000
CALM_CALLS = 15


class Mine(Producer[str, str]):
    """One of a process that may be dead: nobody is told that it was forgotten."""

    def __del__(self) -> None:
        pass


@define
class Clients:
    """One schedule. `told`: what senders were told, by (partition, offset) of `in`, with the era of the promise."""

    seed: int
    sim: Simulation
    random: Random
    level: str
    wanted: int
    ids: list[str]
    copiers: int
    commit_bytes: int
    calm: bool = False
    told: dict[tuple[int, int], tuple[str, int]] = field(factory=dict)
    kept: list[object] = field(factory=list)  # nothing of a dead process is to be finalized

    def refuses(self, _: Corrupt | ForeignLog) -> bool:
        """No disk lies here, so no log may refuse to go on."""
        return False

    @property
    def era(self) -> int:
        """What takes back promises of level process."""
        names = ("power cut", "evicted", "cold start")
        return sum(self.sim.counts.get(name, 0) for name in names)

    def open(self, env: Env) -> Broker:
        """The broker of a process, with its topics."""
        config = Config(durability=self.level, log_free_bytes=0, log_commit_bytes=self.commit_bytes)
        broker = Broker(env, HOME, config)
        self.kept.append(broker)
        for name, partitions in TOPICS.items():
            broker.backend.create_topic(name, partitions, {})
        return broker

    def look(self) -> Look | None:
        """The log as it is; None if there is none."""
        env = self.sim.observer()
        try:
            who = read_identity(env, Layout(ROOT))
        except (ForeignLog, FileNotFoundError):
            return None
        log = Look(env, Layout(ROOT), who, Limits(), watch=TOPICS)
        log.refresh()
        return log


def make_clients(seed: int, *, history: bool = False) -> Clients:
    """The world of a seed; nothing runs yet."""
    random = Random(seed ^ 0x636C69)
    profile = mixture(seed).without("sync_lies")
    sim = Simulation(seed, profile, history=history, steps_max=STEPS_MAX)
    sim.on_point = lambda _, name: sim.count(name) if name == "cold start" else None
    env = sim.observer()
    env.make_dirs(HOME)
    env.sync_dir("/")
    return Clients(
        seed=seed,
        sim=sim,
        random=random,
        level=random.choice(("power", "process")),
        wanted=random.randint(3, 25),
        ids=[f"importer{number}" for number in range(random.randint(1, 2))],
        copiers=random.choice((1, 2)),
        commit_bytes=random.choice((1 << 12, 1 << 20)),
    )


def playing(world: Clients) -> None:
    """All of it: chaos, calm, and the recount."""
    for id_ in world.ids:
        for twin in range(1 + (world.random.random() < 0.6)):
            _spawn(world, f"{id_}-{twin}", lambda env, id_=id_: imports(world, env, id_))
    for number in range(world.copiers):
        _spawn(world, f"copier{number}", lambda env: copies(world, env))
    world.sim.run(CHAOS_TURNS)
    world.calm = True
    world.sim.calm()
    world.sim.profile = evolve(world.sim.profile, calls=max(CALM_CALLS, world.sim.profile.calls))
    done = world.sim.run_until(lambda: complete(world), CALM_TURNS, every=200)
    check(world, world.look(), finished=done)
    assert done, "no progress although nothing fails any more"


def _spawn(world: Clients, name: str, main) -> None:
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


def imports(world: Clients, env: Env, id_: str) -> None:
    """Send all there is, from the beginning or from where it stands; then only live on."""
    random = world.sim.random
    broker = world.open(env)
    linger_ms = random.choice((0, 1, 1000))
    producer = Mine(broker, key=STR, value=STR, id=id_, linger_ms=linger_ms)
    first = producer.sequence + 1 if random.random() < 0.5 else 1
    waiting: list[tuple[str, Sent]] = []
    for number in range(first, world.wanted + 1):
        value = f"{id_} {number} " + "x" * random.choice((1, 1, 200))
        parts = {"partition": random.randrange(TOPICS[IN]), "sequence": number}
        waiting.append((f"{id_} {number}", producer.send(IN, value, **parts)))
        if random.random() < 0.3:
            producer.flush()
            settle(world, waiting)
    producer.flush()
    settle(world, waiting)
    while True:
        broker.backend.refresh()
        broker.backend.upkeep()
        broker.backend.wait(1.0)
        if not broker.backend.holds(producer._outbox.line.stamp) and not world.calm:
            raise Ended from None  # another one is there: begin again, while things fail


def settle(world: Clients, waiting: list[tuple[str, Sent]]) -> None:
    """Note what was told of those."""
    for value, sent in waiting:
        place = sent.result()
        if place.offset != BEFORE:
            world.told[place.partition, place.offset] = (value, world.era)
    waiting.clear()


def copies(world: Clients, env: Env) -> None:
    """Take what comes to two topics, in one commit with the offsets; now and then it is given up half-way."""
    random = world.sim.random
    producer = Mine(world.open(env), key=STR, value=STR, id="copier")
    consumer = Consumer(world.open(env), [IN], key=STR, value=STR, group=GROUP)
    world.kept.append(consumer)
    while True:
        records = consumer.poll(0.05, records_max=random.randint(1, 4))
        transaction = producer.transaction()
        world.kept.append(transaction)
        for record in records:
            transaction.send(OUT, record.value, partition=record.partition)
            transaction.send(LOG, record.value)
        transaction.consumed(consumer)
        if not world.calm and random.random() < 0.1:
            transaction.abort()
            world.sim.count("aborted")
            raise Ended from None
        transaction.commit()
        if records:
            world.sim.count("transactions")


def complete(world: Clients) -> bool:
    """Whether every record was sent and copied."""
    try:
        log = world.look()
    except Corrupt:  # the power failed just before all was calm, and nobody began the log anew yet
        return False
    if log is None or any(name not in log.state.names for name in TOPICS):
        return False
    sums = {name: sum(log.state.ends[log.state.names[name].id]) for name in TOPICS}
    return min(sums.values()) >= world.wanted * len(world.ids)


def check(world: Clients, log: Look | None, *, finished: bool) -> None:
    """Each record once, in order; its copies too; and where senders were told."""
    assert log is not None, "there is a log"
    rows = {
        name: {
            (partition, offset): " ".join((value or b"").decode().split()[:2])
            for partition in range(partitions)
            for offset, _, value in read(log, name, partition, 0)
        }
        for name, partitions in TOPICS.items()
    }
    numbers: dict[str, list[int]] = defaultdict(list)
    by_partition: dict[tuple[str, int], list[int]] = defaultdict(list)
    for (partition, _), value in sorted(rows[IN].items()):
        id_, number = value.split()
        numbers[id_].append(int(number))
        by_partition[id_, partition].append(int(number))
    for id_, found in numbers.items():
        count = len(found) if not finished else world.wanted
        assert sorted(found) == list(range(1, count + 1)), f"{id_} wrote {sorted(found)}"
        stood = log.state.producers[id_].sequence
        assert stood == count, f"{id_} stands at {stood}, and wrote {count}"
    for where, found in by_partition.items():
        assert found == sorted(found), f"{where}: {found}"
    told = sorted(rows[LOG].values())
    assert sorted(rows[OUT].values()) == told, "both copies or none"
    for partition in range(TOPICS[IN]):
        source = [value for (part, _), value in sorted(rows[IN].items()) if part == partition]
        copied = [value for (part, _), value in sorted(rows[OUT].items()) if part == partition]
        done = log.state.next_offset(GROUP, log.state.names[IN].id, partition)
        assert copied == source[:done], f"copies of [{partition}]: {copied}, not {source[:done]}"
    for place, (value, era) in world.told.items():
        if world.level == "power" or era == world.era:
            assert rows[IN].get(place) == value, f"{value} was told to be at {place}"
