"""What a coroutine waits for that happens in another thread; its loop goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

Tell = Callable[[BaseException | None, T | None], object]
"""(error, result): one of the two is None."""


async def awaited(ask: Callable[[Tell[T]], object]) -> T:
    """What `ask` has told, by any thread; raises the error that it tells."""
    from asyncio import get_running_loop

    loop = get_running_loop()
    waiting = loop.create_future()

    def take(error: BaseException | None, result: T | None) -> None:
        if waiting.done():
            return  # nobody waits any more
        if error is None:
            waiting.set_result(result)
        else:
            waiting.set_exception(error)

    def tell(error: BaseException | None, result: T | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(take, error, result)

    ask(tell)
    found: T = await waiting
    return found
