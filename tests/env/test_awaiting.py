"""Coroutines that wait for other threads."""

from __future__ import annotations

import asyncio
import threading

import pytest

from streamz_core.env.awaiting import Tell, awaited


def test_a_thread_tells_a_coroutine_and_the_loop_goes_on() -> None:
    order: list[str] = []

    async def main() -> int:
        told: list[Tell[int]] = []

        async def other() -> None:
            order.append("other")
            threading.Thread(target=told[0], args=(None, 7)).start()

        waiting = asyncio.ensure_future(awaited(told.append))
        await asyncio.sleep(0)
        await other()
        found = await waiting
        order.append("told")
        told[0](None, 8)  # nobody waits any more
        await asyncio.sleep(0)
        return found

    assert asyncio.run(main()) == 7
    assert order == ["other", "told"]


def test_an_error_is_raised_where_it_is_waited_for() -> None:
    with pytest.raises(KeyError):
        asyncio.run(awaited(lambda tell: tell(KeyError(), None)))


def test_whoever_tells_after_the_loop_is_over_harms_nobody() -> None:
    told: list[Tell[int]] = []

    async def main() -> asyncio.Future[int]:
        waiting = asyncio.ensure_future(awaited(told.append))
        await asyncio.sleep(0)
        waiting.cancel()
        return waiting

    waiting = asyncio.run(main())
    told[0](None, 1)
    assert waiting.cancelled()
