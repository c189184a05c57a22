"""An event loop of a machine in memory: sleeping takes no time, what comes from outside does."""

import asyncio
import threading
from functools import partial
from time import monotonic

import pytest

from streamz_core.env.memory import MemoryEnv
from streamz_core.errors import Misuse


@pytest.fixture
def calls():
    made = MemoryEnv().calls(4, list)
    yield made
    made.close()


def test_sleeping_takes_no_time_and_what_is_shorter_ends_first(calls):
    begun = monotonic()
    slow, fast = (calls.start(partial(asyncio.sleep, nap, nap)) for nap in (3600, 60))
    assert not fast.ready()
    assert calls.idle()
    assert (slow.ready(), fast.ready()) == (False, True)
    assert calls.idle()
    assert slow.ready()
    assert not calls.idle(), "nothing runs"
    assert monotonic() - begun < 60


def test_threads_are_waited_for_and_no_time_runs_out_meanwhile(calls):
    gate = threading.Event()

    async def beside():
        asyncio.get_running_loop().call_soon(gate.set)
        return await asyncio.to_thread(gate.wait, 10)

    answer = calls.start(beside, 30)
    assert calls.idle()
    assert answer.result() is True


def test_what_waits_for_nothing_is_told(calls):
    async def forever():
        await asyncio.get_running_loop().create_future()

    calls.start(forever)
    with pytest.raises(Misuse, match="waits for something that nobody does"):
        calls.idle()


def test_what_waits_for_nothing_has_only_so_much_time(calls):
    async def forever():
        await asyncio.get_running_loop().create_future()

    answer = calls.start(forever, 5)
    assert calls.idle()
    with pytest.raises(TimeoutError):
        answer.result()


def test_a_test_may_be_a_coroutine_itself(calls):
    answer = calls.start(partial(asyncio.sleep, 60, "slept"))

    async def test():
        assert calls.idle()
        return answer.result()

    assert asyncio.run(test()) == "slept"


def test_a_loop_ends_with_its_last_user_and_the_next_one_has_another():
    env = MemoryEnv()

    async def which():
        return asyncio.get_running_loop()

    first, second = env.calls(1, list), env.calls(1, list)
    answers = [one.start(which) for one in (first, second)]
    first.idle()
    second.idle()
    loops = {answer.result() for answer in answers}
    (loop,) = loops
    first.close()
    assert not loop.is_closed()
    second.close()
    assert loop.is_closed()
    third = env.calls(1, list)
    answer = third.start(which)
    third.idle()
    assert answer.result() is not loop
    third.close()
