"""Where records lie: for this process, and only of the topics it watches."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence

from streamz_core.log.records.state import State, Topic

File = tuple[bytes, int]  # (incarnation, number) of a data file; (b"", segment): in the commit log
Payload = tuple[File, int, int, int]  # file, position, bytes, crc


_ROW = struct.Struct("<QIQII")  # lsn, file (its place in Index.files), position, bytes, crc


class Ranges:
    """Where the records of one partition lie, oldest first, packed; `end` is behind the last."""

    __slots__ = ("_rows", "bases", "end", "size")

    def __init__(self, end: int) -> None:
        self.end = end
        self.size = 0  # bytes of all of them
        self.bases = array("q")
        self._rows = bytearray()

    def add(  # noqa: PLR0913 - the parts of a range, once a record
        self, count: int, lsn: int, file: int, position: int, size: int, crc: int
    ) -> None:
        """The next `count` records."""
        base = self.end
        self.end = base + count
        self.bases.append(base)
        self.size += size
        self._rows += _ROW.pack(lsn, file, position, size, crc)

    def __len__(self) -> int:
        return len(self.bases)

    def lsn(self, index: int) -> int:
        """The record that added a range."""
        return int(_ROW.unpack_from(self._rows, index * _ROW.size)[0])

    def place(self, index: int) -> tuple[int, int, int, int]:
        """(file, position, bytes, crc) of a range."""
        _, file, position, size, crc = _ROW.unpack_from(self._rows, index * _ROW.size)
        return file, position, size, crc

    def files(self) -> set[int]:
        """The files in which they lie."""
        return {file for _, file, _, _, _ in _ROW.iter_unpack(self._rows)}

    def ends(self) -> dict[int, int]:
        """Of each of these files, where the last range ends: one lies behind the other."""
        rows = _ROW.iter_unpack(self._rows)
        return {file: position + size for _, file, position, size, _ in rows}

    def drop(self, offset: int) -> None:
        """Forget those that end at `offset` or before."""
        count = bisect_right(self.bases, offset)
        if count and self.stop(count - 1) > offset:
            count -= 1
        gone = count * _ROW.size
        self.size -= sum(row[3] for row in _ROW.iter_unpack(self._rows[:gone]))
        del self.bases[:count]
        del self._rows[:gone]

    def find(self, offset: int) -> int:
        """Index of the range that holds `offset`; -1 before the first."""
        return bisect_right(self.bases, offset) - 1

    def stop(self, index: int) -> int:
        """The offset behind the last record of a range."""
        return self.bases[index + 1] if index + 1 < len(self.bases) else self.end

    def dump(self) -> tuple[array[int], bytearray]:
        """The ranges as bytes: offsets, 8 bytes each, then rows. Not to be changed."""
        return self.bases, self._rows

    @classmethod
    def load(cls, end: int, count: int, data: memoryview, files: Sequence[int]) -> Ranges:
        """The `count` ranges that were dumped; `files`: of each file they name by its place, the place here."""
        found = cls(end)
        found.bases.frombytes(data[: 8 * count])
        found._rows += data[8 * count :]
        found.size = sum(row[3] for row in _ROW.iter_unpack(found._rows))
        if any(here != there for there, here in enumerate(files)):
            for at in range(0, len(found._rows), _ROW.size):
                lsn, file, *place = _ROW.unpack_from(found._rows, at)
                _ROW.pack_into(found._rows, at, lsn, files[file], *place)
        return found

    @staticmethod
    def dumped_bytes(count: int) -> int:
        """Of so many ranges."""
        return count * (8 + _ROW.size)

    def move_end(self, end: int) -> None:
        """The same ranges, the last of which ends there: offsets have no gaps."""
        shift = end - self.end
        if shift:
            self.bases = array("q", (base + shift for base in self.bases))
            self.end = end


class Index:
    """The ranges of watched topics, and the data files that are not known to be durable.

    `everything`: topics that nobody named are watched, too.
    """

    def __init__(self, watched: Iterable[str] = (), *, everything: bool = False) -> None:
        self.watched = set(watched)
        self.everything = everything
        self.ranges: dict[tuple[int, int], Ranges] = {}
        self.news: set[tuple[int, int]] = set()
        """Watched partitions that got records, until somebody takes note."""
        self.files: list[File] = []
        self._numbers: dict[File, int] = {}  # of each file, its place in `files`
        self._named: dict[File, int] = {}  # data file -> the last record that named it

    def made(self, topic: Topic) -> None:
        """A topic begins; it is remembered from now on if it is watched."""
        if self.everything:
            self.watched.add(topic.name)
        if topic.name in self.watched:
            for partition in range(topic.partitions):
                self.ranges.setdefault((topic.id, partition), Ranges(0))

    def keep(self, topic: Topic, ends: Collection[int]) -> None:
        """Remember the topic from now on, when its partitions end at `ends`."""
        self.watched.add(topic.name)
        for partition, end in enumerate(ends):
            self.ranges[topic.id, partition] = Ranges(end)

    def widened(self, topic_id: int, partitions: int) -> None:
        """A topic has so many partitions now; new ones are remembered from now on if it is watched."""
        if (topic_id, 0) in self.ranges:
            for partition in range(partitions):
                self.ranges.setdefault((topic_id, partition), Ranges(0))

    def forget(self, topic_ids: Collection[int]) -> None:
        """These topics are no more."""
        for where in [where for where in self.ranges if where[0] in topic_ids]:
            del self.ranges[where]

    def sealed(self, topic_id: int, partition: int, stop: int) -> None:
        """What ends at `stop` or before is read from sealed files."""
        kept = self.ranges.get((topic_id, partition))
        if kept is not None:
            kept.drop(stop)

    def used(self) -> set[File]:
        """The files in which ranges lie."""
        numbers: set[int] = set()
        for kept in self.ranges.values():
            numbers |= kept.files()
        return {self.files[number] for number in numbers}

    def file(self, file: File) -> int:
        """The place of a file in `files`."""
        number = self._numbers.get(file)
        if number is None:
            number = self._numbers[file] = len(self.files)
            self.files.append(file)
        return number

    def name(self, file: File, lsn: int) -> None:
        """The record `lsn` refers to a data file."""
        self._named[file] = lsn

    def unsynced(self, durable_lsn: int) -> list[File]:
        """The data files that records behind `durable_lsn` named; it never goes back."""
        for file in [file for file, lsn in self._named.items() if lsn <= durable_lsn]:
            del self._named[file]
        return list(self._named)

    # ---- topics that are watched later

    def beside(self, topics: Iterable[Topic]) -> Index:
        """An index of these topics alone, to be filled from the chain and then taken over."""
        found = Index()
        found.files, found._numbers = self.files, self._numbers  # it only grows, so both may use it
        for topic in topics:
            found.keep(topic, [0] * topic.partitions)
        return found

    def take_over(self, other: Index, state: State) -> None:
        """What `other` found, which read the chain from the base of `state` to its end."""
        for (topic_id, partition), kept in other.ranges.items():
            kept.move_end(state.end(topic_id, partition))
        self.ranges.update(other.ranges)
        self.watched |= other.watched
