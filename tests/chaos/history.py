"""The history checker: what everybody was told of a log, and which of it cannot be true together.

Whoever plays with a log tells a History what was sent and what came of it, what readers saw, what the chain says, and
in the end what stands in the partitions. Values are to be unique: then one read says which send it is of. Nothing
of the code under test is used, and every kind of anomaly is a row of KINDS, planted once in test_history.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from attrs import define, field, frozen

KINDS = {
    "lost": "what was acknowledged is not there",
    "doubled": "what was sent once is there twice",
    "failed and there": "what was refused is there",
    "reordered": "what was sent in one order is there in another",
    "wrong value": "something is there that nobody sent, or made of something else",
    "gap": "an offset has no record, and nobody says that it was lost",
    "two histories": "one offset has two values",
    "dirty read": "what was read is not there",
    "seen too early": "a record was read before its commit was on the chain",
    "went back": "a reader was given again what it had read",
    "skipped": "a reader was led past records that are there",
    "two records": "a commit has the number of another, or is missing",
    "consumed twice": "a group's moves overlap",
    "left out": "a group's moves leave out records that are there",
    "half a commit": "a commit consumed, and did not put out what comes of it, or the other way round",
    "stale state": "a store is not what comes of its changelog, or the changelog not of the input",
    "unfinished": "there is input left, though nothing fails any more",
}
NEVER = 1 << 63
OK, FAILED, UNKNOWN = "ok", "failed", "unknown"

Place = tuple[Hashable, int]  # a topic, and a partition of it
Move = tuple[str, Place, int, int]  # a group, and from where to where it went


@frozen
class Anomaly:
    """One thing that cannot be."""

    kind: str
    told: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.told}"


@define
class Ranges:
    """Offsets, as ranges that do not touch."""

    all: list[tuple[int, int]] = field(factory=list)

    def add(self, start: int, stop: int) -> None:
        apart = [one for one in self.all if one[1] < start or one[0] > stop]
        touched = [one for one in self.all if one not in apart]
        start = min([start, *(one[0] for one in touched)])
        self.all = sorted([*apart, (start, max([stop, *(one[1] for one in touched)]))])

    def behind(self, offset: int) -> int:
        """`offset`, or the next one that is in none of them."""
        return next((stop for start, stop in self.all if start <= offset < stop), offset)

    def holds(self, start: int, stop: int) -> bool:
        """Whether all of [start, stop) is in them."""
        return start >= stop or self.behind(start) >= stop


@define
class Readers:
    """What was read: a value for each offset, once and for ever."""

    values: dict[Place, dict[int, Hashable]] = field(factory=lambda: defaultdict(dict))
    early: dict[tuple[Place, int], int] = field(
        factory=dict
    )  # read before it was told who wrote it
    next: dict[tuple[str, Place], int] = field(factory=dict)
    jumps: list[tuple[str, Place, int, int]] = field(factory=list)


@define
class History:
    """What is known. `owed`: how many records of which topic come of such moves, for those topics where it is known.
    `compacted`: topics of which records go when others of their keys come.

    What cannot be is in `found`, as soon as it shows; `close` judges what shows only in the end.
    """

    owed: Callable[[Sequence[Move]], Mapping[Hashable, int]] = lambda _: {}
    compacted: frozenset[Hashable] = frozenset()
    found: list[Anomaly] = field(factory=list)
    sends: dict[Hashable, tuple[Place, str, int | None]] = field(factory=dict)
    readers: Readers = field(factory=Readers)
    gone: dict[Place, Ranges] = field(factory=lambda: defaultdict(Ranges))
    at: dict[tuple[str, Place], int] = field(factory=dict)
    ends: Counter[Place] = field(factory=Counter)
    lsn: int = 0
    spans: dict[Place, list[tuple[int, int]]] = field(factory=lambda: defaultdict(list))
    rows: dict[Place, dict[int, Hashable]] = field(factory=dict)

    def wrong(self, kind: str, told: str) -> None:
        """One more."""
        assert kind in KINDS, kind
        self.found.append(Anomaly(kind, told))

    # ---- as it happens

    def sent(self, place: Place, value: Hashable, outcome: str, offset: int | None = None) -> None:
        """A producer was told so: acknowledged (at that offset), refused, or nothing it could trust."""
        self.sends[value] = (place, outcome, offset)

    def read(
        self, who: str, place: Place, offset: int, value: Hashable, lsn: int | None = None
    ) -> None:
        """A reader was given this, when it had read the chain up to `lsn`."""
        seen = self.readers
        known = seen.values[place].setdefault(offset, value)
        if known != value:
            self.wrong("two histories", f"{place} at {offset} was {known!r} and is {value!r}")
        if lsn is not None:
            self._early(place, offset, lsn)
        following = seen.next.get((who, place), 0)
        if offset < following:
            self.wrong("went back", f"{who} in {place}: {offset} after {following - 1}")
        elif offset > following:
            seen.jumps.append((who, place, following, offset))
        seen.next[who, place] = offset + 1

    def rewound(self, who: str, place: Place, offset: int) -> None:
        """A reader goes on there, because it wants to or is a new one."""
        self.readers.next[who, place] = offset

    # ---- as the chain says

    def chained(self, lsn: int) -> None:
        """The next record of the chain, of whatever kind."""
        if lsn != self.lsn + 1:
            self.wrong("two records", f"record {lsn} after record {self.lsn}")
        self.lsn = lsn

    def committed(self, moves: Sequence[Move], wrote: Sequence[tuple[Place, int]]) -> None:
        """That record is a commit: who went from where to where, and how many records it added to which."""
        for move in moves:
            self._moved(*move)
        counts: Counter[Hashable] = Counter()
        for place, count in wrote:
            self.ends[place] += count
            self.spans[place].append((self.ends[place], self.lsn))
            counts[place[0]] += count
        for topic, count in self.owed(moves).items():
            if counts[topic] != count:
                told = f"commit {self.lsn} owes {count} records of {topic}, and has {counts[topic]}"
                self.wrong("half a commit", told)

    def lost(self, place: Place, start: int, stop: int) -> None:
        """Somebody removed [start, stop), and said so."""
        self.gone[place].add(start, stop)

    def reset(self, group: str, place: Place, offset: int | None) -> None:
        """The group begins there, or anew."""
        self.at.pop((group, place), None)
        if offset is not None:
            self.at[group, place] = offset

    def _moved(self, group: str, place: Place, start: int, stop: int) -> None:
        at, gone = self.at.get((group, place), 0), self.gone[place]
        told = f"commit {self.lsn} of {group} in {place}: from {start} to {stop}, it stood at {at}"
        if start < at or stop <= start:
            self.wrong("consumed twice", told)
        elif not gone.holds(at, start):
            self.wrong("left out", told)
        self.at[group, place] = max(at, stop)

    def _early(self, place: Place, offset: int, lsn: int) -> None:
        """Whether the commit of a record is one that its reader knew."""
        spans = self.spans[place]
        at = bisect_right(spans, (offset, NEVER))
        if at == len(spans):
            self.readers.early[place, offset] = min(
                lsn, self.readers.early.get((place, offset), lsn)
            )
        elif lsn < spans[at][1]:
            told = f"{place} at {offset}, of commit {spans[at][1]}, by one who knew {lsn}"
            self.wrong("seen too early", told)

    # ---- in the end

    def stands(self, place: Place, rows: Iterable[tuple[int, Hashable]], end: int) -> None:
        """All that can be read of a partition that is not compacted."""
        kept = self.rows[place] = dict(rows)
        self.ends[place] = max(end, self.ends[place])
        for offset in range(self.ends[place]):
            if offset not in kept and not self.gone[place].holds(offset, offset + 1):
                self.wrong("gap", f"{place} has no {offset} of {self.ends[place]}")
        for offset, value in self.readers.values[place].items():
            now = kept.get(offset)
            if offset in kept and now != value:
                self.wrong("two histories", f"{place} at {offset} was {value!r} and is {now!r}")
            elif offset >= self.ends[place]:
                self.wrong("dirty read", f"{place} at {offset} was {value!r} and never came")

    def remains(self, where: str, wanted: Mapping[Hashable, Hashable], found: Mapping) -> None:
        """What a store or a compacted topic holds, and what it is to hold."""
        for key in [*wanted, *(key for key in found if key not in wanted)]:
            if wanted.get(key) != found.get(key):
                told = f"{where}, {key!r}: {found.get(key)!r}, not {wanted.get(key)!r}"
                self.wrong("stale state", told)

    def follows(self, where: str, wanted: Sequence[Hashable], found: Sequence[Hashable]) -> None:
        """What came out under one key, in order, and what must have come."""
        if list(wanted) == list(found):
            return
        missing, more = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
        at = next(
            (at for at, (one, two) in enumerate(zip(wanted, found, strict=False)) if one != two),
            min(len(wanted), len(found)),
        )
        told = f"{where}: {len(found)} of {len(wanted)}, wrong from number {at} on"
        known = set(wanted)
        kinds = {
            "lost": bool(missing),
            "doubled": any(one in known for one in more),
            "wrong value": any(one not in known for one in more),
            "reordered": not missing and not more,
        }
        for kind in (name for name, true in kinds.items() if true):
            self.wrong(kind, told)

    def consumed(self, group: str, place: Place) -> None:
        """Nothing is to be left for this group."""
        at, end = self.at.get((group, place), 0), self.ends[place]
        if not self.gone[place].holds(at, end):
            self.wrong("unfinished", f"{group} in {place} stands at {at} of {end}")

    def close(self) -> list[Anomaly]:
        """Everything that was found."""
        for who, place, start, stop in self.readers.jumps:
            if place[0] not in self.compacted and not self.gone[place].holds(start, stop):
                self.wrong("skipped", f"{who} in {place}: from {start} to {stop}")
        for (place, offset), lsn in list(self.readers.early.items()):
            self._early(place, offset, lsn)
        self._judge_sends()
        return self.found

    def _judge_sends(self) -> None:
        where: dict[Hashable, list[tuple[Place, int]]] = defaultdict(list)
        for place in {*self.rows, *self.readers.values}:
            for offset, value in (self.readers.values[place] | self.rows.get(place, {})).items():
                where[value].append((place, offset))
        for value, (place, outcome, offset) in self.sends.items():
            found = where.get(value, [])
            least = 0 if offset is None else offset
            gone = offset is not None and self.gone[place].holds(least, least + 1)
            if outcome == OK and place in self.rows and not found and not gone:
                self.wrong("lost", f"{value!r}, acknowledged in {place} at {offset}")
            elif outcome == FAILED and found:
                self.wrong("failed and there", f"{value!r} at {found}")
            elif len(found) > 1:
                self.wrong("doubled", f"{value!r} at {found}")
            elif outcome == OK and offset is not None and found and found != [(place, offset)]:
                self.wrong("two histories", f"{value!r} is at {found}, told: {place} at {offset}")
