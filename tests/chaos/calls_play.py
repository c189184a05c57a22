"""One machine on which one call of the file system fails, and what everybody was told there."""

import errno
from collections.abc import Callable, Iterator
from itertools import count

from attrs import define, evolve, field, frozen

from streamz_core.env.door import Env
from streamz_core.errors import StreamzError
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.packing import pack
from streamz_core.log.values import Output
from streamz_core.record import Batch
from streamz_core.testing.simulator import Profile, Simulation
from streamz_core.testing.simulator.world import SimEnv

ROOT = "/home/log"
TOPIC, PARTITIONS = "t", 2
SMALL, LARGE = (
    8,
    200,
)  # bytes of a value: the first travels in the record, the second in a data file
LIMITS = Limits(
    inline_bytes=150, data_file_bytes=300, sync_interval_s=0.01, lock_wait_s=0.01, free_bytes=1000
)
QUIET = Profile(calls=50)  # one process: nobody comes between
TURNS = 2000

READS = frozenset({"read", "pread"})
OPENS = frozenset({"open", "create", "read", "lock", "list"})
GROWS = frozenset({"create", "append", "pwrite", "make_dirs", "link", "rename", "lock"})
SYNCS = frozenset({"datasync", "sync_dir"})
FAILURES: dict[str, tuple[int, frozenset[str]]] = {
    "EIO": (errno.EIO, READS | OPENS | GROWS | SYNCS | {"unlink", "space"}),
    "ENOSPC": (errno.ENOSPC, GROWS),
    "EMFILE": (errno.EMFILE, OPENS),
    "EINTR": (errno.EINTR, READS | OPENS | GROWS),
    "short": (0, frozenset({"append"})),
}
"""What fails how. A call that the system begins anew by itself, as Python does after EINTR, is among them."""


@frozen
class Told:
    """A commit that somebody was told of as safe: each of its values and where it lies."""

    lsn: int
    hash: bytes
    values: tuple[tuple[int, int, bytes], ...]  # partition, offset, value


@define
class Fault:
    """The `number`-th call that can fail in this way fails, and with `ever` all behind it."""

    name: str
    number: int
    ever: bool
    seen: int = 0
    active: bool = True

    def attach(self, env: SimEnv) -> None:
        """From now on calls of this process are counted."""
        number, calls = FAILURES[self.name]
        turn = env.turn

        def counted(what: str, name: str = "") -> None:
            env.process.faults = QUIET
            turn(what, name)
            if self.active and what in calls and not name.startswith("bell:"):
                self.seen += 1
                if self.seen == self.number or (self.ever and self.seen > self.number):
                    self.fail(env, number, what, name)

        env.turn = counted  # type: ignore[method-assign]

    def fail(self, env: SimEnv, number: int, what: str, name: str) -> None:
        """Now; a sync that fails loses what it was to bring to the disk."""
        if self.name == "short":
            env.process.faults = evolve(QUIET, short=1.0)
        elif what in SYNCS:
            env.process.faults = evolve(QUIET, sync_fails=1.0)
        else:
            raise OSError(number, f"injected into {what}", name)


@define
class Play:
    """A machine, its log, and what was told of it. `level`: what the log promises now; `keeps`: whether it has been
    so from the beginning."""

    level: str
    keeps: bool = True
    limits: Limits = LIMITS
    sim: Simulation = field(factory=lambda: Simulation(1, QUIET))
    told: list[Told] = field(factory=list)
    tried: list[list[bytes]] = field(factory=list)  # the values of each commit that was begun
    unique: Callable[[], int] = field(factory=lambda: count(1).__next__)
    log: Log | None = None
    error: BaseException | None = None
    cuts: list[int] = field(
        factory=list
    )  # power cuts that may have taken something back: what was told before

    def run(self, life: Callable[[Env], None], fault: Fault | None = None) -> int | None:
        """The exit code of a process that did that; None if it found no end."""

        def main(env: SimEnv) -> None:
            if fault is not None:
                fault.attach(env)
            try:
                life(env)
            except (StreamzError, OSError) as error:
                self.error = error
            if fault is not None:
                fault.active = False
                self.go_on()

        process = self.sim.spawn("one", main)  # type: ignore[arg-type]
        self.sim.run_until(lambda: process.dead, TURNS, every=1)
        code = process.code
        self.sim.kill(process)
        return code

    def cut(self) -> None:
        """The power fails."""
        self.sim.power_cut()
        if self.level == "process":
            self.cuts.append(len(self.told))

    def open(self, env: Env) -> Log:
        """The log; it is the handle that goes on after an error."""
        level = self.level if self.keeps else None
        self.log = Log.open(env, ROOT, watch=[TOPIC], level=level, limits=self.limits)
        return self.log

    def begin(self, env: Env) -> Log:
        """The log with its topic."""
        log = self.open(env)
        log.create_topic(TOPIC, PARTITIONS, {})
        return log

    def commit(self, log: Log, size: int) -> None:
        """One transaction into both partitions, acknowledged."""
        values = [self.unique().to_bytes(size, "big") for _ in range(PARTITIONS)]
        self.tried.append(values)
        topic = log.topic(TOPIC)
        outputs = [
            one
            for partition, value in enumerate(values)
            for one in pack(log, topic, partition, [None], [value], [0])
        ]
        done = log.commit([], outputs)
        log.acknowledge(done.lsn)
        placed = tuple(zip(range(PARTITIONS), done.bases, values, strict=True))
        self.told.append(Told(done.lsn, done.hash, placed))

    def outputs(self, log: Log, name: str, values: list[bytes]) -> list[Output]:
        """Values for the first partition of a topic."""
        nothing = [None] * len(values)
        return pack(log, log.topic(name), 0, nothing, values, [0] * len(values))

    def go_on(self) -> None:
        """The same handle, if it is fit for use, or says so."""
        log = self.log
        if log is None or not log.guard.fit:
            return
        try:
            if TOPIC in log.state.names:
                self.commit(log, SMALL)
                self.commit(log, LARGE)
            log.close()
        except (StreamzError, OSError) as error:
            self.error = self.error or error


def read(log: Log, partition: int) -> dict[int, bytes]:
    """Offset and value of everything that the partition of the topic holds."""
    found: dict[int, bytes] = {}
    for batch in everything(log, log.topic(TOPIC).id, partition):
        found |= zip(batch.offsets, [value or b"" for value in batch.values], strict=True)
    return found


def everything(log: Log, topic: int, partition: int) -> Iterator[Batch]:
    """All batches of a partition."""
    offset, end = log.state.start(topic, partition), log.state.end(topic, partition)
    while offset < end:
        for batch in log.fetch(topic, partition, offset):
            yield batch
            offset = batch.next_offset
