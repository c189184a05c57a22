"""Simulated processes, and the strands of greenlets they consist of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import greenlet
from attrs import define, field

from streamz_core.env.door import Env
from streamz_core.testing.simulator.disk import Flock, Write
from streamz_core.testing.simulator.profile import Profile

Main = Callable[[Env], object]


class Strand:
    """One flow of control of a process: its main program, or work in the background."""

    __slots__ = ("greenlet", "number", "process", "ready_s", "waits_for")

    def __init__(self, process: Process, number: int, ready_s: float) -> None:
        self.process = process
        self.number = number
        self.ready_s = ready_s
        self.waits_for: object = None
        self.greenlet: Any = None


@define(eq=False)
class Process:
    """What the machine knows of a process. `watching`: an oracle's, to which nothing happens."""

    name: str
    main: Main
    respawn: bool
    expected: tuple[type[BaseException], ...]
    environ: dict[str, str]
    incarnation: int = 1
    pid: int = 0
    faults: Profile = field(factory=Profile)
    env: Env | None = None
    first: Strand | None = None  # with its end the process ends
    strands: list[Strand] = field(factory=list)
    fuel: int = 0  # calls of the door until the scheduler is asked again
    stopped_s: float = 0.0  # not scheduled before
    dead: bool = False
    code: int | None = None
    watching: bool = False
    locks: list[Flock] = field(factory=list)
    writing: list[Write] = field(factory=list)

    def successor(self) -> Process:
        """The same program, started again."""
        return Process(
            self.name,
            self.main,
            self.respawn,
            self.expected,
            self.environ,
            self.incarnation + 1,
        )

    def __str__(self) -> str:
        return f"{self.name}.{self.incarnation}"


def scheduler() -> Any:
    """The greenlet that calls, which is to run the simulation."""
    return greenlet.getcurrent()


def strand_of(scheduler: Any, life: Callable[[], None]) -> Any:
    """A greenlet that goes back to the scheduler when it ends, whoever made it."""
    return greenlet.greenlet(life, scheduler)
