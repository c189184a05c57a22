"""Sealed files of a partition: immutable, made of records that were committed and are durable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from attrs import define, field


class SealedFile(NamedTuple):
    """The records [base, stop) of one partition. `name`: of the file, b"" if none of them is left.

    `bytes` of the file; `records` in it; `newest_ms`: their largest timestamp.
    """

    base: int
    stop: int
    name: bytes
    bytes: int
    records: int
    newest_ms: int


class Cleaned(NamedTuple):
    """How far a partition is compacted. Before `stop` each key is there once, as far as readers allow; deletes before
    `aging` have been the last of their keys since `since_ms`. All 0: it never was."""

    stop: int = 0
    aging: int = 0
    since_ms: int = 0


NEVER = Cleaned()

Row = tuple[SealedFile, ...]
"""Files of a partition, each of which begins where the one before ends."""


@define
class Sealed:
    """The sealed files of all partitions, below which offset deletions may be forgotten, and how far each is
    compacted, by (topic id, partition)."""

    files: dict[tuple[int, int], Row] = field(factory=dict)
    horizons: dict[tuple[int, int], int] = field(factory=dict)
    cleaned: dict[tuple[int, int], Cleaned] = field(factory=dict)

    def of(self, topic_id: int, partition: int) -> Row:
        """The files of a partition, which hold its records from its start on."""
        return self.files.get((topic_id, partition), ())

    def horizon(self, topic_id: int, partition: int) -> int:
        """Whoever knows the partition up to an offset below this may have missed deletions."""
        return self.horizons.get((topic_id, partition), 0)

    def cleaned_of(self, topic_id: int, partition: int) -> Cleaned:
        """How far a partition is compacted."""
        return self.cleaned.get((topic_id, partition), NEVER)

    def place(  # noqa: PLR0913 - what is said of a partition
        self,
        where: tuple[int, int],
        replaced: Sequence[bytes],
        fresh: Row,
        horizon: int,
        start: int,
        cleaned: Cleaned = NEVER,
    ) -> None:
        """These files hold the records of their offsets from now on; the partition begins at `start`."""
        files = exchange(self.of(*where), replaced, fresh)
        assert files is not None, "it was not refused"
        self.files[where] = files
        self.begin(where, start)
        if horizon > self.horizon(*where):
            self.horizons[where] = horizon
        if cleaned.stop:
            self.cleaned[where] = cleaned

    def begin(self, where: tuple[int, int], start: int) -> None:
        """The partition has nothing before `start`."""
        kept = behind(self.files.get(where, ()), start)
        if kept:
            self.files[where] = kept
        else:
            self.files.pop(where, None)


def behind(files: Row, offset: int) -> Row:
    """Those that hold more than what is before `offset`."""
    return tuple(file for file in files if file.stop > offset)


def holder(files: Row, offset: int) -> SealedFile:
    """The one that holds `offset`, which is in one."""
    low, high = 0, len(files) - 1
    while low < high:
        middle = (low + high) // 2
        if files[middle].stop > offset:
            high = middle
        else:
            low = middle + 1
    return files[low]


def exchange(files: Row, replaced: Sequence[bytes], fresh: Row) -> Row | None:
    """The files with `fresh` in place of those of the names `replaced`, or behind the last; None if they
    do not fit: somebody else was first."""
    begin = next((at for at, file in enumerate(files) if file.base >= fresh[0].base), len(files))
    end = begin + len(replaced)
    before, after = files[:begin], files[end:]
    if [file.name for file in files[begin:end]] != list(replaced):
        return None
    if files and fresh[0].base != (before[-1].stop if before else files[0].base):
        return None
    old_stop = files[end - 1].stop if end else fresh[0].base
    if (after and fresh[-1].stop != old_stop) or fresh[-1].stop < old_stop:
        return None
    return (*before, *fresh, *after)
