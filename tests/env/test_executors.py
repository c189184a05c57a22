"""Calls one after the other: what only this machine's executor and that in memory have."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import weakref

import pytest

from streamz_core.env.executors import ThreadExecutor
from streamz_core.env.memory import MemoryMachine
from streamz_core.env.real import RealEnv
from streamz_core.errors import Misuse

NOBODY = list


def threads(name: str) -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == name]


def test_it_has_a_thread_of_its_own_from_the_first_call_to_the_end():
    executor = ThreadExecutor("of-its-own", NOBODY)
    assert threads("of-its-own") == []
    told = [executor.submit(threading.current_thread).wait() for _ in range(3)]
    assert {one.name for one in told} == {"of-its-own"}
    executor.close()
    told[0].join(10)
    assert threads("of-its-own") == []


def test_what_is_submitted_to_a_closed_one_is_made_by_who_submits_it():
    executor = ThreadExecutor("closed", NOBODY)
    executor.submit(lambda: 1).wait()
    (thread,) = threads("closed")
    executor.close()
    thread.join(10)
    assert executor.submit(threading.get_ident).wait() == threading.get_ident()


def test_a_thread_that_was_started_twice_and_came_late_goes():
    """Two threads submit their first call at once; one of theirs has served to the end before the other."""
    executor = ThreadExecutor("late", NOBODY)
    executor.submit(int).wait()
    (first,) = threads("late")
    executor.close()
    first.join(10)
    late = threading.Thread(target=executor._line.serve)
    late.start()
    late.join(10)
    assert not late.is_alive()
    assert executor.submit(lambda: 5).wait() == 5


def test_who_submits_while_it_is_closed_is_served_or_serves():
    for _ in range(200):
        executor = ThreadExecutor("closing", NOBODY)
        begun = threading.Barrier(4)
        got: list[int] = []

        def work(executor=executor, begun=begun, got=got) -> None:
            begun.wait()
            got.extend(executor.submit(lambda: 1).wait() for _ in range(5))

        def end(executor=executor, begun=begun) -> None:
            begun.wait()
            executor.submit(executor.close).wait()

        works = [threading.Thread(target=each) for each in (work, work, work, end)]
        for each in works:
            each.start()
        for each in works:
            each.join(20)
        assert len(got) == 15


def test_the_threads_of_the_background_end_with_what_started_them():
    env = RealEnv()
    before = set(threading.enumerate())
    env.background(int).wait()
    (thread,) = set(threading.enumerate()) - before
    del env
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()


def test_what_was_delayed_is_dropped_by_a_close():
    made = []
    executor = ThreadExecutor("delayed", NOBODY)
    executor.submit(lambda: made.append(1), 3600.0)
    (thread,) = threads("delayed")
    executor.close()
    thread.join(10)
    assert made == []


def test_calls_are_made_in_the_order_in_which_they_are_due():
    made: list[int] = []
    executor = ThreadExecutor("order", NOBODY)
    last = executor.submit(lambda: made.append(3), 0.05)
    executor.submit(lambda: made.append(2), 0.02)
    executor.submit(lambda: made.append(1))
    last.wait()
    executor.close()
    assert made == [1, 2, 3]


@pytest.mark.parametrize("delay_s", [1e30, float("inf"), 1 << 80])
def test_a_delay_without_an_end_keeps_nobody_else_waiting(delay_s):
    executor = ThreadExecutor("endless", NOBODY)
    executor.submit(int, delay_s)
    assert executor.submit(lambda: 1).wait() == 1
    assert executor.submit(lambda: 2, 0.001).wait() == 2
    executor.close()


def test_what_a_call_held_does_not_live_until_the_next_one():
    class Held:
        def call(self) -> None: ...

    executor = ThreadExecutor("holding", NOBODY)
    held = Held()
    gone = weakref.ref(held)
    executor.submit(held.call).wait()
    executor.submit(int).wait()
    del held
    gc.collect()
    assert gone() is None
    executor.close()


def test_a_finalizer_may_submit_while_the_thread_works():
    executor = ThreadExecutor("finalizers", NOBODY)
    made = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            executor.submit(lambda: made.append(1))

    def work() -> None:
        for _ in range(50):
            Cycle()
            gc.collect(0)

    tickets = [executor.submit(work) for _ in range(4)]
    for ticket in tickets:
        ticket.wait()
    executor.submit(int).wait()
    executor.close()
    assert len(made) == 200


ENDS = """
import sys
from streamz_core.env.real import RealEnv
env = RealEnv()
def last(name):
    print("last", name, flush=True)
    if name == "bad":
        raise ZeroDivisionError
held = [env.executor(name, lambda name=name: last(name)) for name in ("bad", "good", "closed")]
for one in held:
    one.submit(int).wait()
held[2].close()
print("end", flush=True)
"""


def test_the_last_call_is_made_when_the_process_ends():
    done = subprocess.run(
        [sys.executable, "-c", ENDS],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[0] == "end"
    assert sorted(done.stdout.splitlines()[1:]) == ["last bad", "last good"]
    assert "ZeroDivisionError" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_it_is_of_no_use_in_a_forked_child():
    """The thread is not there: whoever waits for a call would wait for ever."""
    executor = RealEnv().executor("forked", NOBODY)
    executor.submit(int).wait()
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)
        code = 1
        try:
            executor.submit(int)
        except Misuse:
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    executor.close()


def test_in_memory_a_delayed_call_is_made_when_time_passes():
    machine = MemoryMachine()
    env = machine.process()
    made: list[int] = []
    executor = env.executor("any", NOBODY)
    executor.submit(lambda: made.append(2), 0.2)
    executor.submit(lambda: made.append(1), 0.1)
    waited_for = executor.submit(lambda: made.append(3), 9.0)
    executor.submit(lambda: made.append(0))
    assert made == [0]
    machine.advance(99)
    assert made == [0]
    machine.advance(200)
    assert made == [0, 1, 2]
    waited_for.wait()
    machine.advance(10_000)
    assert made == [0, 1, 2, 3], "once"


def test_in_memory_nothing_is_done_for_a_dead_process():
    machine = MemoryMachine()
    env = machine.process()
    made: list[int] = []
    env.executor("any", NOBODY).submit(lambda: made.append(1), 0.1)
    env.kill()
    machine.advance(1000)
    assert made == []
