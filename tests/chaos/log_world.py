"""What a schedule of the log is about: topics, tasks, limits drawn per seed, and what was promised to whom.

Producers write records into `in`. Workers own tasks (one per partition of `in`), keep a rolling hash per
key, and commit for each record one output, and for each changed key one changelog record. Copiers, a plain
consumer group whose members do not know of each other, copy `out` into `copy`. A reader notes what it sees.
In some schedules an operator fills `feed`, loses parts of it and resets the group of the eaters, who take
from it into `eaten`.
Everything anybody was told is kept here, for the oracle.
"""

from hashlib import blake2b
from random import Random

import msgpack
from attrs import define, evolve, field, frozen

from streamz_core.broker.ringing import Bells
from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, ForeignLog, Misuse
from streamz_core.log.chain.identity import LEVELS, Identity
from streamz_core.log.chain.layout import Layout, append_all, read_identity
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.itself import LevelRecord
from streamz_core.log.records.kinds import fold
from streamz_core.log.records.state import Topic
from streamz_core.log.upkeep.leveling import set_level
from streamz_core.testing.simulator import Profile, Simulation, draw
from streamz_core.testing.simulator.profile import RATES
from tests.chaos.log_archive import Archive

ROOT = "/home/log"
STORES = "/home/stores"
GROUP = "job"
COPIERS = "copiers"
EATERS = "eaters"
INPUT, OUTPUT, CHANGES = "in", "out", "changes"
COPY = "copy"
TOPICS = (INPUT, OUTPUT, CHANGES, COPY)
FEED, EATEN = "feed", "eaten"
FEEDS = 2  # partitions of both
KEYS = (b"a", b"b", b"c")
WORLD_SEED = 0x776F726C
ROT_SEED = 0x726F7421
GRACE_CALLS = 8
HURRY = 2.5
COUNTED = ("cold start", "next segment")  # named points that were passed
STEPS_MAX = 500_000  # a schedule that ends takes less than a tenth of it

Era = tuple[int, int, int]
FOREVER = (-1, -1, -1)  # of what was promised at level power


@frozen
class Promise:
    """Somebody was told that commit `lsn` is safe."""

    lsn: int
    hash: bytes
    era: Era


@frozen
class Seen:
    """Somebody acted on this record outside of the log."""

    value: bytes
    era: Era


class Look(Log):
    """A log that keeps its records, for an oracle that asks them all: (number, record). It is read from its
    beginning, whatever checkpoints say."""

    def __init__(self, env, layout, who, limits, *, watch) -> None:
        self.records: list[tuple[int, Chained]] = []
        super().__init__(env, layout, who, limits, watch=watch, most=0)

    def _take(self, found, where, _) -> None:
        record = fold(self.state, found)
        record.locate(self.index, found.lsn, where)
        self.records.append((found.lsn, record))


