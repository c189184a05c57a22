"""Which tasks may have something to do: the others rest, and cost a round nothing, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

from streamz_core.broker.backend import Backend
from streamz_core.env.door import Env
from streamz_core.runtime.task.task import Task
from streamz_core.runtime.task.timers import NEVER


class Awake:
    """The tasks that do not rest, of all that are open.

    A task rests from when it took all there is, until a record comes to one of its partitions, or a time comes that it
    named. `tasks`: all that are open, a mapping that others change and then say so (`renew`). `busy`: those that are
    awake, and those that rest and have something to commit: a mapping that changes.
    """

    def __init__(self, tasks: Mapping[str, Task], backend: Backend, env: Env) -> None:
        self.busy: dict[str, Task] = {}
        self._tasks = tasks
        self._backend = backend
        self._env = env
        self._awake: list[str] = []  # in the order of `tasks`, ...
        self._order: dict[str, int] = {}  # ... which is this
        self._readers: dict[tuple[str, int], list[str]] = {}
        self._resting: dict[str, float] = {}  # until when, unless something comes
        self.due_s = inf
        """Before that time nothing is to be done for one that rests, unless something comes."""
        self._wall_due = NEVER  # and no timer of one is due by the wall clock before that

    def renew(self) -> None:
        """Tasks were opened or closed, or begin anew: all have something to do."""
        self.busy.clear()
        self.busy.update(self._tasks)
        self._awake = list(self._tasks)
        self._order = {name: at for at, name in enumerate(self._tasks)}
        self._readers = {}
        for name, task in self._tasks.items():
            for where in task.rest.reads:
                self._readers.setdefault(where, []).append(name)
        self._resting, self.due_s, self._wall_due = {}, inf, NEVER

    @property
    def tasks(self) -> list[Task]:
        """Those that are awake, in the order of all."""
        return [self._tasks[name] for name in self._awake]

    def look(self) -> None:
        """Wake those for which something came, or whose time has come."""
        news = self._backend.news()
        if not self._resting:
            return
        for where in news:
            self._wake(self._readers.get(where, ()))
        if self.due_s != inf and self.due_s <= self._env.monotonic():
            self._wake(self._over(self._env.monotonic()))
        if self._wall_due != NEVER and self._wall_due <= self._env.now_ms():
            self._wake(self._called(self._env.now_ms()))

    def rest(self) -> None:
        """All had their turn: those that took all there is have nothing to do before the time they named."""
        for task in self.tasks:
            name, until_s = task.name, task.rest.until_s
            if not until_s:
                continue
            self._awake.remove(name)
            self._resting[name] = until_s
            self.due_s = min(self.due_s, until_s)
            self._wall_due = min(self._wall_due, task.rest.until_ms)
            if not task.dirty:
                del self.busy[name]

    def settle(self) -> None:
        """There was a commit: who rests has nothing more to commit, or was undone and begins again."""
        for name in [name for name in self.busy if name in self._resting]:
            task = self._tasks[name]
            if not task.rest.possible:
                self._wake((name,))
            elif not task.dirty:
                del self.busy[name]

    def _wake(self, names: Iterable[str]) -> None:
        woken = [name for name in names if self._resting.pop(name, None) is not None]
        if not woken:
            return
        order = self._order.__getitem__
        self._awake = sorted([*self._awake, *woken], key=order)
        busy = sorted({*self.busy, *woken}, key=order)
        self.busy.clear()  # in order, too: a commit has what they wrote in that order
        self.busy.update((name, self._tasks[name]) for name in busy)

    def _over(self, now_s: float) -> list[str]:
        over = [name for name, until_s in self._resting.items() if until_s <= now_s]
        self.due_s = min((at for at in self._resting.values() if at > now_s), default=inf)
        return over

    def _called(self, now_ms: int) -> list[str]:
        """Timers are due by the wall clock, which is another than the one that waits."""
        due = {name: self._tasks[name].rest.until_ms for name in self._resting}
        self._wall_due = min((at for at in due.values() if at > now_ms), default=NEVER)
        return [name for name, at in due.items() if at <= now_ms]
