"""Workers that own tasks, and what every process of a schedule may end with."""

import errno
from traceback import extract_tb

import msgpack
from attrs import define

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, Fenced, ForeignLog, NotReady, Poisoned, StorageFull
from streamz_core.log.chain.layout import Layout, read_identity
from streamz_core.log.chain.poison import is_poisoned
from streamz_core.log.log import Log
from streamz_core.log.packing import pack
from streamz_core.log.records.ownership import OwnerRecord
from streamz_core.log.trust import on_chain
from streamz_core.log.values import Appended, Output, TaskCommit
from tests.chaos.log_store import Kept, Store, newest, open_store
from tests.chaos.log_world import (
    CHANGES,
    GROUP,
    INPUT,
    OUTPUT,
    ROOT,
    Promise,
    State,
    World,
    output_partition,
    output_value,
    step,
    wake,
)

IDLE_S = 0.05
FAILING = (errno.EIO, errno.ENOSPC, errno.EMFILE)


class Ended(Exception):
    """A process ended for a reason it is allowed to end for; somebody starts it again."""


def guarded(world: World, main):
    """`main`, ending with Ended for what may happen on a failing machine and with itself for the rest."""

    def run(env):
        try:
            main(env)
        except (Poisoned, NotReady, StorageFull) as error:
            raise Ended from error
        except (Corrupt, ForeignLog) as error:
            if may_say(world, error):
                raise Ended from error
            raise
        except OSError as error:
            if error.errno in FAILING:
                raise Ended from error
            raise

    return run


