"""Work beside the calling thread: a few daemon threads, started when they are first needed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from streamz_core.env.processes.threads import start

T = TypeVar("T")

THREADS_MAX = 4


class ThreadTicket(Generic[T]):
    """The result to come of one call."""

    __slots__ = ("_call", "_done", "_error", "_pending", "_result")

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._pending = threading.Lock()  # held until it is done: an Event costs ten times that
        self._pending.acquire()
        self._done = False
        self._error: BaseException | None = None
        self._result: T | None = None

    def run(self) -> None:
        """Make the call; for the thread that took the ticket."""
        try:
            self._result = self._call()
        except BaseException as error:  # noqa: BLE001 - raised again in wait(), where somebody can act
            self._error = error
        self._done = True
        self._pending.release()

    def ready(self) -> bool:
        return self._done

    def wait(self, timeout_s: float | None = None) -> T:
        if not self._pending.acquire(timeout=-1 if timeout_s is None else timeout_s):
            raise TimeoutError
        self._pending.release()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # run() has set it


class _Idle:
    """How many threads wait, less the tickets that nobody took yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0


class Threads:
    """Daemon threads: a process that ends does not wait for a disk that hangs. They end with this object."""

    _threads = 0  # of one whose making is interrupted, too: it is let go of all the same

    def __init__(self) -> None:
        self._tickets: queue.SimpleQueue[ThreadTicket[Any] | None] = queue.SimpleQueue()
        self._idle = _Idle()

    def start(self, call: Callable[[], T]) -> ThreadTicket[T]:
        """Run `call` in a free thread, a new one, or the next that becomes free."""
        ticket = ThreadTicket(call)
        with self._idle.lock:
            self._idle.count -= 1
            if self._idle.count < 0 and self._threads < THREADS_MAX:
                self._idle.count += 1
                self._threads += 1
                name = f"streamz-background-{self._threads}"
                start(_serve, name, self._tickets, self._idle)
        self._tickets.put(ticket)
        return ticket

    def __del__(self) -> None:
        for _ in range(self._threads):
            self._tickets.put(None)


def _serve(tickets: queue.SimpleQueue[ThreadTicket[Any] | None], idle: _Idle) -> None:
    """It does not know the Threads, which would live as long as it does."""
    while (ticket := tickets.get()) is not None:
        ticket.run()
        del ticket
        with idle.lock:
            idle.count += 1
