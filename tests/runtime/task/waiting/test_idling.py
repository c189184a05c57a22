"""How long an input that has nothing is waited for, and when nobody waits."""

from __future__ import annotations

from math import inf
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import define, field

from streamz_core.env.memory import MemoryEnv
from streamz_core.runtime.task.waiting.idling import Idling, idling_of

IDLE_MS = 100


@define
class Bench:
    """Inputs a, b, c, of which a test says which have records."""

    env: MemoryEnv = field(factory=MemoryEnv)
    idling: Idling = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.idling = Idling(IDLE_MS, self.env)

    def over(self, filled: str, *, after_ms: int = 0) -> bool:
        """Whether the wait is over, so much later, if those have records."""
        self.env.advance(after_ms)
        queues: list[Any] = [Filled(topic, topic in filled) for topic in "abc"]
        return self.idling.over(queues)

    def left_s(self) -> float:
        return self.idling.due_s - self.env.monotonic()


class Filled(SimpleNamespace):
    """A queue, as far as it is asked here."""

    def __init__(self, topic: str, filled: bool) -> None:
        super().__init__(topic=topic, filled=filled)

    def __len__(self) -> int:
        return int(self.filled)


def test_with_records_everywhere_nobody_waits() -> None:
    bench = Bench()
    assert bench.over("abc")
    assert bench.idling.due_s == inf


def test_an_empty_one_is_waited_for_until_its_time_is_over() -> None:
    bench = Bench()
    assert not bench.over("ab")
    assert bench.left_s() == pytest.approx(0.1)
    assert not bench.over("ab", after_ms=99)
    assert bench.left_s() == pytest.approx(0.001)
    assert bench.over("ab", after_ms=1)
    assert bench.idling.due_s == inf


def test_it_is_not_waited_for_again_before_it_had_a_record() -> None:
    bench = Bench()
    bench.over("ab")
    assert bench.over("ab", after_ms=IDLE_MS)
    assert bench.over("ab", after_ms=60_000)
    assert bench.over("abc")
    assert not bench.over("ab", after_ms=60_000)
    assert bench.left_s() == pytest.approx(0.1)


def test_a_record_that_comes_meanwhile_ends_the_wait() -> None:
    bench = Bench()
    assert not bench.over("ab", after_ms=5)
    assert bench.over("abc", after_ms=50)
    assert bench.idling.due_s == inf


def test_several_are_waited_for_one_after_the_other() -> None:
    bench = Bench()
    assert not bench.over("b")
    assert not bench.over("b", after_ms=IDLE_MS)
    assert bench.left_s() == pytest.approx(0.1)
    assert not bench.over("b", after_ms=IDLE_MS - 1)
    assert bench.over("b", after_ms=1)


def test_a_clock_that_was_put_back_makes_no_wait_longer() -> None:
    bench = Bench()
    bench.env.advance(3_600_000)
    assert not bench.over("ab")
    assert not bench.over("ab", after_ms=-3_000_000)
    assert bench.left_s() == pytest.approx(0.1)
    assert bench.over("ab", after_ms=IDLE_MS)


@pytest.mark.parametrize("idle_ms, inputs", [(0, "ab"), (-1, "ab"), (IDLE_MS, "a")])
def test_who_has_nothing_to_wait_for_does_not_ask(idle_ms: int, inputs: str) -> None:
    queues: list[Any] = [Filled(topic, True) for topic in inputs]
    assert idling_of(queues, idle_ms, MemoryEnv()) is None


def test_two_inputs_may_have_to_wait() -> None:
    queues: list[Any] = [Filled("a", True), Filled("b", False)]
    idling = idling_of(queues, IDLE_MS, MemoryEnv())
    assert idling is not None
    assert not idling.over(queues)
