"""Who watches a run of chaos: it follows the chain and every topic as they grow, and tells a History.

Commit segments that the janitor lets go stay in a folder beside the log, so that the chain can be read whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import define, field

from streamz_core.app import machine
from streamz_core.broker.embedded import EmbeddedBackend
from streamz_core.log.chain.layout import Layout, read_identity
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.commits import CommitRecord
from streamz_core.log.records.kinds import fold
from streamz_core.log.records.removal import LostRecord
from streamz_core.log.upkeep.forgetting import Forgetting
from tests.chaos.history import History, Move, Place

ALL = 1 << 60
ARCHIVE = "archive"


def archive(home: str) -> None:
    """From now on a janitor of this process keeps what it lets go."""
    choose, kept = Forgetting.paths, Path(home, ARCHIVE)
    kept.mkdir(exist_ok=True)

    def paths(forgetting: Forgetting) -> list[str]:
        found = choose(forgetting)
        for path in found:
            with suppress(FileExistsError, FileNotFoundError):
                (kept / Path(path).name).hardlink_to(path)
        return found

    Forgetting.paths = paths  # type: ignore[method-assign]


class Chain(Log):
    """The chain from its first record on, without locks, and `fresh`: what came since it was asked."""

    def __init__(self, home: str) -> None:
        self.fresh: list[tuple[int, Chained]] = []
        env, layout = _Door(machine(), home), Layout(f"{home}/log")
        super().__init__(env, layout, read_identity(env, layout), Limits(), most=0)  # type: ignore[arg-type]

    def _take(self, found: Any, where: Any, _: Any) -> None:
        record = fold(self.state, found)
        record.locate(self.index, found.lsn, where)
        self.fresh.append((found.lsn, record))

    def news(self) -> Iterator[tuple[int, Chained]]:
        """Every record once."""
        self.refresh()
        found, self.fresh = self.fresh, []
        yield from found


@define
class _Door:
    """The machine, with the segments that are gone from the log."""

    env: Any
    home: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.env, name)

    def exists(self, path: str) -> bool:
        return bool(self.env.exists(path) or self.env.exists(self._kept(path)))

    def list(self, path: str) -> Sequence[str]:
        found = self.env.list(path)
        if path.endswith("/commit"):
            found = sorted({*found, *self.env.list(f"{self.home}/{ARCHIVE}")})
        return list(found)

    def open(self, path: str, *, write: bool = False) -> Any:
        try:
            return self.env.open(path, write=write)
        except FileNotFoundError:
            return self.env.open(self._kept(path), write=write)

    def _kept(self, path: str) -> str:
        return f"{self.home}/{ARCHIVE}/{Path(path).name}"


@define
class Watch:
    """What is watched, and how far it was seen. Values are as they lie in the topics: bytes with their key."""

    home: str
    history: History
    chain: Chain
    topics: Sequence[str]
    next: dict[Place, int] = field(factory=dict)

    def look(self, backend: EmbeddedBackend) -> None:
        """Everything that is new."""
        found = [
            (place, row, backend.log.state.lsn)
            for name in self.topics
            for place, rows in read(backend, name, self.next).items()
            for row in rows
        ]
        self.follow()
        for place, (offset, value), lsn in found:
            self.history.read("watch", place, offset, value, lsn)
            self.next[place] = offset + 1

    def follow(self) -> None:
        """What the chain says."""
        for lsn, record in self.chain.news():
            self.history.chained(lsn)
            if isinstance(record, LostRecord):
                place = (self.name(record.topic), record.partition)
                self.history.lost(place, record.start, record.stop)
            elif isinstance(record, CommitRecord):
                moves: list[Move] = [
                    (group, (self.name(topic), partition), start, stop)
                    for group, _, _, moved, _ in record.tasks
                    for topic, partition, start, stop in moved
                ]
                wrote = [
                    ((self.name(topic), partition), count)
                    for topic, partition, count, *_ in record.ranges
                ]
                self.history.committed(moves, wrote)

    def name(self, topic: int) -> str:
        return self.chain.state.topics[topic].name

    def end(self, backend: EmbeddedBackend, topics: Sequence[str]) -> None:
        """What stands in these topics now."""
        for name in topics:
            for place, rows in read(backend, name, {}).items():
                self.history.stands(place, rows, backend.end(*place))


def read(
    backend: EmbeddedBackend, name: str, since: dict[Place, int]
) -> dict[Place, list[tuple[int, Hashable]]]:
    """What a topic holds behind these offsets, partition by partition: (offset, (key, value))."""
    found: dict[Place, list[tuple[int, Hashable]]] = {}
    for partition in range(backend.topic(name).partitions):
        offset = backend.passed(name, partition, since.get((name, partition), 0))
        rows = found[name, partition] = []
        while offset < backend.end(name, partition):
            for batch in backend.fetch(name, partition, offset, bytes_max=ALL):
                rows += zip(batch.offsets, zip(batch.keys, batch.values, strict=True), strict=True)
                offset = batch.next_offset
    return found