@define
class World:
    """One schedule: the machine, the job, and the promises."""

    seed: int
    sim: Simulation
    random: Random
    tasks: int
    outputs: int
    wanted: int  # records per partition of the input
    copiers: int
    level: str
    limits: Limits
    fed: int  # records per partition of the feed; 0: nobody there
    eaters: int
    keepers: int  # who write checkpoints
    movers: int
    config: dict[str, int]  # of topics
    kept_bytes: int  # of a partition of the feed, by retention; -1: all
    rot: str  # what rots: "" nothing, "kept" a commit of which there is a copy, "bare" one without
    relevels: bool  # whether the level changes; `level` is the weaker one then
    assigned: dict[int, str] = field(factory=dict)
    promises: list[Promise] = field(factory=list)
    sent: dict[tuple[int, int], Seen] = field(
        factory=dict
    )  # acknowledged input: (partition, offset)
    read: dict[tuple[str, int, int], Seen] = field(factory=dict)  # (topic, partition, offset)
    digests: dict[tuple[int, int, int], str] = field(factory=dict)
    calm: bool = False
    archive: Archive = field(factory=Archive)
    rotten: bool = False  # whether it has
    refused: str = ""  # why the log was not opened any more

    @property
    def era(self) -> Era:
        """What may take back promises of level `process`: a power cut; and a failed sync whose pages
        are gone, with all that was chained onto them until the next cold start."""
        names = ("power cut", "evicted", "cold start")
        cuts, evictions, starts = (self.sim.counts.get(name, 0) for name in names)
        return cuts, evictions, starts if evictions else 0

    @property
    def topics(self) -> tuple[str, ...]:
        """Those of this schedule."""
        return (*TOPICS, FEED, EATEN) if self.fed else TOPICS

    @property
    def workers(self) -> list[str]:
        """Names of the workers."""
        return [f"worker{number}" for number in range(self.sim.profile.workers)]

    def stands(self, era: Era) -> bool:
        """Whether a promise of that time must still be kept: at level power always, if no sync lied."""
        return (era == FOREVER and not self.lied) or era == self.era

    def told(self, log: Log) -> Era:
        """How long a promise stands that somebody gives now who knows this log."""
        return FOREVER if log.durability.level == "power" else self.era

    @property
    def lied(self) -> bool:
        """Whether the disk said of something it did not have that it had it."""
        return "sync lied" in self.sim.counts

    @property
    def broken(self) -> bool:
        """Whether bytes may be gone that were told to be durable."""
        return self.lied and bool({"power cut", "evicted"} & set(self.sim.counts))

    def refuses(self, error: Corrupt | ForeignLog) -> bool:
        """Whether the log may refuse to go on with this error: bytes that were told to be durable may be
        gone, or rotted and have no copy, and it says which file is damaged. Noted."""
        bare = self.rotten and self.rot == "bare"
        if not ((self.broken or bare) and ROOT in str(error)):
            return False
        self.sim.count("refused")
        self.refused = str(error)
        return True

    def reassign(self) -> None:
        """A rebalance: nobody tells the old owner."""
        self.assigned[self.random.randrange(self.tasks)] = self.random.choice(self.workers)

    def open(self, env: Env, *, everything: bool = False) -> Log:
        """A process's log, with its topics."""
        some = self.sim.random.choice((0, 2, len(self.topics)))
        watch = self.topics[-some:] if some else ()  # of the others it learns later
        level = None if self.relevels else self.level
        log = Log.open(
            env, ROOT, watch=watch, everything=everything, level=level, limits=self.limits
        )
        for name in TOPICS:
            if name not in log.state.names:
                partitions = self.outputs if name in (OUTPUT, COPY) else self.tasks
                log.create_topic(name, partitions, self.config)
        if self.fed:
            log.create_topic(FEED, FEEDS, {**self.config, "retention.bytes": self.kept_bytes})
            eaten(log)
        log.watch(self.topics)
        return log

    def look(self) -> "Look":
        """The log as the oracle reads it: the shipped reader, but no locks, no cold start, no faults."""
        env = self.archive.door(self.sim.observer())
        layout = Layout(ROOT)
        who = read_identity(env, layout)
        log = Look(env, layout, who, self.limits, watch=self.topics)
        log.refresh()
        return log

    def compare(self, log: Log) -> None:
        """I1: everybody who folded the same records knows the same. Not behind a failed sync: what was read from the
        cache may be gone at the next look, so of those who did not yet hear of it each may have seen another end."""
        state = log.state
        if self.sim.disk.tree.find(log.layout.poison) is not None:
            return
        told = repr(state.digest())  # as it is now: a state goes on changing
        key = (self.era[0], log.chain.segment, state.lsn)
        known = self.digests.setdefault(key, told)
        assert known == told, f"two states at commit {state.lsn}: {known} and {told}"


def wake(log: Log, name: str) -> None:
    """Everybody who reads that topic."""
    Bells(log).ring((name, partition) for partition in range(log.topic(name).partitions))


def eaten(log: Log) -> Topic:
    """The eaters' own topic: a reset removes it, and whoever needs it next makes it."""
    return log.state.names.get(EATEN) or log.create_topic(EATEN, FEEDS, {}, EATERS)


def relevel(world: World, log: Log) -> None:
    """Now and then the log gets another level, or the one it has."""
    if world.relevels and not world.calm and world.sim.random.random() < 0.2:
        try:
            changed = set_level(log, world.sim.random.choice(LEVELS))
        except Misuse:
            if log.identity.version >= LevelRecord.since:
                raise
            world.sim.count("level of an older format")
            return
        world.sim.count("level" if changed else "same level")