def may_say(world: World, error: Corrupt | ForeignLog) -> bool:
    """Whether a process may find the log damaged."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in FAILING:
            return True
        cause = cause.__cause__
    if poisoned(world) and not in_cold_start(error):
        return True  # the cache lost what a failed sync left; all have to stop
    return world.refuses(error)


def poisoned(world: World) -> bool:
    """Whether a sync failed and no cold start came yet."""
    env = world.sim.observer()
    try:
        who = read_identity(env, Layout(ROOT))
    except (ForeignLog, FileNotFoundError):  # the disk lied, and took LOG back
        return False
    return is_poisoned(env, Layout(ROOT), who)


def in_cold_start(error: Exception) -> bool:
    """Whether it is a cold start that found no way out."""
    return any(frame.name == "cold_start" for frame in extract_tb(error.__traceback__))


@define
class Held:
    """A task as its owner knows it, after the commit `lsn` at the latest."""

    task: int
    epoch: int
    state: State
    offset: int  # of the input
    changes: int  # of the changelog
    store: Store


@define
class Work:
    """What one commit does to one task."""

    held: Held
    state: State
    moved: TaskCommit
    outputs: list[Output]
    changed: int


class Worker:
    """Owns tasks, consumes, commits. It learns late, or never, that somebody else owns them."""

    def __init__(self, world: World, env: Env, name: str) -> None:
        self.world = world
        self.env = env
        self.name = name
        self.random = world.sim.random
        self.held: dict[int, Held] = {}
        self.unacknowledged: list[Appended] = []
        self.log: Log = world.open(env)
        self.join()
        if self.random.random() < 0.3:
            self.bury()

    def run(self) -> None:
        """For ever."""
        while True:
            self.log.refresh()
            self.log.tick()
            if self.log.incarnation not in self.log.state.members:
                self.join()
            if self.random.random() < 0.1:
                self.world.compare(self.log)
            if not self.world.calm and self.random.random() < 0.06:
                self.world.reassign()
            if not self.turn():
                self.acknowledge()
                self.log.wait(IDLE_S)

    def join(self) -> None:
        """Be a member: also again, if somebody took this process for dead."""
        self.log.join([INPUT], GROUP, {"name": self.name})

    def bury(self) -> None:
        """Take the dead off the list of members."""
        for incarnation in list(self.log.state.members):
            if not self.log.alive(incarnation):
                self.log.leave(incarnation)

    def turn(self) -> bool:
        """One commit, of one or two tasks; false if there is nothing to do."""
        mine = [task for task, name in self.world.assigned.items() if name == self.name]
        pool = sorted({*mine, *self.held})
        self.random.shuffle(pool)
        works = []
        for task in pool[: 1 + (self.random.random() < 0.3)]:
            held = self.own(task)
            work = None if held is None else self.work(held)
            if work is not None:
                works.append(work)
        if works:
            self.commit(works)
        for task in [task for task in self.held if task not in mine]:
            if self.random.random() < 0.3:
                self.drop(task)  # it heard of the rebalance
        return bool(works)

    # ---- owning

    def own(self, task: int) -> Held | None:
        """The task, taken from whoever had it if need be."""
        if task in self.held:
            return self.held[task]
        store, kept = self.choose_store(task)
        if store is None:
            return None
        epoch = self.append_owner(task)
        if epoch is None:
            store.close()
            return None
        state, changes = self.restore(task, kept)
        known = self.log.state
        offset = known.next_offset(GROUP, known.names[INPUT].id, task)
        self.held[task] = Held(task, epoch, state, offset, changes, store)
        return self.held[task]

    def choose_store(self, task: int) -> tuple[Store | None, Kept | None]:
        """The newest store if it can be had and its place is on the chain; else a fresh one."""
        number = newest(self.env, task)
        store = open_store(self.env, task, number) if number else None
        if store is not None:
            kept = store.load()
            if kept is not None and self.on_chain(kept):
                return store, kept
            store.close()
        return open_store(self.env, task, number + 1), None

    def on_chain(self, kept: Kept) -> bool:
        """Whether a store belongs to this log's past."""
        return on_chain(self.log, kept.lsn, kept.hash)

    def append_owner(self, task: int) -> int | None:
        """The epoch of this process as owner, or None if it may not be."""
        told: list[int] = []

        def make(known):
            owner = known.group(GROUP).owners.get(str(task))
            epoch = (owner.epoch if owner else 0) + 1
            record = OwnerRecord(GROUP, str(task), self.log.incarnation, epoch)
            told[:] = [epoch]
            return None if record.refuse(known) else record

        return told[0] if self.log.append(make) is not None else None

    def restore(self, task: int, kept: Kept | None) -> tuple[State, int]:
        """The state of everything committed: what the store has, and the changelog behind it."""
        if kept is not None:
            check_store(self.log, task, kept)
        state = dict(kept.state) if kept is not None else {}
        offset = kept.offset if kept is not None else 0
        for _, key, value in read(self.log, CHANGES, task, offset):
            state[key] = tuple(msgpack.unpackb(value))
            offset += 1
        return state, offset

    def drop(self, task: int) -> None:
        """Forget a task; its store can be opened by others."""
        self.held.pop(task).store.close()

    # ---- working

    def work(self, held: Held) -> Work | None:
        """Process a few records into an overlay."""
        count = self.random.randint(1, 4)
        records = list(read(self.log, INPUT, held.task, held.offset, count))[:count]
        if not records:
            return None
        state = dict(held.state)
        outputs: dict[int, list[tuple[bytes, bytes]]] = {}
        changed: dict[bytes, bytes] = {}
        for offset, key, value in records:
            told = step(state, key, value)
            changed[key] = told
            row = (key, output_value(held.task, offset, told))
            outputs.setdefault(output_partition(key, self.world.outputs), []).append(row)
        placed = [*self.pack(CHANGES, held.task, list(changed.items()))]
        for partition, rows in outputs.items():
            placed += self.pack(OUTPUT, partition, rows)
        stop = held.offset + len(records)
        moves = [(self.log.state.names[INPUT].id, held.task, held.offset, stop)]
        moved = TaskCommit(GROUP, str(held.task), held.epoch, moves, {"at": stop})
        return Work(held, state, moved, placed, len(changed))

    def pack(self, topic: str, partition: int, rows: list[tuple[bytes, bytes]]) -> list[Output]:
        """Rows as batches for one partition."""
        keys = [key for key, _ in rows]
        values = [value for _, value in rows]
        return pack(self.log, self.log.state.names[topic], partition, keys, values, [0] * len(rows))

    def commit(self, works: list[Work]) -> None:
        """C2 to C11. Nothing of the tasks changes unless the record is on the chain."""
        outputs = [one for work in works for one in work.outputs]
        try:
            done = self.log.commit([work.moved for work in works], outputs)
        except Fenced:
            self.world.sim.count("fenced")
            for work in works:
                self.drop(work.held.task)
            return
        except StorageFull:
            self.world.sim.count("storage full")
            self.log.wait(IDLE_S)
            return
        self.world.sim.count("commits")
        self.unacknowledged.append(done)
        if self.random.random() < 0.7:
            self.acknowledge()
        for work in works:
            self.apply(work, done)
        wake(self.log, OUTPUT)

    def acknowledge(self) -> None:
        """Tell the world what is safe."""
        if self.unacknowledged:
            self.log.acknowledge(self.unacknowledged[-1].lsn)
            for done in self.unacknowledged:
                self.world.promises.append(Promise(done.lsn, done.hash, self.world.told(self.log)))
            self.unacknowledged.clear()

    def apply(self, work: Work, done: Appended) -> None:
        """The overlay becomes the task's state, and goes into its store."""
        held = work.held
        held.state = work.state
        held.offset = work.moved.moves[0][3]
        held.changes += work.changed
        try:
            held.store.save(Kept(done.lsn, done.hash, held.changes, held.state))
        except OSError:
            self.drop(held.task)


def read(
    log: Log, topic: str, partition: int, offset: int, count: int | None = None, *, lsn_max=None
):
    """(offset, key, value) from `offset` on; at least `count` if there are, all of them without it."""
    number = log.state.names[topic].id
    end = log.state.end(number, partition)
    offset = max(offset, log.state.start(number, partition))
    stop = end if count is None else min(end, offset + count)
    while offset < stop:
        batches = log.fetch(number, partition, offset, bytes_max=1, lsn_max=lsn_max)
        if not batches:
            return
        lost = log.state.lost_in(number, partition)  # it may have gone on to find them
        offset = max(offset, log.state.start(number, partition))
        for batch in batches:
            assert batch.base_offset == lost.behind(offset), (
                "offsets are dense but for what is lost"
            )
            offset = batch.base_offset
            for key, value in zip(batch.keys, batch.values, strict=True):
                yield offset, key, value
                offset += 1


def check_store(log: Log, task: int, kept: Kept) -> None:
    """I7: a store that names a place on the chain holds the fold of its changelog up to there."""
    state: State = {}
    for offset, key, value in read(log, CHANGES, task, 0):
        if offset < kept.offset:
            state[key] = tuple(msgpack.unpackb(value))
    assert kept.state == state, (
        f"store of task {task} at commit {kept.lsn}: {kept.state}, not {state}"
    )
