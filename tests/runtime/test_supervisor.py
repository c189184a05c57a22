"""Worker processes: started again when they crash, ended together when a start would fail again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from signal import SIGABRT, SIGHUP, SIGKILL, SIGTERM

import pytest
from attrs import define, field

from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.runtime.supervisor import (
    BACKOFF_MAX_S,
    BACKOFF_MIN_S,
    DEATHS_MAX,
    DRAIN_S,
    JANITOR_AFTER_S,
    LOOK_S,
    STEADY_S,
    Supervisor,
)

Life = tuple[float, int]  # how long, and how it ends
LONG = 1e9


@define
class FakeChild:
    """A process that lives for a while; asked to end it needs `drain_s`, or never does."""

    machine: MemoryMachine
    pid: int
    ends_s: float
    code: int
    drain_s: float
    deaf_until_s: float = 0.0  # until then it has not said what is to be done at SIGTERM
    signals: list[int] = field(factory=list)

    def poll(self) -> int | None:
        return self.code if self.machine.monotonic() >= self.ends_s else None

    def signal(self, number: int) -> None:
        self.signals.append(number)
        if number == SIGKILL:
            self.ends_s, self.code = self.machine.monotonic(), -SIGKILL
        elif self.poll() is None and self.machine.monotonic() < self.deaf_until_s:
            self.ends_s, self.code = self.machine.monotonic(), -number
        elif self.poll() is None:
            self.ends_s, self.code = self.machine.monotonic() + self.drain_s, 0

    def wait(self, timeout_s: float | None = None) -> int | None:
        until_s = self.machine.monotonic() + (LONG if timeout_s is None else timeout_s)
        self.machine.waited_s += max(min(self.ends_s, until_s) - self.machine.monotonic(), 0.0)
        return self.poll()


class Nursery(MemoryEnv):
    """Starts children whose lives a test has written down."""

    def __init__(self, *lives: Life, drain_s: float = 1.0, starts_s: float = 0.0) -> None:
        super().__init__()
        self.starts_s = starts_s
        self.lives = list(lives)
        self.drain_s = drain_s
        self.children: list[FakeChild] = []
        self.started_s: list[float] = []

    def spawn(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> FakeChild:
        assert list(argv) == ["worker"]
        assert env is None
        lives_s, code = self.lives.pop(0) if self.lives else (LONG, 0)
        now_s = self.machine.monotonic()
        child = FakeChild(
            self.machine,
            len(self.children),
            now_s + lives_s,
            code,
            self.drain_s,
            now_s + self.starts_s,
        )
        self.children.append(child)
        self.started_s.append(now_s)
        return child

    def run(self, workers: int = 1, for_s: float = LONG) -> int:
        return Supervisor(self, ["worker"], workers).run(lambda: self.machine.monotonic() >= for_s)

    def waits_s(self, workers: int = 1) -> list[float]:
        """How long nobody ran between two lives of the only worker."""
        ends = [child.ends_s for child in self.children]
        return [start - end for start, end in zip(self.started_s[workers:], ends, strict=False)]


class Household(Nursery):
    """With a janitor: what became of it stands apart."""

    def __init__(self, *lives: tuple[float, int], janitor: tuple[float, int] = (LONG, 0)) -> None:
        super().__init__(*lives)
        self.janitor = janitor
        self.janitors: list[FakeChild] = []

    def spawn(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> FakeChild:
        if list(argv) == ["worker"]:
            return super().spawn(argv, env)
        assert list(argv) == ["janitor"]
        now_s, (lives_s, code) = self.machine.monotonic(), self.janitor
        self.janitors.append(FakeChild(self.machine, 99, now_s + lives_s, code, 0.0, now_s))
        return self.janitors[-1]

    def run(self, workers: int = 1, for_s: float = LONG) -> int:
        made = Supervisor(self, ["worker"], workers, ["janitor"])
        return made.run(lambda: self.machine.monotonic() >= for_s)


def test_the_janitor_comes_late_and_goes_with_the_workers() -> None:
    env = Household((JANITOR_AFTER_S / 2, 0))
    assert env.run() == 0
    assert env.janitors == []
    env = Household((10.0, 0), (20.0, 0))
    assert env.run(workers=2) == 0
    assert [child.signals for child in env.janitors] == [[SIGTERM]]
    env = Household()
    assert env.run(for_s=10.0) == 0
    assert [child.signals for child in (*env.children, *env.janitors)] == [[SIGTERM]] * 2


@pytest.mark.parametrize("code", [0, 1, 2, 70, -SIGKILL])
def test_however_a_janitor_ends_the_workers_work_and_another_one_comes(code: int) -> None:
    env = Household((60.0, 0), janitor=(0.5, code))
    assert env.run() == 0
    assert not env.children[0].signals
    assert 8 <= len(env.janitors) <= 16, "more and more slowly"


def test_all_end_well() -> None:
    env = Nursery((1.0, 0), (2.0, 0), (3.0, 0))
    assert env.run(workers=3) == 0
    assert len(env.children) == 3
    assert not any(child.signals for child in env.children)


def test_a_worker_that_crashes_is_started_again_more_and_more_slowly() -> None:
    env = Nursery(*[(0.2, -SIGKILL)] * 12, (1.0, 0))
    assert env.run() == 0
    assert len(env.children) == 13
    waits = env.waits_s()
    wanted = [min(BACKOFF_MIN_S * 2**number, BACKOFF_MAX_S) for number in range(12)]
    for waited, least in zip(waits, wanted, strict=True):
        assert least - 1e-6 <= waited <= least + 3 * LOOK_S


@pytest.mark.parametrize(
    "code, said",
    [
        (-SIGABRT, "was ended by SIGABRT (as a program ends itself that gets no more memory)"),
        (-SIGKILL, "was ended by SIGKILL (as the system does with one that takes too much memory)"),
        (-SIGHUP, "was ended by SIGHUP;"),
        (-40, "was ended by signal 40;"),
        (134, "ended with 134;"),
    ],
)
def test_who_dies_soon_after_each_start_is_given_up(
    caplog: pytest.LogCaptureFixture, code: int, said: str
) -> None:
    env = Nursery((LONG, 0), *[(0.2, code)] * DEATHS_MAX, (LONG, 0))
    assert env.run(workers=2) == 1
    assert len(env.children) == 1 + DEATHS_MAX
    assert env.children[0].signals == [SIGTERM], "the others are asked to finish"
    (told,) = [one.message for one in caplog.records if one.levelname == "ERROR"]
    assert said in told
    assert f"the {DEATHS_MAX}th in a row that ended within 30 s of its start: given up" in told


def test_deaths_of_workers_that_lived_long_are_not_counted() -> None:
    env = Nursery(*[(STEADY_S + 1, -SIGABRT)] * (2 * DEATHS_MAX), (1.0, 0))
    assert env.run() == 0


def test_a_worker_that_lived_long_is_started_again_at_once() -> None:
    env = Nursery((0.2, -9), (0.2, -9), (STEADY_S + 1, -9), (0.2, -9), (1.0, 0))
    assert env.run() == 0
    waits = env.waits_s()
    assert waits[2] <= 3 * LOOK_S
    assert BACKOFF_MIN_S - 1e-6 <= waits[3] <= BACKOFF_MIN_S + 3 * LOOK_S


@pytest.mark.parametrize("code", [1, 2, 70])
def test_an_error_that_would_come_again_ends_all(code: int) -> None:
    env = Nursery((LONG, 0), (0.5, code), (LONG, 0))
    assert env.run(workers=3) == code
    assert [child.signals for child in env.children] == [[SIGTERM], [], [SIGTERM]]
    assert all(child.poll() is not None for child in env.children)


def test_a_crash_of_one_leaves_the_others_alone() -> None:
    env = Nursery((3.0, 0), (0.5, -11), (3.0, 0), (1.0, 0))
    assert env.run(workers=3) == 0
    assert [child.signals for child in env.children] == [[]] * 4


def test_told_to_stop_it_asks_all_and_waits() -> None:
    env = Nursery(drain_s=5.0)
    assert env.run(workers=2, for_s=10.0) == 0
    assert [child.signals for child in env.children] == [[SIGTERM]] * 2
    assert env.machine.monotonic() == pytest.approx(15.0, abs=0.2)


def test_who_does_not_finish_is_killed_and_gone_when_it_returns() -> None:
    env = Nursery(drain_s=LONG)
    assert env.run(workers=2, for_s=1.0) == 1
    assert [child.signals for child in env.children] == [[SIGTERM, SIGKILL]] * 2
    assert all(child.poll() == -SIGKILL for child in env.children)
    assert env.machine.monotonic() < 1 + DRAIN_S + 1


def test_told_to_stop_while_a_worker_waits_for_its_next_life() -> None:
    env = Nursery((0.2, -9), (0.2, -9))
    assert env.run(for_s=0.27) == 0
    assert len(env.children) == 1


def test_told_to_stop_a_moment_after_a_worker_was_killed() -> None:
    """Nobody had seen it yet, who would have started it again: the end is none of its making."""
    env = Nursery((0.26, -9), drain_s=0.5)
    assert env.run(workers=2, for_s=0.27) == 0
    assert [child.signals for child in env.children] == [[], [SIGTERM]]


def test_told_to_stop_a_moment_after_a_worker_found_something_wrong() -> None:
    env = Nursery((0.26, 2), drain_s=0.5)
    assert env.run(workers=2, for_s=0.27) == 1


def test_told_to_stop_while_a_worker_is_starting() -> None:
    env = Nursery(starts_s=0.5)
    assert env.run(workers=2, for_s=0.2) == 0
    assert [child.poll() for child in env.children] == [-SIGTERM] * 2


def test_killing_is_for_everybody_at_once() -> None:
    env = Nursery()
    supervisor = Supervisor(env, ["worker"], 3)
    ticks = iter(range(3))
    supervisor.run(lambda: next(ticks, None) is None and not supervisor.kill())  # type: ignore[func-returns-value]
    assert [child.signals[0] for child in env.children] == [SIGKILL] * 3
    assert env.machine.bells == {}
