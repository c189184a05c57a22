"""Calls that are made one after the other in a thread of their own, or as if there were one."""

from __future__ import annotations

import atexit
import threading
from _queue import Empty, SimpleQueue
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

from streamz_core.env.background import ThreadTicket
from streamz_core.env.processes.forks import guard
from streamz_core.env.processes.threads import start

T = TypeVar("T")

WAIT_S = 3600.0  # there are delays that no clock can count

# (when it is due; which one it was; the ticket of the call, None to wake the thread for the end)
_Task = tuple[float, int, ThreadTicket[Any] | None]


class _Line:
    """What waits for the thread. It knows nothing of the executor, which may be forgotten meanwhile."""

    def __init__(self) -> None:
        self.tasks: SimpleQueue[_Task] = SimpleQueue()
        self.serving = threading.Lock()
        self.closed = False

    def serve(self) -> None:
        """Make the calls until the line is closed; an interrupt may have the thread started twice."""
        if self.serving.acquire(blocking=False):
            try:
                self._serve()
            finally:
                self.serving.release()

    def make_rest(self) -> None:
        """The thread is over, or soon will be: whoever comes now makes the calls."""
        with self.serving:
            while not self.tasks.empty():
                _run(self.tasks.get())

    def _serve(self) -> None:
        later: list[_Task] = []
        while not self.closed or not self.tasks.empty():
            now_s = monotonic()
            if later and later[0][0] <= now_s:
                _run(heappop(later))
                continue
            try:
                wait_s = min(later[0][0] - now_s, WAIT_S) if later else None
                task = self.tasks.get(timeout=wait_s)
            except Empty:
                continue
            if task[0] > now_s:
                heappush(later, task)
            else:
                _run(task)
            del task  # what the call held is not to live until the next one comes


def _run(task: _Task) -> None:
    ticket = task[2]
    if ticket is not None:
        ticket.run()


class ThreadExecutor:
    """A thread that makes calls in the order in which they are due. It starts with the first of them.

    `submit` and `close` take no lock while the thread lives: a finalizer or a signal handler may call
    them wherever it comes.
    """

    def __init__(self, name: str, last: Callable[[], object]) -> None:
        self.last = last
        self._name = name
        self._line = _Line()
        self._number = count()
        self._started = False
        guard(self)
        _open.add(self)

    def submit(self, call: Callable[[], T], delay_s: float = 0.0) -> ThreadTicket[T]:
        ticket = ThreadTicket(call)
        due_s = monotonic() + delay_s if delay_s > 0 else 0.0
        self._line.tasks.put((due_s, next(self._number), ticket))
        if self._line.closed:
            self._line.make_rest()
        elif not self._started:
            start(self._line.serve, self._name)
            self._started = True
        return ticket

    def close(self) -> None:
        _open.discard(self)
        self._line.closed = (
            True  # before the thread wakes: who sees it false was put in before that
        )
        self._line.tasks.put((0.0, next(self._number), None))

    def abandon(self) -> None:
        """The thread did not come along into the child."""
        _open.discard(self)


_open: WeakSet[ThreadExecutor] = WeakSet()


def _end() -> None:
    """The process ends: whoever did not close an executor makes the last call now."""
    failed: list[BaseException] = []
    for executor in list(_open):
        try:
            executor.last()
        except BaseException as error:  # noqa: BLE001 - told below; the others have their turn
            failed.append(error)
    if failed:
        raise failed[0]


atexit.register(_end)


class Machine(Protocol):
    """Where calls wait for their time, each with the second of the monotonic clock."""

    due: list[tuple[float, Later[Any]]]


class MemoryExecutor:
    """Without a thread: a call is made at once, or when the clock of the machine gets there.

    `check` raises if the process is dead; the machine looks into its `due` when time passes.
    """

    def __init__(
        self, check: Callable[[], None], clock: Callable[[], float], machine: Machine
    ) -> None:
        self._check = check
        self._clock = clock
        self._machine = machine

    def submit(self, call: Callable[[], T], delay_s: float = 0.0) -> Later[T]:
        self._check()
        ticket = Later(self._check, call)
        if delay_s > 0:
            self._machine.due.append((self._clock() + delay_s, ticket))
        else:
            ticket.run()
        return ticket

    def close(self) -> None:
        self._check()


class Later(Generic[T]):
    """A call of a machine in memory, made when it is due, or when somebody waits for it."""

    def __init__(self, check: Callable[[], None], call: Callable[[], T]) -> None:
        self._check = check
        self._ticket = ThreadTicket(call)

    def run(self) -> None:
        """Make the call, unless it was made; of a dead process nothing is done."""
        self._check()
        if not self._ticket.ready():
            self._ticket.run()

    def ready(self) -> bool:
        return self._ticket.ready()

    def wait(self, timeout_s: float | None = None) -> T:  # noqa: ARG002 - it takes no time
        self.run()
        return self._ticket.wait()
