"""One store, twice: one copy was never lost, the other is lost and restored from what compaction leaves."""

from __future__ import annotations

import random
from typing import Any

from streamz_core.log.segments.compaction import Rules, choose, thinned
from streamz_core.record import Batch
from streamz_core.stores.kinds import kind_of
from streamz_core.topic_config import config_of
from streamz_state.batch import WriteBatch
from streamz_state.memory import MemoryDatabase
from tests.chaos.compaction_stores import ACTIONS, KEYS, spec_of
from tests.stores.opened import NUMBER, apply, committed, opened

Entry = tuple[int, bytes, bytes | None, int]
"""Offset, key, value, timestamp."""


class World:
    """`log`: what is left of the changelog, as restores read it."""

    def __init__(self, seed: int, kind: str) -> None:
        self.own = random.Random(f"{seed} {kind}")
        self.spec = spec_of(kind, self.own)
        self.act = ACTIONS[kind]
        self.config = config_of(kind_of(self.spec).changelog(self.spec))
        self.database, self.other = MemoryDatabase(), MemoryDatabase()
        self.kept = opened(self.spec, self.database)
        self.lost = opened(self.spec, self.other)
        self.log: list[Entry] = []
        self.end = 0
        self.horizon = 0
        self.time = self.own.randrange(100)
        self.stale: tuple[int, MemoryDatabase] | None = None

    def play(self, steps: int) -> None:
        """That many steps, any in any order."""
        for _ in range(steps):
            self.time += self.own.choice((0, 0, 1, 1, 2, 5, 30 if self.own.random() < 0.2 else 0))
            self.own.choices(
                (
                    self.write,
                    self.fail,
                    self.commit,
                    self.roll_back,
                    self.compact,
                    self.restore,
                    self.lose,
                ),
                (60, 8, 14, 3, 8, 4, 3),
            )[0]()
        self.lose()

    # ---- what happens to both

    def write(self) -> None:
        """One record."""
        seed = self.own.random()
        found = [self.act(one, random.Random(seed), self.time) for one in (self.kept, self.lost)]
        assert found[0] == found[1], f"{found[0]} is now {found[1]}"

    def fail(self) -> None:
        """Some records of which the last may fail."""
        for one in (self.kept, self.lost):
            one.begin()
        for _ in range(self.own.randrange(4)):
            self.write()
        end = self.own.choice(("keep", "undo"))
        for one in (self.kept, self.lost):
            getattr(one, end)()

    def roll_back(self) -> None:
        for one in (self.kept, self.lost):
            one.rollback()

    def commit(self) -> None:
        """The changelog is that of the copy that was restored: as it would go on."""
        apply(self.database, self.kept.collect())
        self.kept.committed()
        changes = self.lost.collect()
        apply(self.other, changes)
        self.lost.committed()
        rows = zip(changes.keys, changes.values, changes.timestamps, strict=True)
        for key, value, timestamp in rows:
            self.log.append((self.end, key, value, timestamp))
            self.end += 1
        self.compare()

    # ---- what happens to the log, and to one copy

    def compact(self) -> None:
        """Any part of the log from its beginning on; deletes that were there long enough go."""
        stop = self.own.randint(0, self.end)
        part = [entry for entry in self.log if entry[0] < stop]
        rest = self.log[len(part) :]
        rules = Rules(
            aged=self.own.randint(0, stop) if self.own.random() < 0.7 else 0,
            tail=self.config.key_tail,
            expiry_ms=self.config.retention_ms if self.config.key_tail else 0,
        )
        read = self._batches(part, stop)
        kept = choose(lambda: read, len(part), rules, self.own.choice((2, 1000)))
        rows = [self._entries(thinned(batch, kept)) for batch in read]
        self.log = [*(row for each in rows for row in each), *rest]
        self.horizon = max(self.horizon, kept.horizon)

    def restore(self) -> None:
        """What is not committed is dropped; then the copy comes from nothing, or from what it was once."""
        self.roll_back()
        begin, database = 0, MemoryDatabase()
        if self.stale is not None and self.own.random() < 0.5 and self.stale[0] >= self.horizon:
            begin, database = self.stale
        self.other = database
        self.lost = opened(self.spec, database)
        entries = [entry for entry in self.log if entry[0] >= begin]
        while entries:
            count = self.own.randint(1, len(entries))
            _, keys, values, timestamps = map(list, zip(*entries[:count], strict=True))
            apply(database, self.lost.restored(keys, values, timestamps))
            entries = entries[count:]
        if self.own.random() < 0.4:
            self.stale = self.end, copied(database)
        self.compare()

    def lose(self) -> None:
        """All at once, so that nothing comes in between."""
        self.commit()
        self.compact()
        self.restore()

    def compare(self) -> None:
        """What readers of the committed rows see."""
        first, second = (seen(self.spec, one) for one in (self.database, self.other))
        assert first == second, f"{first} is now {second}"

    def _batches(self, part: list[Entry], stop: int) -> list[Batch]:
        made, base = [], 0
        while part:
            rows, part = part[:7], part[7:]
            offsets, keys, values, timestamps = map(list, zip(*rows, strict=True))
            following = part[0][0] if part else stop
            made.append(
                Batch(base, keys, values, timestamps, sparse=offsets, next_offset=following)
            )
            base = following
        return made

    @staticmethod
    def _entries(batch: Batch) -> list[Entry]:
        rows = zip(batch.offsets, batch.keys, batch.values, batch.timestamps, strict=True)
        return list(rows)  # type: ignore[arg-type]  # changelogs have no null keys


def copied(database: MemoryDatabase) -> MemoryDatabase:
    """Another one with the same rows."""
    made = MemoryDatabase()
    made.write(WriteBatch(list(database.scan(b"", None)), [], []), None)
    return made


def seen(spec: Any, database: MemoryDatabase) -> list[Any]:
    """All that may be read of a store."""
    found = list(committed(spec, database).all())
    versions = kind_of(spec).versions
    if versions is not None:
        for key in KEYS:
            found += list(versions(spec, NUMBER, database).versions(key))
    return found
