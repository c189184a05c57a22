"""Compaction: which records of a partition stay, so that whoever reads it again has the same last values.

Of each key the last record stays. An older one stays, too, for as long as somebody may read only up to a
barrier between both. A delete stays until every reader had time for it, and until nothing is left of what it deletes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import blake2b
from zlib import crc32

from attrs import field, frozen

from streamz_core.record import Batch

KEYS_MAX = 1_000_000
"""Keys that are looked at in one reading, about 150 bytes each: more are looked at in several."""
_HASH_BYTES = 16
_TIME_BYTES = 8
_EDGE_MS = 2  # windows are shown a little longer than is said, see stores/windowed/layout.py


@frozen(kw_only=True)
class Rules:
    """What holds for one compaction of one partition.

    `barriers`: offsets up to which somebody may read and no further, in order. `passed`: offsets of records
    that somebody took no notice of, so that for him they take no other's place. `aged`: deletes before this
    offset were seen by everybody. `tail`: how many bytes from its end a key has its time (8 bytes,
    big-endian), where rows go by that: those that are `expiry_ms` older than the newest; one of the newest stays
    whatever it says, for it tells what time it is. 0: they have none.
    """

    barriers: Sequence[int] = ()
    passed: Collection[int] = ()
    aged: int = 0
    tail: int = 0
    expiry_ms: int = 0

    def time_of(self, key: bytes) -> int:
        """The time in a key; -1 if there is none."""
        begin = len(key) - self.tail
        return int.from_bytes(key[begin : begin + _TIME_BYTES]) if begin >= 0 else -1

    def divided(self, before: int, offset: int) -> bool:
        """Whether somebody may read the first and not the second."""
        at = bisect_right(self.barriers, before)
        return at < len(self.barriers) and self.barriers[at] <= offset


@frozen
class Kept:
    """The `offsets` of the records that stay, in order. `horizon`: a reader that stood before it may never
    hear of a delete; 0 if none went."""

    offsets: array[int] = field(repr=False)
    horizon: int


def choose(
    read: Callable[[], Iterable[Batch]], records: int, rules: Rules, keys_max: int = KEYS_MAX
) -> Kept:
    """What stays of the records that `read` gives, each time it is called: all of the partition up to some offset.

    `records`: how many there are, at most. Records without a key go, as in Kafka.
    """
    newest = -1
    if rules.tail:
        newest = max((_newest(batch, rules) for batch in read()), default=-1)
    passes = max(-(-records // keys_max), 1)
    offsets: array[int] = array("q")
    horizon = 0
    for number in range(passes):
        part = _Part(rules, newest)
        for batch in read():
            part.take(batch, number, passes)
        offsets.extend(part.kept())
        horizon = max(horizon, part.horizon)
    return Kept(offsets if passes == 1 else array("q", sorted(offsets)), horizon)


def thinned(batch: Batch, kept: Kept) -> Batch:
    """A batch with only the records that stay; it speaks of the same offsets."""
    low = bisect_left(kept.offsets, batch.base_offset)
    high = bisect_left(kept.offsets, batch.next_offset)
    staying = kept.offsets[low:high]
    if len(staying) == len(batch):
        return batch
    at = {offset: row for row, offset in enumerate(batch.offsets)}
    rows = [at[offset] for offset in staying]
    return Batch(
        batch.base_offset,
        [batch.keys[row] for row in rows],
        [batch.values[row] for row in rows],
        [batch.timestamps[row] for row in rows],
        None if batch.headers is None else [batch.headers[row] for row in rows],
        batch.size * len(rows) // max(len(batch), 1),
        sparse=list(staying),
        next_offset=batch.next_offset,
    )


def _newest(batch: Batch, rules: Rules) -> int:
    return max((rules.time_of(key) for key in batch.keys if key is not None), default=-1)


class _Part:
    """The records of some keys. `_last`: of each key the last one so far, and whether it may go."""

    def __init__(self, rules: Rules, newest: int) -> None:
        self.horizon = 0
        self._rules = rules
        self._newest = newest
        self._last: dict[bytes, tuple[int, bool]] = {}
        self._under: dict[
            bytes, list[int]
        ] = {}  # older ones whose place the last takes for some only
        self._below: dict[
            bytes, list[int]
        ] = {}  # older ones that stay: a barrier stands behind them

    def take(self, batch: Batch, number: int, passes: int) -> None:
        """The next records."""
        timed, over = self._rules.tail > 0, self._newest - self._rules.expiry_ms - _EDGE_MS
        for offset, key, value in zip(batch.offsets, batch.keys, batch.values, strict=True):
            if key is None or (passes > 1 and crc32(key) % passes != number):
                continue
            deletes = value is None and offset < self._rules.aged
            if timed:
                time = self._rules.time_of(key)
                deletes = deletes and time < self._newest
                if 0 <= time < over:
                    continue
            self._add(_short(key), offset, deletes=deletes)

    def kept(self) -> array[int]:
        """The offsets of those that stay, in order."""
        found: list[int] = []
        for key, (offset, goes) in self._last.items():
            older = [*self._below.get(key, ()), *self._under.get(key, ())]
            found += older
            if goes and not older:
                self.horizon = max(self.horizon, offset + 1)
            else:
                found.append(offset)
        return array("q", sorted(found))

    def _add(self, key: bytes, offset: int, *, deletes: bool) -> None:
        before, self._last[key] = self._last.get(key), (offset, deletes)
        if before is None:
            return
        rules = self._rules
        under = [*self._under.pop(key, ()), before[0]]
        below = [each for each in under if rules.divided(each, offset)]
        if below:
            self._below.setdefault(key, []).extend(below)
        if offset in rules.passed:
            self._under[key] = [each for each in under if each not in below]


def _short(key: bytes) -> bytes:
    """The key, or its hash if that is shorter; no key is the hash of another."""
    if len(key) <= _HASH_BYTES:
        return key
    return b"\x00" + blake2b(key, digest_size=_HASH_BYTES).digest()
