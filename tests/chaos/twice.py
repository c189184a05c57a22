"""Each schedule twice, the second time in another process with another order of hashes: the same in all it did."""

import os
import subprocess
import sys

from tests.chaos.log_schedules import finding
from tests.chaos.log_world import make_world


def digests(first: int, count: int) -> list[str]:
    """Of everything that happens in the schedules from `first` on, what they find included."""
    told = []
    for seed in range(first, first + count):
        world = make_world(seed)
        error = finding(world)
        told.append(f"{world.sim.digest()} {type(error).__name__}")
    return told


def elsewhere(first: int, count: int, hash_seed: int) -> list[str]:
    """The same, of another process."""
    command = f"from tests.chaos.twice import digests; print(*digests({first}, {count}), sep='\\n')"
    environ = {
        **os.environ,
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, "-c", command], env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def unlike(first: int, count: int, hash_seed: int = 1) -> list[int]:
    """The seeds of those schedules that were not the same."""
    pairs = zip(digests(first, count), elsewhere(first, count, hash_seed), strict=True)
    return [first + at for at, (here, there) in enumerate(pairs) if here != there]
