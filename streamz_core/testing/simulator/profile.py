"""What goes wrong in a simulation, and how often: drawn per seed, so that every mixture comes up."""

from __future__ import annotations

from random import Random
from typing import Any

from attrs import evolve, fields, frozen

# Events of the machine: how often per turn of the scheduler, from seldom to often.
RATES = {
    "kill": (1 / 2000, 1 / 60),  # kill -9 of one process
    "kill_all": (1 / 4000, 1 / 800),
    "stop": (1 / 2000, 1 / 80),  # SIGSTOP, for microseconds up to half a minute
    "power": (1 / 4000, 1 / 300),
    "clock": (1 / 2000, 1 / 200),  # the wall clock jumps
    "full": (1 / 4000, 1 / 500),  # the disk takes no more for a while
    "evict": (1 / 1000, 1 / 100),  # the cache forgets what a failed sync left on no disk
    "unlock": (1 / 2000, 1 / 200),  # somebody deletes a lock file
}
# Chances of one call.
CHANCES = {
    "pieces": (0.02, 0.8),  # an append becomes visible piece by piece
    "disorder": (0.05, 0.8),  # and later pieces before earlier ones
    "short": (0.001, 0.05),  # an append takes fewer bytes than it was given
    "read_fails": (0.0002, 0.005),  # EIO
    "write_fails": (0.0005, 0.02),  # EIO, behind some of the bytes
    "open_fails": (0.0005, 0.02),  # EMFILE
    "sync_fails": (0.0005, 0.02),
    "sync_lies": (0.01, 0.5),  # a sync succeeds and the disk has nothing of it
    "sync_slow": (0.01, 0.3),
    "ring_lost": (0.01, 1.0),
    "point": (0.001, 0.03),  # killed at a named place
}
# How often a fault is in play, where that is not every other time: what it makes excusable, or ends, is
# not looked for.
IN_PLAY = {"read_fails": 0.25, "write_fails": 0.25, "open_fails": 0.25, "sync_lies": 0.1}

PROFILE_SEED = 0x70726F66  # so that the mixture and the schedule are drawn independently


@frozen(kw_only=True)
class Profile:
    """One mixture. As constructed without arguments nothing goes wrong."""

    workers: int = 3
    tiny: bool = False  # the harness should choose tiny limits, so that every rare path runs
    sector: int = 512  # bytes the disk writes at once
    calls: int = 3  # about so many calls of the door between two switches
    tick_s: float = 0.00002  # virtual time of one turn
    grace: int = 0  # so many calls after it heard of a failed sync a process is left alone
    kill: float = 0.0
    kill_all: float = 0.0
    stop: float = 0.0
    power: float = 0.0
    clock: float = 0.0
    full: float = 0.0
    evict: float = 0.0
    unlock: float = 0.0
    pieces: float = 0.0
    disorder: float = 0.0
    short: float = 0.0
    read_fails: float = 0.0
    write_fails: float = 0.0
    open_fails: float = 0.0
    sync_fails: float = 0.0
    sync_lies: float = 0.0
    sync_slow: float = 0.0
    ring_lost: float = 0.0
    point: float = 0.0

    def without(self, *names: str) -> Profile:
        """The same mixture without these faults."""
        zeros: dict[str, Any] = dict.fromkeys(names, 0.0)
        return evolve(self, **zeros)

    def calm(self) -> Profile:
        """The same machine, and nothing goes wrong any more."""
        return self.without(*RATES, *CHANCES)

    def __str__(self) -> str:
        """Only what is in play."""
        values = {each.name: getattr(self, each.name) for each in fields(Profile)}
        return " ".join(f"{name}={value:.4g}" for name, value in values.items() if value)


def draw(seed: int) -> Profile:
    """The mixture of a seed: each fault is out of play or drawn between seldom and often."""
    random = Random(seed ^ PROFILE_SEED)
    chosen: dict[str, Any] = {}
    for name, (seldom, often) in (RATES | CHANCES).items():
        in_play = random.random() < IN_PLAY.get(name, 0.5)
        amount = seldom * (often / seldom) ** random.random()
        chosen[name] = amount if in_play else 0.0
    return Profile(
        workers=random.randint(1, 5),
        tiny=random.random() < 0.7,
        sector=random.choice((32, 64, 512, 4096)),
        calls=random.choice((0, 1, 3, 10, 30)),
        tick_s=random.choice((0.000005, 0.00005, 0.0005)),
        **chosen,
    )
