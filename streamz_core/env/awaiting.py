"""What a coroutine waits for that happens in another thread; its loop goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from streamz_core.env.door import Env, Executor

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


async def beside(env: Env, call: Callable[[], T]) -> T:
    """What the call gives, made beside this thread: it may wait."""
    return await awaited(lambda tell: env.background(partial(_tell_of, call, tell)))


async def by(executor: Executor, call: Callable[[], T]) -> T:
    """What the call gives, made by that executor."""
    return await awaited(lambda tell: executor.submit(partial(_tell_of, call, tell)))


def _tell_of(call: Callable[[], T], tell: Tell[T]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        tell(error, None)
    else:
        tell(None, result)
