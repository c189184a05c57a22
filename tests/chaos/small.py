"""`chaos small`: a small world whole. Every order of its steps and every moment of its one fault, not some of them.

Two processes of one group take records from a topic, one a commit, and copy them, as the copiers of `chaos log` do. At each call of the door
the other one may go on instead, so many times as are allowed; at one of the calls one of them is killed, or a
sync fails, or the power: then each subset of the unsynced names and sectors is a world of its own (of the first and the last only,
where the order was changed as well). In the end a third process finishes what is left, and a History judges.

The worlds are the leaves of a tree of decisions, visited in order: no chance is in it, and a number says which decisions
led to a world. What is said of a bound is that all worlds within it were seen, if the budget was enough.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, evolve, field, frozen

from streamz_core.env.door import Env
from streamz_core.errors import Fenced, Poisoned, StreamzError
from streamz_core.log.chain.layout import Layout, read_identity
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.packing import pack
from streamz_core.log.records.commits import CommitRecord
from streamz_core.log.values import TaskCommit
from streamz_core.testing.simulator import Profile, Simulation
from streamz_core.testing.simulator.disk import Inode
from streamz_core.testing.simulator.process import Process, Strand
from tests.chaos.budget import seconds
from tests.chaos.history import Anomaly, History
from tests.chaos.log_world import Look

ROOT, SOURCE, TARGET, GROUP = "/home/log", "in", "out", "copiers"
LEVELS = ("power", "process")
FAULTS = ("kill", "power", "sync")
LIMITS = Limits(inline_bytes=20, sync_interval_s=0.001, lock_wait_s=0.01, free_bytes=1000)
QUIET = Profile(calls=0, sector=4096)  # a turn is one call of the door
TURNS = 3000


@define
class Decisions:
    """A way through the tree: what was decided at each fork, of how many. Behind `given` always the first."""

    given: Sequence[int] = ()
    taken: list[tuple[int, int]] = field(factory=list)

    def ask(self, ways: int) -> int:
        """Which of so many."""
        at = len(self.taken)
        chosen = self.given[at] if at < len(self.given) else 0
        self.taken.append((chosen, ways))
        return chosen

    def next(self) -> list[int] | None:
        """The way behind this one; None if it was the last."""
        path = list(self.taken)
        while path and path[-1][0] + 1 == path[-1][1]:
            path.pop()
        return [chosen for chosen, _ in path[:-1]] + [path[-1][0] + 1] if path else None


@frozen
class Bound:
    """Which worlds are looked at. `switches`: in favour of the other process, while the one that goes could go on.
    `few`: of the outcomes of a power cut, all or nothing of each file. The fault comes at each `every`-th call.
    `records`: that there are to be copied."""

    switches: int = 1
    few: bool = False
    every: int = 1
    records: int = 2

    def __str__(self) -> str:
        outcomes = "few" if self.few else "all"
        return (
            f"{self.records} records, {self.switches} switches, {outcomes} outcomes of a power cut, "
            f"one fault at each of {self.every} calls"
        )


class Outcomes(random.Random):
    """What a disk asks chance for, decided: each outcome, of numbers the least, the middle and the largest."""

    def __init__(self, decisions: Decisions) -> None:
        super().__init__(0)
        self.decisions = decisions
        self.few = False  # whether only the first two are looked at
        self.idle = False  # whether it makes no difference

    def choice(self, seq: Any) -> Any:
        if self.idle:
            return seq[0]
        return seq[self.decisions.ask(min(len(seq), 2) if self.few else len(seq))]

    def random(self) -> float:
        return 0.9 if self.few or self.idle or not self.decisions.ask(2) else 0.1

    def randint(self, a: int, b: int) -> int:
        some = sorted({a, b} if self.few else {a, (a + b) // 2, b})
        return some[self.decisions.ask(len(some))]


class World(Simulation):
    """One way through the tree."""

    def __init__(self, decisions: Decisions, bound: Bound) -> None:
        super().__init__(1, QUIET)
        self.decisions = decisions
        self.outcomes = self.disk._random = Outcomes(decisions)
        self.cut, self.disk._cut = self.disk._cut, self.lose
        self.bound = bound
        self.switches = bound.switches  # that are left
        self.fault = ""
        self.armed = False
        self.calls = 0
        self.last: Strand | None = None

    def choose(self, ready: Sequence[Strand]) -> Strand:
        going = self.last if self.last in ready else None
        if going is None or self.switches:
            others = [one for one in ready if one is not going]
            ways = others if going is None else [going, *others]
            chosen = ways[self.decisions.ask(len(ways))] if self.armed else ways[0]
            self.switches -= going is not None and chosen is not going
        else:
            chosen = going
        self.last = chosen
        return chosen

    def step(self) -> bool:
        if self.armed:
            self.calls += 1
        if self.armed and not self.fault and self.processes and not self.calls % self.bound.every:
            what = self.decisions.ask(1 + len(FAULTS))
            if what:
                self.fault = FAULTS[what - 1]
                self.fail()
        return super().step()

    def lose(self, inode: Inode) -> None:
        """One file in a power cut: of one without unsynced bytes there is but one outcome."""
        self.outcomes.idle = not inode.dirty
        self.cut(inode)
        self.outcomes.idle = False

    def fail(self) -> None:
        """Now."""
        going = self.last.process if self.last and not self.last.process.dead else self.processes[0]
        self.outcomes.few = self.bound.few or self.switches < self.bound.switches
        if self.fault == "kill":
            self.kill(going)
        elif self.fault == "power":
            self.power_cut()
        else:
            going.faults = evolve(QUIET, sync_fails=1.0)


@define
class Play:
    """What is done in a world, and told of it."""

    level: str
    world: World
    history: History
    acked: list[tuple[int, bytes]] = field(factory=list)

    def begin(self, env: Env) -> None:
        """A log with something to be copied; on the disk, before anything is decided."""
        log = Log.open(env, ROOT, level=self.level, limits=LIMITS)
        for name in (SOURCE, TARGET):
            log.create_topic(name, 1, {})
        values = [b"value %d" % number * 3 for number in range(self.world.bound.records)]
        for value in values:
            row = pack(log, log.topic(SOURCE), 0, [None], [value], [0])
            log.acknowledge(log.commit([], row).lsn)
        log.close()

    def copy(self, env: Env) -> None:
        """Take from where the group stands, one record a commit, until there is none."""
        log = Log.open(env, ROOT, watch=[SOURCE, TARGET], level=self.level, limits=LIMITS)
        source, target = log.topic(SOURCE), log.topic(TARGET)
        while True:
            log.refresh()
            at = log.state.next_offset(GROUP, source.id, 0)
            if at == self.world.bound.records:
                break
            value = log.fetch(source.id, 0, at, records_max=1)[0].values[0]
            moves = [(source.id, 0, at, at + 1)]
            try:
                done = log.commit(
                    [TaskCommit(GROUP, "", 0, moves)], pack(log, target, 0, [None], [value], [0])
                )
            except Fenced:
                continue
            log.acknowledge(done.lsn)
            self.acked.append((done.lsn, done.hash))
        log.close()

    def judge(self) -> list[Anomaly]:
        """What the chain and the topics say in the end."""
        env = self.world.observer()
        layout = Layout(ROOT)
        log = Look(env, layout, read_identity(env, layout), LIMITS, watch=[SOURCE, TARGET])
        log.refresh()
        history = self.history
        names = {topic.id: topic.name for topic in log.state.topics.values()}
        for lsn, record in log.records:
            history.chained(lsn)
            if isinstance(record, CommitRecord):
                moves = [
                    (group, (names[topic], part), start, stop)
                    for group, _, _, rows, _ in record.tasks
                    for topic, part, start, stop in rows
                ]
                wrote = [((names[topic], part), count) for topic, part, count, *_ in record.ranges]
                history.committed(moves, wrote)
        rows = {name: list(self.rows(log, name)) for name in (SOURCE, TARGET)}
        for name, found in rows.items():
            history.stands((name, 0), found, log.state.end(log.topic(name).id, 0))
        history.follows(
            "copies", *([value for _, value in rows[name]] for name in (SOURCE, TARGET))
        )
        history.consumed(GROUP, (SOURCE, 0))
        for lsn, hash_ in self.acked:
            if self.keeps and not log.state.on_chain(lsn, hash_):
                history.wrong("lost", f"commit {lsn}, which was acknowledged")
        return history.close()

    @property
    def keeps(self) -> bool:
        """Whether what was acknowledged has to be there: at level process not if the disk lost something."""
        return self.level == "power" or self.world.fault in ("", "kill")

    def rows(self, log: Log, name: str) -> Iterator[tuple[int, bytes | None]]:
        number, offset = log.topic(name).id, 0
        while offset < log.state.end(number, 0):
            for batch in log.fetch(number, 0, offset):
                yield from zip(batch.offsets, batch.values, strict=True)
                offset = batch.next_offset


def owed(moves: Sequence[Any]) -> dict[str, int]:
    return {TARGET: sum(stop - start for _, _, start, stop in moves)} if moves else {}


def play(level: str, decisions: Decisions, bound: Bound) -> list[Anomaly]:
    """One world."""
    world = World(decisions, bound)
    world.observer().make_dirs("/home")
    here = Play(level, world, History(owed))
    begun(world, [world.spawn("begin", here.begin)])
    for folder in ("/", "/home"):
        world.observer().sync_dir(folder)
    ends = (Poisoned, StreamzError, OSError)
    here.history.sends.clear()
    two = [world.spawn(name, here.copy, expected=ends) for name in ("one", "two")]
    world.armed = True
    begun(world, two)
    world.armed = False
    world.calm()
    begun(world, [world.spawn("last", here.copy)])
    return here.judge()


def begun(world: World, processes: list[Process]) -> None:
    """Until they are at their ends."""
    done = world.run_until(lambda: all(one.dead for one in processes), TURNS, every=1)
    assert done, "no end"


def main(arguments: list[str]) -> int:
    """All worlds of both levels, as far as the budget goes."""
    parser = argparse.ArgumentParser(prog="chaos small", description=__doc__)
    parser.add_argument("--budget", default="20m", type=seconds)
    parser.add_argument("--switches", default=1, type=int)
    parser.add_argument("--few", action="store_true", help="of the outcomes of a power cut")
    parser.add_argument(
        "--every", default=1, type=int, help="so many calls there is a fault at one"
    )
    parser.add_argument("--records", default=2, type=int)
    parser.add_argument("--world", help="one alone: LEVEL/1,0,0,...")
    parser.add_argument("--seed", help="there is no chance in it")
    options = parser.parse_args(arguments)
    bound = Bound(options.switches, options.few, options.every, options.records)
    if options.world:
        level, _, path = options.world.partition("/")
        found = finding(level, Decisions([int(one) for one in path.split(",")]), bound)
        print(found or "nothing is wrong with it")
        return 1 if found else 0
    failed = total = 0
    for level in LEVELS:
        count, bad, whole = visit(level, bound, time.monotonic() + options.budget / len(LEVELS))
        total, failed = total + count, failed + bad
        told = "all of them" if whole else "the budget ended it"
        print(f"level {level}, {bound}: {count} worlds, {told}", flush=True)
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


def visit(level: str, bound: Bound, until_s: float) -> tuple[int, int, bool]:
    """(worlds, those with a finding, whether these are all)."""
    path: list[int] | None = []
    count = failed = 0
    while path is not None:
        if time.monotonic() > until_s:
            return count, failed, False
        decisions = Decisions(path)
        found = finding(level, decisions, bound)
        count += 1
        if found:
            failed += 1
            way = ",".join(str(chosen) for chosen, _ in decisions.taken)
            print(f"{level}/{way}: {found}", flush=True)
        path = decisions.next()
    return count, failed, True


def finding(level: str, decisions: Decisions, bound: Bound) -> str:
    """What is wrong with a world; "" if nothing is."""
    try:
        return "; ".join(map(str, play(level, decisions, bound)))
    except Exception as error:  # noqa: BLE001 - every error is a finding
        return f"{type(error).__name__}: {error}"
