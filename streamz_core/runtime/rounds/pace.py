"""When a worker commits: at the interval, or as soon as it caught up, but not too often for its cost.

And when it need not look at its tasks at all.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from math import inf

from streamz_core.broker.backend import Backend
from streamz_core.env.door import Env
from streamz_core.errors import StorageFull
from streamz_core.runtime.commit import commit_tasks
from streamz_core.runtime.job import Job
from streamz_core.runtime.rounds.waking import Waking
from streamz_core.runtime.task.task import Task

logger = logging.getLogger("streamz.worker")

PAUSE_MIN_S = 0.0005  # between two commits, or PAUSE_COSTS times what one costs
PAUSE_COSTS = 2
FULL_RETRY_S = 1.0
COMMIT_SHARE = (
    6  # input of this share of a commit's limit is committed at once: results may be larger
)


class Pace:
    """Commits `tasks`, a mapping that others change. While the disk is full it tries once a second."""

    def __init__(
        self, job: Job, backend: Backend, env: Env, tasks: Mapping[str, Task], waking: Waking
    ) -> None:
        self._group = job.name
        self._backend = backend
        self._env = env
        self._tasks = tasks
        self._waking = waking
        self._interval_s = job.config.commit_interval_ms / 1000
        self._pause_s = PAUSE_MIN_S
        self._cost_s = PAUSE_MIN_S / PAUSE_COSTS
        self._at_s = 0.0
        self._full = False
        self._rested = -1  # the commit up to which nothing is left to do ...
        self.rest_s = 0.0  # ... until then

    @property
    def resting(self) -> bool:
        """Whether nothing came since `rest`, nobody woke it, and the time has not come either."""
        if self._waking.told:
            return False
        return self._rested == self._backend.mark.number and self._env.monotonic() < self.rest_s

    def rest(self, until_s: float) -> None:
        """Nothing is left to do before that time, unless something comes on the log."""
        self._rested, self.rest_s = self._backend.mark.number, until_s

    def rouse(self) -> None:
        """What is to be done is known only when it was looked for."""
        self._waking.told = False  # before anybody looks what it was about
        self._rested = -1

    @property
    def paused(self) -> bool:
        """Whether the disk is full, and nothing is to be done for now."""
        return self._full and self._env.monotonic() < self._at_s

    def due_s(self) -> float:
        """When there may be a commit, if nothing more comes; inf: nothing was done."""
        return self._at_s if self._dirty() else inf

    def due(self, *, idle: bool) -> bool:
        """Whether it is time for a commit, or may be one now that nothing more comes (`idle`)."""
        if not self._dirty():
            return False
        due_s = self._at_s
        if not (idle or self._much()):
            due_s += self._interval_s - self._pause_s
        return self._env.monotonic() >= due_s

    def commit(self) -> bool:
        """Commit what the tasks did, now. True if it got on: committed, undone to be done again, or asking for what it
        lacks.
        """
        started_s = self._env.monotonic()
        ripe = [task for task in self._tasks.values() if task.ripe]
        try:
            done = commit_tasks(self._backend, self._group, list(self._tasks.values()))
        except StorageFull as error:
            self.pause(error)
            return False
        if self._full and done is not None and not any(one.behind for one in self._tasks.values()):
            logger.warning("there is room again: going on")
            self._full = False
        now_s = self._env.monotonic()
        # Smoothed and cut: one that was preempted says little about the next.
        self._cost_s += (min(now_s - started_s, 4 * self._cost_s) - self._cost_s) / 8
        self._pause_s = max(PAUSE_MIN_S, min(PAUSE_COSTS * self._cost_s, self._interval_s))
        self._at_s = now_s + self._pause_s
        return any(not task.ripe for task in ripe)

    def pause(self, error: StorageFull) -> None:
        """The disk took no more: nothing is tried for a while."""
        if not self._full:
            logger.warning("paused: %s", error)
        self._full = True
        self._at_s = self._env.monotonic() + FULL_RETRY_S

    def _dirty(self) -> bool:
        for task in self._tasks.values():  # noqa: SIM110 - asked several times a round
            if task.ripe:
                return True
        return False

    def _much(self) -> bool:
        """Whether a commit may become too large if it waits longer, or a step asked for one."""
        read = 0
        for task in self._tasks.values():  # asked for every batch
            if task.urgent or task.full:
                return True
            read += task.bytes
        return read >= self._backend.commit_bytes // COMMIT_SHARE