def mixture(seed: int) -> Profile:
    """The faults of a seed.

    Linux tells of a failed write-back once. A process that dies in the microseconds between hearing of
    it and saying so (POISON) takes the knowledge with it, and whoever opens the file later never learns
    of it: no protocol above it can help, so that is outside of the fault model.
    """
    drawn = draw(seed)
    rates = {name: HURRY * getattr(drawn, name) for name in RATES}
    return evolve(drawn, grace=GRACE_CALLS, **rates)


def make_world(seed: int, profile: Profile | None = None, *, history: bool = False) -> World:
    """The world of a seed; nothing runs yet."""
    sim = Simulation(seed, profile or mixture(seed), history=history, steps_max=STEPS_MAX)
    random, chance = Random(seed ^ WORLD_SEED), Random(seed ^ ROT_SEED)
    tiny = sim.profile.tiny
    limits = Limits(
        inline_bytes=random.choice((0, 60, 300)) if tiny else 4096,
        data_file_bytes=random.choice((100, 400, 2000)) if tiny else 1 << 28,
        chain_segment_bytes=random.choice((1, 400, 1500, 1500, 8000)) if tiny else 1 << 25,
        checkpoint_bytes=random.choice((1, 300, 2000)) if tiny else 1 << 25,
        checkpoint_s=random.choice((0.001, 0.1, 5.0)),
        past_bytes=random.choice((1, 200)) if tiny else 1 << 20,
        batch_records=random.choice((1, 2, 100)) if tiny else 4096,
        sync_interval_s=random.choice((0.0005, 0.01, 0.2)) if tiny else 1.0,
        lock_wait_s=random.choice((0.0, 0.001, 0.05)) if tiny else 1.0,
        free_bytes=1000,
        seal_bytes=random.choice((100, 1000, 1 << 20)),
        seal_s=random.choice((0.01, 0.1)),
        seal_least_bytes=random.choice((1, 200)),
        seal_late_s=0.3,
        merge_files=random.choice((2, 3, 8)),
        copy_s=chance.choice((0.0, 0.001, 0.05)),
    )
    relevels = random.random() < 0.25
    world = World(
        seed=seed,
        sim=sim,
        random=random,
        tasks=random.randint(1, 3),
        outputs=random.randint(1, 3),
        wanted=random.randint(1, 8),
        copiers=random.choice((0, 0, 2)),
        level="process" if relevels else random.choice(("power", "process")),
        limits=limits,
        fed=random.choice((0, 0, 3, 8)),
        eaters=random.choice((1, 1, 2)),
        keepers=random.choice((0, 1, 1, 2)),
        movers=random.choice((0, 1, 1, 2)),
        config={"segment.bytes": random.choice((1 << 10, 1 << 12))},
        kept_bytes=random.choice((-1, -1, 1000)),
        rot=chance.choice(("", "", "kept", "kept", "bare")),
        relevels=relevels,
    )
    for task in range(world.tasks):
        world.assigned[task] = random.choice(world.workers)
    sim.on_point = lambda _, name: sim.count(name) if name in COUNTED else None
    env = sim.observer()
    for folder in ("/home", STORES):
        env.make_dirs(folder)
        env.sync_dir(folder.rpartition("/")[0] or "/")
    if random.random() < 0.2:
        begin_older(env, world)
    return world


def begin_older(env: Env, world: World) -> None:
    """LOG as the release before wrote it; whoever opens it first raises its format."""
    layout = Layout(ROOT)
    env.make_dirs(ROOT)
    file = env.create(layout.identity)
    who = Identity(world.random.randbytes(16), world.random.randbytes(32), world.level, 2)
    append_all(file, who.encode())
    file.datasync()
    for folder in (ROOT, "/home"):
        env.sync_dir(folder)


# ---- what the job computes: pure functions, used by the workers and by the oracle

State = dict[bytes, tuple[int, bytes]]


def step(state: State, key: bytes, value: bytes) -> bytes:
    """Take one input; the new (count, hash) of its key stands in `state` and is returned packed."""
    count, hash_ = state.get(key, (0, b""))
    fresh = (count + 1, blake2b(hash_ + value, digest_size=8).digest())
    state[key] = fresh
    return msgpack.packb(fresh)


def output_partition(key: bytes, partitions: int) -> int:
    """Several tasks write to one partition, and one task to several."""
    return key[0] % partitions


def output_value(task: int, offset: int, told: bytes) -> bytes:
    """Says which input it stands for, and proves the whole history of its key."""
    return msgpack.packb([task, offset, told])
