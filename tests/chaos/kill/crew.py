"""The processes under chaos: started, killed, stopped, woken."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from attrs import define, field

from streamz_core.cli.running.worker import AGAIN

ROLES = ("worker", "janitor", "soaker", "caretaker")
WORKERS = 3
HOUSE = Path(__file__).parents[3]
STOP_S = (0.05, 0.6)
ZOMBIE_S = (2.5, 4.0)  # longer than the app's max_poll_interval_ms
SHARES = {"kill": 70, "stop": 20, "zombie": 4, "all at once": 3}
DRAIN_S = 60
WEIGHTS = {"worker": 4, "janitor": 1}
"""Who is hurt how often: a janitor needs a second to be of any use."""


@define
class Child:
    """A process, and until when it is stopped (0: it is not)."""

    role: str
    process: subprocess.Popen[bytes]
    until_s: float = 0.0


@define
class Crew:
    """Workers and a janitor over one home."""

    home: str
    random: random.Random
    counts: Counter[str] = field(factory=Counter)
    children: list[Child] = field(factory=list)

    def start(self, roles: Sequence[str]) -> None:
        """One process for each."""
        for role in roles:
            self.children.append(Child(role, self._spawn(role)))

    def choose(self) -> str:
        """What is done next."""
        return self.random.choices(list(SHARES), list(SHARES.values()))[0]

    def hurt(self, what: str) -> None:
        """One of them, by chance."""
        child = self.random.choices(self.children, [WEIGHTS[one.role] for one in self.children])[0]
        if what == "kill":
            self._count(child, "kill")
            child.process.kill()
            self._replace(child)
        elif not child.until_s:
            self._count(child, "stop")
            self.counts["zombie"] += what == "zombie"
            child.process.send_signal(signal.SIGSTOP)
            seconds = self.random.uniform(*(ZOMBIE_S if what == "zombie" else STOP_S))
            child.until_s = monotonic() + seconds

    def kill_all(self) -> None:
        """In one moment; nobody is started."""
        for child in self.children:
            child.process.kill()
        self.counts["all at once"] += 1
        for child in self.children:
            child.process.wait()
            self._count(child, "kill")

    def start_again(self) -> None:
        """Everybody, after that."""
        for child in self.children:
            self._replace(child)

    def look(self) -> None:
        """Wake who was stopped for long enough; replace who was left behind. SystemExit if one ended by itself."""
        for child in self.children:
            if child.until_s and monotonic() > child.until_s:
                self.wake(child)
            code = child.process.poll()
            if code == AGAIN:
                self.counts["left behind"] += 1
                self._replace(child)
            elif code is not None:
                raise SystemExit(f"a {child.role} ended by itself with {code}")

    def wake(self, child: Child) -> None:
        """It goes on, whatever became of its tasks."""
        child.process.send_signal(signal.SIGCONT)
        child.until_s = 0.0

    def wake_all(self) -> None:
        """Nobody is stopped any more."""
        for child in self.children:
            self.wake(child)

    def ask(self) -> None:
        """Let everybody say where it is."""
        for child in self.children:
            child.process.send_signal(signal.SIGUSR1)

    def end(self) -> None:
        """Drain them."""
        for child in self.children:
            self.wake(child)
            child.process.terminate()
        for child in self.children:
            child.process.wait(DRAIN_S)

    def _count(self, child: Child, what: str) -> None:
        self.counts[what] += 1
        if child.role == "janitor":
            self.counts[f"janitor {what}"] += 1

    def _replace(self, child: Child) -> None:
        child.process.wait()
        child.until_s = 0.0
        child.process = self._spawn(child.role)

    def _spawn(self, role: str) -> subprocess.Popen[bytes]:
        chaos = [sys.executable, "-m", "tests.chaos", "kill"]
        return subprocess.Popen([*chaos, "--role", role, "--home", self.home], cwd=HOUSE)
