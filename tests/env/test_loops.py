"""An event loop in a thread of its own (what all worlds have in common: check_env.py)."""

import asyncio
import threading

import pytest

from streamz_core.env.real import RealEnv

PATIENCE_S = 10


@pytest.fixture
def told():
    return threading.Event()


def test_calls_run_beside_the_thread_that_asks_which_is_told(told):
    env = RealEnv()

    async def where():
        return threading.current_thread().name

    calls = env.calls(1, told.set)
    answer = calls.start(where)
    assert told.wait(PATIENCE_S)
    assert answer.ready()
    assert answer.result() == "streamz-calls"
    assert not calls.idle(), "it goes on by itself"
    calls.close()


def test_all_calls_of_a_process_have_one_loop_as_long_as_it_lives(told):
    env = RealEnv()

    async def which():
        return asyncio.get_running_loop()

    found = []
    for _ in range(2):
        told.clear()
        calls = env.calls(1, told.set)
        answer = calls.start(which)
        assert told.wait(PATIENCE_S)
        found.append(answer.result())
        calls.close()
    assert found[0] is found[1]
    assert not found[0].is_closed()


def test_what_ends_the_process_is_raised_where_the_result_is_asked_for(told):
    async def leave():
        raise SystemExit(3)

    calls = RealEnv().calls(1, told.set)
    answer = calls.start(leave)
    assert told.wait(PATIENCE_S)
    with pytest.raises(SystemExit):
        answer.result()
    calls.close()


def test_a_call_that_was_cancelled_inside_is_an_error(told):
    async def cancelled():
        raise asyncio.CancelledError

    calls = RealEnv().calls(1, told.set)
    answer = calls.start(cancelled)
    assert told.wait(PATIENCE_S)
    with pytest.raises(RuntimeError, match="cancelled by something it called"):
        answer.result()
    calls.close()


def test_the_thread_ends_with_its_world(told):
    env = RealEnv()

    async def which():
        return threading.current_thread()

    calls = env.calls(1, told.set)
    answer = calls.start(which)
    assert told.wait(PATIENCE_S)
    thread = answer.result()
    del calls, answer, env
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
