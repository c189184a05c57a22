"""A worker: what it owns gets its turn, round by round, and is committed together."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from attrs import evolve, frozen

from streamz_core.broker.backend import next_offset
from streamz_core.broker.embedded import open_backend
from streamz_core.broker.ringing import WHOLE
from streamz_core.coordination.agreeing import OUTLINE
from streamz_core.env.door import Env
from streamz_core.errors import StorageFull, StreamzError
from streamz_core.metrics import Metrics
from streamz_core.runtime.drops import Drops
from streamz_core.runtime.job import Job, look_at_fellows, outline, task_name
from streamz_core.runtime.ownership import Ownership
from streamz_core.runtime.patterns import changed, matched, topics_followed
from streamz_core.runtime.place import Place
from streamz_core.runtime.rounds.pace import Pace
from streamz_core.runtime.rounds.turns import Turn
from streamz_core.runtime.rounds.waking import Waking
from streamz_core.runtime.schemas import tell_schemas
from streamz_core.runtime.state.reading import NOTHING, Open, OpenTasks
from streamz_core.runtime.state.state import StateOptions
from streamz_core.runtime.task.following import Following
from streamz_core.runtime.topics import prepare_topics
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.plan import calls_later
from streamz_core.topology.subtopologies import SubTopology
from streamz_state import Database

logger = logging.getLogger("streamz.worker")

IDLE_S = 0.1  # at most between two rounds
ROUND_S = 0.005  # tasks go on so long before the worker looks at the log again


@frozen
class Prepared:
    """What there was of an app on the broker when a worker saw to it. `begun`: when it was reset last. `changes`: of
    topics until then. `partitions`: of each topic of the app. `counts`: how many tasks its sub-topologies have, and
    `shards`: all of them by name.
    """

    begun: int
    changes: int
    partitions: Mapping[str, int]
    counts: Mapping[str, int]
    shards: Mapping[str, tuple[SubTopology, int]]


class Round(NamedTuple):
    """What came of one. `more`: the next one may have something to do at once, not only when the worker was woken, or
    a commit is due.
    """

    done: bool
    more: bool


class Worker:
    """Owns tasks of one app. `step` does one round and never sleeps; `run` goes on until told to stop."""

    def __init__(  # noqa: PLR0913 - what a worker is given
        self,
        job: Job,
        env: Env,
        home: str,
        *,
        memory: bool = False,
        info: dict[str, Any] | None = None,
        shown: OpenTasks | None = None,
    ) -> None:
        """Join the app's group on the broker of `home`. `memory`: all stores in memory.

        `tasks` are the open ones, by name.

        `info` stands in the member record; `shown` is kept up to date for readers in other threads.
        """
        job.programs.check()  # before anything is opened or made
        self.job = job
        self.env = env
        self.metrics = Metrics()
        self._drops = Drops(self.metrics, self._negative, env.monotonic)
        self._stood = False  # whether all tasks were open at once, and restored, since it began
        self._shown = shown or OpenTasks()
        stores = [job.plan.changelog(name) for name in job.plan.stores]
        watch = [*topics_followed(job), *stores]
        self.backend = open_backend(env, home, job.config, watch=watch)
        whole = [table.topic.name for table in job.plan.everywhere.values()]
        info = {**(info or {}), OUTLINE: outline(job.plan), WHOLE: whole}
        try:
            for note in look_at_fellows(self.backend, job.name, info):  # before anything is made
                logger.warning(note)
            self.job, self._prepared = self._prepare(job)
            shards = self._prepared.shards
            stall_ms = job.config.max_poll_interval_ms
            following = Following()
            membership = self.backend.membership(
                job.name,
                list(shards),
                topics_followed(self.job),
                info,
                stall_ms,
                following.at,
            )
            options = StateOptions(home, memory=memory)
            waking = Waking(self.backend.waker() if calls_later(self.job.plan) else bool)
            place = Place(
                self.job, self.backend, env, self.metrics, options, following, wake=waking
            )
            self._ownership = Ownership(membership, place, shards)
            self.tasks = self._ownership.tasks
            self._pace = Pace(job, self.backend, env, self._ownership.awake.busy, waking)
            self._ownership.join()
        except BaseException:
            self.backend.close()
            raise

    # ---- turning

    def turns(self) -> list[Turn]:
        """Everything that gets its turn in a round, in this order: what tasks read before the tasks, of which those that
        rest get none.
        """
        return [*self._ownership.copies.all.values(), *self._ownership.awake.tasks]

    def run(self, stop: Callable[[], bool]) -> None:
        """Turn until `stop()` is true, then commit, hand over the tasks and leave.

        What stops it otherwise passes; the databases and locks are let go of, as if the process died.
        """
        try:
            with self.env.steadily():
                while not stop():
                    if not self._round().more:
                        self.backend.wait(self.idle_s())
        except BaseException as error:
            self.kill()
            try:
                self.backend.close()
            except StreamzError as second:
                error.add_note(f"and when the log was closed: {second}")
            raise
        self.close()

    def step(self) -> bool:
        """One round: follow the others, look after the group, process, commit. True if anything was done."""
        return self._round().done

    def _round(self) -> Round:
        self.backend.refresh()
        self.backend.upkeep()
        try:
            moved = self._look_after()
        except StorageFull as error:
            self._pace.pause(error)
            moved = False
        if self._pace.paused or (self._pace.resting and not moved):
            return Round(moved, more=moved)
        self._pace.rouse()
        try:
            turned, idle = self._turn_for_a_while()
        except StorageFull as error:  # of the disk with the state; what others did is committed
            self._pace.pause(error)
            return Round(moved, more=moved)
        self._ownership.drop_lost()
        committed = self._pace.due(idle=idle) and self.commit()
        self._show()
        done = committed or turned or moved
        return Round(done, more=done and (moved or not idle or self._some_wait()))

    def _some_wait(self) -> bool:
        """Whether anything has its turn, as far as this process has followed; its own commit may have brought it
        something.
        """
        copies, awake = self._ownership.copies, self._ownership.awake
        awake.look()
        return bool(awake.tasks) or not copies.ready

    def _turn_for_a_while(self) -> tuple[bool, bool]:
        """Turn until a commit is due, nothing is left to do of what is known, or some milliseconds are
        over: what a round looks at besides is not paid for every batch. Whether anything was done, and
        whether nothing was left.
        """
        if not self.turn():
            return False, True
        pace, clock, copies = self._pace, self.env.monotonic, self._ownership.copies
        until_s = clock() + ROUND_S
        while not pace.due(idle=False) and copies.ready and clock() < until_s:
            if not self.turn():
                return True, True
        return True, False

    def turn(self) -> bool:
        """Let everything have its turn; whether anything was done."""
        turned, copies, awake = False, self._ownership.copies, self._ownership.awake
        awake.look()
        some = len(copies.all)
        for at, one in enumerate(self.turns()):
            if some and at >= some and not copies.ready:
                return True  # a record is to find what was committed before it
            try:
                worked = one.turn()
            except Exception:
                self.commit()  # a record failed; what came before it is good and stays
                raise
            if worked:
                turned = True
                self._ownership.show_progress()
        awake.rest()
        return turned

    def idle_s(self) -> float:
        """How long there is nothing to do unless somebody rings."""
        pace = self._pace
        if pace.paused:  # nothing has its turn while the disk is full
            due_s = pace.due_s()
        elif pace.resting:
            due_s = pace.rest_s
        else:
            resting_s = self._ownership.awake.due_s
            due_s = min([pace.due_s(), resting_s, *(one.due_s() for one in self.turns())])
            pace.rest(due_s)
        return min(max(due_s - self.env.monotonic(), 0.0), IDLE_S)

    @property
    def finished(self) -> bool:
        """Whether the whole app consumed and committed everything there is, whoever owned its tasks.

        Its stores have to stand, too: a worker that comes to an app without any restores its share of them.
        """
        backend = self.backend
        self._stood = self._stood or self._ownership.settled
        if not self._ownership.copies.ready:
            return False
        if not self._stood or any(task.restoring or task.dirty for task in self.tasks.values()):
            return False
        for sub, partition in self._prepared.shards.values():
            for one in sub.inputs:
                if partition >= backend.topic(one.topic).partitions:
                    continue
                at = next_offset(backend, self.job.name, one.topic, partition)
                if at != backend.end(one.topic, partition):
                    return False
        return True

    def commit(self) -> bool:
        """Commit what the tasks did, now. True if it got on: committed, or undone to be done again."""
        try:
            done = self._pace.commit()
        finally:
            self._ownership.drop_lost()
        self._ownership.awake.settle()
        self._drops.tell()
        return done

    def close(self) -> None:
        """Commit, hand over every task, leave the group, close the broker. What fails passes; all is let go of."""
        try:
            self.commit()
            self._drops.tell(last=True)
            self._shown.now = NOTHING
            self._ownership.leave()
        except StorageFull as error:
            logger.warning("left without a word, the others will find out: %s", error)
        finally:
            self.kill()
            self.backend.close()

    def kill(self) -> None:
        """Let go of the databases without a word, as a killed process does."""
        self._shown.now = NOTHING
        self._ownership.abandon()
        for one in (*self.turns(), *self.tasks.values()):
            one.close()
        self.tasks.clear()
        self._ownership.awake.renew()

    def held(self, store: str) -> list[tuple[StoreSpec, int, Database]]:
        """The parts of a store that are here, as readers need them: spec, number, database."""
        copies = [one.find(store) for one in self._ownership.copies.all.values()]
        parts = [task.state.find(store) for task in self.tasks.values()]
        return [part for part in (*copies, *parts) if part is not None]

    def dropped(self) -> Counter[str]:
        """Records dropped silently so far, by reason."""
        total: Counter[str] = Counter()
        for (reason, _), count in self.metrics.dropped.items():
            total[reason] += count
        total["negative timestamp"] += self._negative()
        return +total

    def _negative(self) -> int:
        return sum(task.negative for task in self.tasks.values())

    # ---- the parts of a round

    def _prepare(self, job: Job) -> tuple[Job, Prepared]:
        """See that everything of the app is on the broker, and is what the app takes it for. The app with the
        topics that match its patterns.
        """
        backend = self.backend
        begun, changes = backend.begun(job.name), backend.topic_changes
        job = matched(job, backend)
        backend.watch(topics_followed(job))
        topics = prepare_topics(job, backend)
        tell_schemas(job, backend)
        shards = {
            task_name(sub.name, partition): (sub, partition)
            for sub in job.plan.subs
            for partition in range(topics.tasks[sub.name])
        }
        return job, Prepared(begun, changes, topics.partitions, topics.tasks, shards)

    def _look_after(self) -> bool:
        if not self._ownership.join():
            return False
        if self._overtaken():
            job, prepared = self._prepare(self.job)
            self._go_on_as(job, prepared)
            self.job, self._prepared = job, prepared
        released = self._ownership.step()
        if released:
            self.commit()
            self._ownership.release(released)
        return self._ownership.compare() or bool(released)

    def _overtaken(self) -> bool:
        """Whether the app was reset while this worker was taken for dead, or has topics, or partitions of them, that
        it had not.
        """
        backend, prepared = self.backend, self._prepared
        if backend.begun(self.job.name) != prepared.begun:
            return True
        changes = backend.topic_changes
        if changes == prepared.changes:
            return False
        if matched(self.job, backend) is not self.job or self._widened(prepared.partitions):
            return True
        self._prepared = evolve(prepared, changes=changes)
        return False

    def _widened(self, partitions: Mapping[str, int]) -> list[str]:
        """The topics that have other partitions than these, by name."""
        known = self.backend.topics()
        return [
            name
            for name, count in partitions.items()
            if name in known and known[name].partitions != count
        ]

    def _go_on_as(self, job: Job, prepared: Prepared) -> None:
        """Other topics match a pattern now, or some have more partitions: so there are tasks that read them, and maybe
        more of them.
        """
        widened = set(self._widened(self._prepared.partitions))
        reading = {sub.name for sub in job.plan.subs if widened & {one.topic for one in sub.inputs}}
        others = set(topics_followed(job)) - set(topics_followed(self.job))
        if job is self.job and not reading:
            return
        self.commit()
        self._ownership.follow(job, prepared.shards, reading.union(changed(self.job, job)))
        if others:
            logger.info("reading %s as well", ", ".join(sorted(others)))
        if reading:
            logger.info("reading more partitions of %s", ", ".join(sorted(widened)))

    def _show(self) -> None:
        """Tell readers what is open, if that changed."""
        at, copies = self.backend.mark.number, self._ownership.copies
        if not copies.ready:
            return
        count = len(self.tasks) + len(copies.all)
        if self._shown.now.settled == at and len(self._shown.now.states) == count:
            return
        states = {name: task.state for name, task in self.tasks.items()}
        held = {f"@global/{name}": copy for name, copy in copies.all.items()}
        self._shown.now = Open(at, {**states, **held}, self._prepared.counts)
