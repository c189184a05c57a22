"""Coroutines beside the calling thread: calls of one step, so many at once, on an event loop in a thread of its own.

asyncio is loaded by what calls a coroutine, and by nothing else.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from streamz_core.env.processes.threads import start

T = TypeVar("T")

Call = Callable[[], Coroutine[Any, Any, T]]


class Loop(Protocol):
    """Where coroutines run."""

    loop: asyncio.AbstractEventLoop

    def post(self, call: Callable[[], object]) -> None:
        """Have it called on the loop, soon."""
        ...

    def turn(self) -> bool:
        """Whoever asked has nothing else to do: a loop without a thread goes on until a call has ended."""
        ...

    def leave(self) -> None:
        """One user less."""
        ...


class LoopAnswer(Generic[T]):
    """The result to come of one call. Implements Answer."""

    __slots__ = ("_calls", "_error", "_result", "_trace", "call", "ended", "task", "timeout_s")

    def __init__(self, calls: LoopCalls, call: Call[T], timeout_s: float | None) -> None:
        self.call = call
        self.timeout_s = timeout_s
        self.task: asyncio.Task[None] | None = None
        self.ended = False
        self._calls = calls
        self._error: BaseException | None = None
        self._trace: TracebackType | None = None
        self._result: T | None = None

    def ready(self) -> bool:
        return self.ended

    def result(self) -> T:
        assert self.ended, "it is asked for when it is there"
        if self._error is not None:
            # As it came: whoever asks again is not to find where it passed the first time.
            raise self._error.with_traceback(self._trace)
        return self._result  # type: ignore[return-value]  # run() has set it

    def cancel(self) -> None:
        self._calls.loop.post(self._cancel)

    def _cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()
        self.ended = True  # one that was not begun is not begun any more

    async def run(self) -> None:
        """Make the call, on the loop."""
        try:
            if self.timeout_s is None:
                self._result = await self.call()
            else:
                self._result = await self._in_time(self.timeout_s)
        except asyncio.CancelledError as error:
            self._error = RuntimeError("the call was cancelled by something it called")
            self._error.__cause__ = error
        except BaseException as error:  # noqa: BLE001 - raised again in result(), where somebody can act
            self._error, self._trace = error, error.__traceback__

    async def _in_time(self, timeout_s: float) -> T:
        limit = asyncio.timeout(timeout_s)
        try:
            async with limit:
                return await self.call()
        except TimeoutError as error:
            if limit.expired():
                raise TimeoutError(f"no answer within {timeout_s:g} s (timeout=)") from error
            raise


class LoopCalls:
    """Calls of one step: so many at once, the next ones in the order in which they came. Implements Calls."""

    def __init__(self, loop: Loop, concurrency: int, ended: Callable[[], object]) -> None:
        self.loop = loop
        self._tell = ended
        self._free = concurrency
        self._next: deque[LoopAnswer[Any]] = deque()
        self._open: set[LoopAnswer[Any]] = set()
        self._begun = 0
        self._over = 0

    @property
    def running(self) -> int:
        return self._begun - self._over

    @property
    def ended(self) -> int:
        return self._over

    def start(self, call: Call[T], timeout_s: float | None = None) -> LoopAnswer[T]:
        answer = LoopAnswer(self, call, timeout_s)
        self._begun += 1
        self.loop.post(lambda: self._come(answer))
        return answer

    def idle(self) -> bool:
        return self.running > 0 and self.loop.turn()

    def close(self) -> None:
        self.loop.post(self._cancel_all)
        self.loop.leave()

    # ---- on the loop

    def _come(self, answer: LoopAnswer[Any]) -> None:
        self._next.append(answer)
        self._begin()

    def _begin(self) -> None:
        while self._free and self._next:
            answer = self._next.popleft()
            if answer.ended:
                self._over += 1
                continue
            self._free -= 1
            answer.task = self.loop.loop.create_task(answer.run())
            self._open.add(answer)
            answer.task.add_done_callback(partial(self._end, answer))

    def _end(self, answer: LoopAnswer[Any], _: object) -> None:
        self._open.discard(answer)
        answer.ended = True  # before it counts: what does not run has its answer
        self._free += 1
        self._over += 1
        self._begin()
        self._tell()

    def _cancel_all(self) -> None:
        self._next.clear()
        for answer in list(self._open):
            answer.cancel()


class LoopThread:
    """A loop in a daemon thread, as long as the process uses it: what coroutines keep (sessions, pools) is bound to it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        start(_serve, "streamz-calls", self.loop)

    def post(self, call: Callable[[], object]) -> None:
        self.loop.call_soon_threadsafe(call)

    def turn(self) -> bool:
        return False  # it goes on by itself

    def leave(self) -> None:
        """It stays for the next one."""

    def __del__(self) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.loop.stop)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """It does not know the LoopThread, which would live as long as it does."""
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
