"""What happens to the machine while it runs: drawn by rate, at a turn drawn in advance."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from streamz_core.testing.simulator.profile import RATES

if TYPE_CHECKING:
    from streamz_core.testing.simulator.simulation import Simulation


class Faults:
    """The next fault, and those after it, as the profile says."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._rates = [getattr(simulation.profile, name) for name in RATES]
        self._events: dict[str, Callable[[], None]] = {
            "kill": self._kill,
            "kill_all": self._kill_all,
            "stop": self._stop,
            "power": simulation.power_cut,
            "clock": self._clock,
            "full": self._full,
            "evict": self._evict,
            "unlock": self._unlock,
        }
        assert list(self._events) == list(RATES), "every rate has its event"
        self.turn = self._next()

    def inject(self) -> None:
        """Now."""
        simulation = self._simulation
        name = simulation.random.choices(list(self._events), self._rates)[0]
        simulation.mark(name)
        self._events[name]()
        self.turn = self._next()

    def _next(self) -> float:
        total = sum(self._rates)
        if not total:
            return math.inf
        return self._simulation.turns + 1 + self._simulation.random.expovariate(total)

    def _kill(self) -> None:
        simulation = self._simulation
        if simulation.processes:
            simulation.kill(simulation.random.choice(simulation.processes))

    def _kill_all(self) -> None:
        for process in list(self._simulation.processes):
            self._simulation.kill(process)

    def _stop(self) -> None:
        simulation = self._simulation
        if simulation.processes:
            # From a blink to longer than any timeout but the longest.
            seconds = 30 * 10 ** -(6 * simulation.random.random())
            simulation.stop(simulation.random.choice(simulation.processes), seconds)

    def _clock(self) -> None:
        random = self._simulation.random
        self._simulation.skew_ms += random.choice((-1, 1)) * int(10 ** (7 * random.random()))

    def _full(self) -> None:
        simulation = self._simulation
        simulation.count("disk full")
        disk, random = simulation.disk, simulation.random
        disk.limit_bytes = disk.used_bytes + int(random.random() * 300)
        simulation.full_until_s = simulation.now_s + 0.001 * 1000 ** random.random()

    def _evict(self) -> None:
        if self._simulation.disk.evict():
            self._simulation.count("evicted")

    def _unlock(self) -> None:
        """A file that is locked and holds nothing is gone; its locks stay with it, whoever comes makes another."""
        simulation = self._simulation
        files = simulation.disk.tree.files()
        locked = [path for path, inode in files if inode.locks and not inode.cache]
        if locked:
            simulation.count("lock file deleted")
            simulation.disk.unlink(simulation.random.choice(locked))
