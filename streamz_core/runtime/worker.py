"""A worker: the tasks it owns, taking turns, committed together."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from streamz_core.broker.membership import Membership
from streamz_core.env.door import Env
from streamz_core.errors import StorageFull, StreamzError
from streamz_core.log.limits import Limits
from streamz_core.log.log import POLL_S, Log
from streamz_core.metrics import Metrics
from streamz_core.runtime.commit import commit_tasks
from streamz_core.runtime.job import Job, prepare_topics, task_name
from streamz_core.runtime.state.reading import NOTHING, Open, OpenTasks
from streamz_core.runtime.state.state import StateOptions
from streamz_core.runtime.task.task import Place, Task
from streamz_state import StateCorrupt, StateError

logger = logging.getLogger("streamz.worker")

PAUSE_MIN_S = 0.0005  # between two commits, or PAUSE_COSTS times what one costs
PAUSE_COSTS = 2
FULL_RETRY_S = 1.0
COMMIT_SHARE = (
    4  # input of this share of a commit's limit is committed at once: results may be larger
)


class Worker:
    """Owns tasks of one app. `step` does one turn and never sleeps; `run` turns until told to stop."""

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
        """Join the app's group on the log of `home`. `memory`: all stores in memory.

        `info` stands in the member record; `shown` is kept up to date for readers in other threads.
        """
        self.job = job
        self.env = env
        self.metrics = Metrics()
        self.tasks: dict[str, Task] = {}
        self._shown = shown or OpenTasks()
        limits = Limits(
            free_bytes=job.config.log_free_bytes, commit_bytes=job.config.log_commit_bytes
        )
        inputs = sorted({one.topic for sub in job.plan.subs for one in sub.inputs})
        stores = [job.plan.changelog(name) for name in job.plan.stores]
        self.log = Log.open(
            env,
            f"{home}/log",
            watch=[*inputs, *stores],
            level_if_new=job.config.durability,
            limits=limits,
        )
        self._commit_at_s = 0.0
        self._pause_s = PAUSE_MIN_S
        self._cost_s = PAUSE_MIN_S / PAUSE_COSTS
        self._interval_s = job.config.commit_interval_ms / 1000
        self._full = False
        self._known_moves = -1  # of the log, when owners were compared with the tasks here
        try:
            self._counts = prepare_topics(job, self.log).tasks
            self._subs = {
                task_name(sub.name, partition): (sub, partition)
                for sub in job.plan.subs
                for partition in range(self._counts[sub.name])
            }
            state = StateOptions(home, memory=memory)
            self._place = Place(job, self.log, env, self.metrics, state)
            stall_ms = job.config.max_poll_interval_ms
            self._membership = Membership(
                self.log, env, job.name, list(self._subs), inputs, info or {}, stall_ms
            )
            self._membership.join()
        except BaseException:
            self.log.close()
            raise

    # ---- turning

    def run(self, stop: Callable[[], bool]) -> None:
        """Turn until `stop()` is true, then commit, hand over the tasks and leave.

        What stops it otherwise passes; the databases and locks are let go of, as if the process died.
        """
        try:
            while not stop():
                if not self.step():
                    self.log.wait(self.idle_s())
        except BaseException as error:
            self.kill()
            try:
                self.log.close()
            except StreamzError as second:
                error.add_note(f"and when the log was closed: {second}")
            raise
        self.close()

    def step(self) -> bool:
        """One turn: follow the chain, look after the group, process, commit. True if anything was done."""
        self.log.refresh()
        self.log.tick()
        try:
            turned = self._look_after()
        except StorageFull as error:
            self._pause(error)
            turned = False
        if self._full and self.env.monotonic() < self._commit_at_s:
            return turned
        taken = self._process()
        committed = self._commit_if_due(idle=not taken)
        self._show()
        return committed or taken or turned

    def idle_s(self) -> float:
        """How long there is nothing to do unless somebody rings."""
        if any(task.dirty for task in self.tasks.values()):
            return min(max(self._commit_at_s - self.env.monotonic(), 0.0), POLL_S)
        return POLL_S

    @property
    def finished(self) -> bool:
        """Whether the whole app consumed and committed everything on the log, whoever owned its tasks."""
        state = self.log.state
        if any(task.restoring or task.dirty for task in self.tasks.values()):
            return False
        for sub, partition in self._subs.values():
            for one in sub.inputs:
                topic = state.names[one.topic]
                if partition < topic.partitions and state.next_offset(
                    self.job.name, topic.id, partition
                ) != state.end(topic.id, partition):
                    return False
        return True

    def close(self) -> None:
        """Commit, hand over every task, leave the group, close the log. What fails passes; all is let go of."""
        try:
            self.commit()
            self._shown.now = NOTHING
            for name in list(self.tasks):
                self._release(name)
            self._membership.leave()
        except StorageFull as error:
            logger.warning("left without a word, the others will find out: %s", error)
        finally:
            self.kill()
            self.log.close()

    def kill(self) -> None:
        """Let go of the databases without a word, as a killed process does."""
        self._shown.now = NOTHING
        self._membership.abandon()
        for task in self.tasks.values():
            task.close()
        self.tasks.clear()

    def dropped(self) -> Counter[str]:
        """Records dropped silently so far, by reason."""
        total: Counter[str] = Counter()
        for (reason, _), count in self.metrics.dropped.items():
            total[reason] += count
        total["negative timestamp"] += sum(task.negative for task in self.tasks.values())
        return +total

    # ---- the parts of a turn

    def _process(self) -> bool:
        taken = 0
        for name, task in list(self.tasks.items()):
            try:
                if task.restoring:
                    task.restore()
                    taken += 1
                else:
                    taken += task.process(self.job.config.poll_records_max)
            except StateCorrupt as error:
                self._rebuild(name, error)
                taken += 1
            except Exception:
                self.commit()  # a record failed; what came before it is good and stays
                raise
        return taken > 0

    def _rebuild(self, name: str, error: StateCorrupt) -> None:
        """Begin the state of a task anew, from its changelogs: what lay on the disk is damaged."""
        task = self.tasks.pop(name)
        logger.warning("the state of task %s is discarded and restored: %s", name, error)
        task.discard()
        self._open(name, task.epoch)

    def _show(self) -> None:
        """Tell readers what is open, if that changed."""
        if self._shown.now.settled == self.log.state.lsn and len(self._shown.now.states) == len(
            self.tasks
        ):
            return
        states = {name: task.state for name, task in self.tasks.items()}
        self._shown.now = Open(self.log.state.lsn, states, self._counts)

    def _commit_if_due(self, *, idle: bool) -> bool:
        if not any(task.dirty for task in self.tasks.values()):
            return False
        now_s = self.env.monotonic()
        due_s = (
            self._commit_at_s
            if idle or self._much()
            else self._commit_at_s + self._interval_s - self._pause_s
        )
        return now_s >= due_s and self.commit()

    def _much(self) -> bool:
        """Whether a commit may become too large if it waits longer."""
        tasks = self.tasks.values()
        room = self.log.limits.commit_bytes // COMMIT_SHARE
        return sum(task.bytes for task in tasks) >= room or any(task.waits for task in tasks)

    def commit(self) -> bool:
        """Commit what the tasks did, now. True if it got on: committed, or undone to be done again."""
        started_s = self.env.monotonic()
        try:
            done = commit_tasks(self.log, self.job.name, list(self.tasks.values()))
        except StorageFull as error:
            self._pause(error)
            return False
        finally:
            self._drop_lost()
        if self._full:
            logger.warning("there is room again: going on")
            self._full = False
        now_s = self.env.monotonic()
        # Smoothed and cut: one that was preempted says little about the next.
        self._cost_s += (min(now_s - started_s, 4 * self._cost_s) - self._cost_s) / 8
        self._pause_s = max(PAUSE_MIN_S, min(PAUSE_COSTS * self._cost_s, self._interval_s))
        self._commit_at_s = now_s + self._pause_s
        return done is not None or any(task.again for task in self.tasks.values())

    def _pause(self, error: StorageFull) -> None:
        if not self._full:
            logger.warning("paused: %s", error)
        self._full = True
        self._commit_at_s = self.env.monotonic() + FULL_RETRY_S

    # ---- whose tasks

    def _look_after(self) -> bool:
        if not self._membership.member:
            logger.warning("this worker was taken for dead: joining again")
            self._membership.join()
        released = self._membership.step()
        if released:
            self.commit()
        for name in released:
            self._release(name)
        return self._compare() or bool(released)

    def _release(self, name: str) -> None:
        task = self.tasks.pop(name, None)
        if task is not None:
            task.close()
        self._membership.release(name)

    def _compare(self) -> bool:
        """Let go of the tasks that the chain says are another's, and open those that are ours."""
        moves = self.log.state.moves
        if moves == self._known_moves:
            return False
        self._known_moves = moves
        mine = self._membership.owned()
        for name, task in self.tasks.items():
            if mine.get(name) != task.epoch:
                task.lost()
        self._drop_lost()
        fresh = [
            name for name in mine if name not in self.tasks and self._membership.assigned(name)
        ]
        for name in fresh:
            logger.info("task %s is ours (epoch %d)", name, mine[name])
            self._open(name, mine[name])
        return bool(fresh)

    def _open(self, name: str, epoch: int) -> None:
        sub, partition = self._subs[name]
        self.tasks[name] = Task(self._place, sub, partition, epoch)

    def _drop_lost(self) -> None:
        for name, task in list(self.tasks.items()):
            if task.gone:
                logger.warning("task %s has another owner, or its offsets moved: dropped", name)
                del self.tasks[name]
                self._known_moves = -1
                try:
                    task.close()
                except StateError as error:
                    logger.warning("task %s: %s", name, error)
