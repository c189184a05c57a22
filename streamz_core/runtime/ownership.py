"""Whose tasks: a worker opens those that are its own, and lets go of those that are not."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence

from attrs import evolve

from streamz_core.broker.belonging.kinds import Membership
from streamz_core.errors import StorageFull
from streamz_core.runtime.everywhere.copies import Copies
from streamz_core.runtime.job import Job
from streamz_core.runtime.patterns import topics_followed
from streamz_core.runtime.place import Place
from streamz_core.runtime.rounds.awake import Awake
from streamz_core.runtime.task.task import Task
from streamz_core.topology.subtopologies import SubTopology

logger = logging.getLogger("streamz.worker")


class Ownership:
    """The open tasks of a worker, by name, and the `copies` that they read. `shards`: all tasks of the app."""

    def __init__(
        self, membership: Membership, place: Place, shards: Mapping[str, tuple[SubTopology, int]]
    ) -> None:
        self.tasks: dict[str, Task] = {}
        self.awake = Awake(self.tasks, place.backend, place.env)
        self.copies = Copies(place)
        self._joined = False
        self._membership = membership
        self._place = evolve(place, everywhere=self.copies.stores)
        self._shards = shards
        self._known_changes = -1  # of the group, when owners were compared with the tasks here

    @property
    def settled(self) -> bool:
        """Whether each task is somebody's, and those that are to be this worker's are open and restored."""
        owners = self._membership.owners()
        mine = [name for name in self._shards if self._membership.assigned(name)]
        return owners >= self._shards.keys() and not any(
            name not in self.tasks or self.tasks[name].restoring for name in mine
        )

    def join(self) -> bool:
        """Become a member as soon as the copies are up to date: tasks are better off where they are until
        then. Whether this worker was one. StorageFull.
        """
        if not self._joined and self.copies.arrived:
            self._membership.join()
            self._joined = True
        return self._joined

    def step(self) -> Sequence[str]:
        """Be a member and look after the group. The tasks to be committed and released. StorageFull."""
        if not self._membership.member:
            logger.warning("this worker was taken for dead: joining again")
            self._membership.join()
        return self._membership.step()

    def show_progress(self) -> None:
        """Something was done: the others need not worry."""
        self._membership.beat()

    def release(self, names: Sequence[str]) -> None:
        """Close these tasks and say so: others may have them."""
        for name in names:
            task = self.tasks.pop(name, None)
            if task is not None:
                task.close()
                self.awake.renew()
            self._membership.release(name)

    def compare(self) -> bool:
        """Let go of the tasks that are another's by now, and open those that are ours; whether there are. StorageFull."""
        changes = self._membership.changes
        if changes == self._known_changes:
            return False
        self._known_changes = changes
        mine = self._membership.owned()
        for name, task in self.tasks.items():
            if mine.get(name) != task.epoch:
                task.lost()
        self._drop_lost(self.tasks)
        fresh = [
            name for name in mine if name not in self.tasks and self._membership.assigned(name)
        ]
        for name in fresh:
            self.tasks[name] = self._opened(name, mine[name])
            logger.info("task %s is ours (epoch %d)", name, mine[name])
            self.awake.renew()
        return bool(fresh)

    def _opened(self, name: str, epoch: int) -> Task:
        try:
            return Task(self._place, *self._shards[name], epoch)
        except StorageFull:
            self._known_changes = -1  # it is tried again
            raise

    def follow(
        self,
        job: Job,
        shards: Mapping[str, tuple[SubTopology, int]],
        changed: Collection[str],
    ) -> None:
        """These are the app and its tasks from now on; those of the `changed` sub-topologies begin anew where
        their last commit left them.
        """
        self._membership.widen(list(shards), topics_followed(job))
        self._place, self._shards = evolve(self._place, job=job), shards
        for name, task in list(self.tasks.items()):
            if name not in shards:
                task.lost()
                continue
            sub, partition = shards[name]
            if sub.name in changed:
                task.close()
                self.tasks[name] = Task(self._place, sub, partition, task.epoch)
        self.awake.renew()
        self._known_changes = -1

    def drop_lost(self) -> None:
        """Close the tasks that a commit found to be another's, or that found their inputs lost."""
        self._drop_lost(self.awake.busy)

    def _drop_lost(self, among: Mapping[str, Task]) -> None:
        gone = [name for name, task in among.items() if task.gone]
        for name in gone:
            logger.warning("task %s has another owner, or its offsets moved: dropped", name)
            self.tasks.pop(name).close()
        if gone:
            self._known_changes = -1
            self.awake.renew()

    def leave(self) -> None:
        """Release every task and say goodbye. StorageFull: the others will find out."""
        self.release(list(self.tasks))
        if self._joined:
            self._membership.leave()

    def abandon(self) -> None:
        """Show no progress any more, without a word; the tasks are to be closed by the caller."""
        self._membership.abandon()
