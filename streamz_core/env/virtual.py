"""An event loop of a machine in memory: it runs only while nobody has anything else to do, and sleeping takes no time in it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, TypeVar

from streamz_core.env.background import ThreadTicket
from streamz_core.env.loops import LoopCalls
from streamz_core.env.processes.threads import start
from streamz_core.errors import Misuse

T = TypeVar("T")

GOODBYE_S = 1.0  # for coroutines that do something when they are cancelled
LOOK_S = 0.05


def calls_on(loop: VirtualLoop | None, concurrency: int) -> tuple[VirtualLoop, LoopCalls]:
    """Calls on a loop, on a new one where that has ended."""
    found = VirtualLoop() if loop is None or loop.closed else loop
    found.users += 1
    return found, LoopCalls(found, concurrency, found.told)


class _Selector(selectors.DefaultSelector):
    """Waits for what really comes from outside; otherwise the clock jumps to where something is due."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.threads = 0  # that the loop waits for

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if found or (timeout is not None and timeout <= 0):
            return found
        if self.threads or len(self.get_map()) > 1:  # one is the loop's own
            begun_s = monotonic()
            found = super().select(LOOK_S if timeout is None else min(timeout, LOOK_S))
            self.now_s += monotonic() - begun_s
        elif timeout is None:
            raise Misuse(
                "a call waits for something that nobody does: with app.test() all that happens is done by the "
                "coroutines themselves"
            )
        else:
            self.now_s += timeout
        return found


class _Loop(asyncio.SelectorEventLoop):
    """Goes by the clock of its selector."""

    def __init__(self, selector: _Selector) -> None:
        self._told = selector
        super().__init__(selector)

    def time(self) -> float:
        return self._told.now_s

    def run_in_executor(  # type: ignore[override]  # it takes whatever the other one takes
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        made = super().run_in_executor(executor, func, *args)
        self._told.threads += 1
        made.add_done_callback(self._back)
        return made

    def _back(self, _: object) -> None:
        self._told.threads -= 1


class VirtualLoop:
    """Implements loops.Loop. `users`: how many steps make calls on it; with the last one it ends."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop = _Loop(_Selector())
        self.users = 0
        self._turned: asyncio.Future[None] | None = None

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self.loop.is_closed()

    def post(self, call: Callable[[], object]) -> None:
        self.loop.call_soon(call)

    def turn(self) -> bool:
        self._turned = self.loop.create_future()
        self._run(self._wait(self._turned))
        return True

    def told(self) -> None:
        """A call has ended."""
        if self._turned is not None and not self._turned.done():
            self._turned.set_result(None)

    def leave(self) -> None:
        self.users -= 1
        if not self.users:
            self._run(self._goodbye())
            self.loop.close()

    async def _wait(self, turned: asyncio.Future[None]) -> None:
        await turned

    async def _goodbye(self) -> None:
        await asyncio.sleep(0)  # what was posted is done first
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:
            await asyncio.wait(rest, timeout=GOODBYE_S)

    def _run(self, made: Coroutine[Any, Any, None]) -> None:
        """In another thread where this one is inside a loop: a test that is a coroutine itself."""
        if not _inside_a_loop():
            self.loop.run_until_complete(made)
            return
        ticket = ThreadTicket(lambda: self.loop.run_until_complete(made))
        start(ticket.run, "streamz-calls")
        ticket.wait()

    def __del__(self) -> None:
        if not self.loop.is_closed():
            self.loop.close()


def _inside_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
