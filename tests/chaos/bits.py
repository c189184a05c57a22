"""`chaos bits`: one bit of a file of the log is another one. The answer is right all the same, or refused.

Every bit of the heads, and bits by chance of everything else, for each kind of file: the log is opened by those
who live, and again after a reboot, all of it is read, and a commit is tried. Never may a record be another, doubled,
or silently missing; a refusal names a file. (The files of stores: tests/state/test_damage.py.)
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator

from attrs import evolve, frozen

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, ForeignLog, StreamzError
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.log import Log
from streamz_core.log.upkeep.upkeep import Upkeep
from streamz_core.testing.simulator import Simulation
from tests.chaos.budget import seconds
from tests.chaos.calls_play import (
    LARGE,
    LIMITS,
    PARTITIONS,
    QUIET,
    ROOT,
    SMALL,
    TOPIC,
    Play,
    read,
)

KINDS = {
    "LOG": (f"{ROOT}/LOG", 1 << 10),
    "durable": (f"{ROOT}/durable", 1 << 10),
    "commit": (f"{ROOT}/commit/", 200),
    "copies": (f"{ROOT}/copies/", 100),
    "data": (f"{ROOT}/data/", 40),
    "checkpoint": (f"{ROOT}/ckpt/", 60),
    "sealed": (f"{ROOT}/part/", 60),
}
"""Kind of file: where such files lie, and of how many bytes at the beginning each bit is tried."""

SEALING = evolve(
    LIMITS,
    chain_segment_bytes=1500,
    checkpoint_bytes=1,
    checkpoint_s=0.0,
    seal_bytes=1,
    seal_s=0.0,
    seal_least_bytes=0,
)


@frozen
class Flip:
    """A bit of a file, and whether the machine was started again since."""

    path: str
    bit: int
    cold: bool

    def __str__(self) -> str:
        when = " after a reboot" if self.cold else ""
        return f"{self.path}: byte {self.bit // 8}, bit {self.bit % 8}{when}"


@frozen
class Written:
    """The files of a log at rest, and what stands in it."""

    files: dict[str, bytes]
    values: list[dict[int, bytes]]

    def of(self, kind: str) -> list[str]:
        """The files of a kind that hold something."""
        place = KINDS[kind][0]
        return [path for path, data in self.files.items() if path.startswith(place) and data]


class Wrong(Exception):
    """An answer that is not right, and no refusal."""


def write() -> Written:
    """A log with all kinds of files."""
    play = Play("power")
    play.sim.observer().make_dirs("/home")

    def life(env: Env) -> None:
        log = play.log = Log.open(env, ROOT, limits=SEALING, everything=True)
        log.create_topic(TOPIC, PARTITIONS, {})
        for size in (SMALL, LARGE, SMALL, LARGE):
            play.commit(log, size)
        upkeep, keeper = Upkeep(log), Keeper(log)
        for _ in range(6):
            upkeep.turn()
        for size in (SMALL, LARGE, LARGE, SMALL):
            play.commit(log, size)
            log.refresh()
            keeper.turn()
        for size in (LARGE, SMALL):
            play.commit(log, size)
        log.close()

    play.run(life)
    assert play.error is None, play.error
    inodes = play.sim.disk.tree.files()
    files = {path: bytes(inode.cache) for path, inode in inodes if path.startswith(ROOT)}
    values: list[dict[int, bytes]] = [{} for _ in range(PARTITIONS)]
    for told in play.told:
        for partition, offset, value in told.values:
            values[partition][offset] = value
    return Written(files, values)


def outcome(written: Written, flip: Flip) -> str:
    """ "right" or "refused"; Wrong says what is neither."""
    play = Play("power", sim=_machine(written, flip))
    found: list[dict[int, bytes]] = []

    def life(env: Env) -> None:
        log = play.log = Log.open(env, ROOT, watch=[TOPIC], limits=SEALING)
        found.extend(read(log, partition) for partition in range(PARTITIONS))
        play.commit(log, SMALL)
        log.close()

    code = play.run(life)
    error = play.error
    if error is None and code != 0:
        raise Wrong(f"{flip}: the process ended with {code}") from play.sim.failure
    if error is not None and not (isinstance(error, Corrupt | ForeignLog) and ROOT in str(error)):
        raise Wrong(f"{flip}: {error!r}") from error
    for want, got in zip(written.values, found, strict=False):
        if want != got:
            raise Wrong(f"{flip}: {got} was read, not {want}")
    return "right" if error is None else "refused"


def _machine(written: Written, flip: Flip) -> Simulation:
    """All files are on the disk as they were, but for one bit."""
    sim = Simulation(1, QUIET)
    env = sim.observer()
    for path, data in written.files.items():
        env.make_dirs(path.rpartition("/")[0])
        file = env.create(path)
        file.append(_flipped(data, flip.bit) if path == flip.path else data)
        file.datasync()
    sim.disk.sync_names(list(sim.disk._journal))
    if flip.cold:
        sim.power_cut()
    return sim


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def flips(written: Written, chance: random.Random, kinds: list[str]) -> Iterator[tuple[str, Flip]]:
    """(kind, flip): every bit of the heads in an order of chance, then any bits for ever, kind by kind."""
    heads = [
        (kind, Flip(path, bit, cold))
        for kind in kinds
        for path in written.of(kind)
        for bit in range(8 * min(KINDS[kind][1], len(written.files[path])))
        for cold in (False, True)
    ]
    chance.shuffle(heads)
    yield from heads
    while True:
        for kind in kinds:
            path = chance.choice(written.of(kind))
            bit = chance.randrange(8 * len(written.files[path]))
            yield kind, Flip(path, bit, chance.random() < 0.5)


def main(arguments: list[str]) -> int:
    """Flip until the budget is spent."""
    parser = argparse.ArgumentParser(prog="chaos bits", description=__doc__)
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--kind", choices=KINDS, action="append")
    options = parser.parse_args(arguments)
    written, counts = write(), Counter[tuple[str, str]]()
    until_s = time.monotonic() + options.budget
    for kind, flip in flips(written, random.Random(options.seed), options.kind or [*KINDS]):
        try:
            counts[kind, outcome(written, flip)] += 1
        except (Wrong, StreamzError) as error:
            counts[kind, "wrong"] += 1
            print(f"{type(error).__name__}: {error}", flush=True)
        if time.monotonic() >= until_s:
            break
    for (kind, what), count in sorted(counts.items()):
        print(f"{kind}: {count} {what}")
    failed = sum(count for (_, what), count in counts.items() if what == "wrong")
    print(f"{counts.total() - failed} passed, {failed} failed")
    return 1 if failed else 0
