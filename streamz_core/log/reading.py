"""Reading partitions: batches of records, from where the index says they lie."""

from __future__ import annotations

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, Misuse, OffsetOutOfRange
from streamz_core.log.chain.layout import Layout
from streamz_core.log.records.index import Index, Ranges
from streamz_core.log.records.state import State
from streamz_core.log.segments import batch as batches
from streamz_core.log.segments.data import DataReader
from streamz_core.record import Batch


class Reading:
    """The watched partitions of one handle."""

    def __init__(self, env: Env, layout: Layout, state: State, index: Index) -> None:
        self._state = state
        self._index = index
        self._payload = DataReader(env, layout)

    def fetch(  # noqa: PLR0913 - options are keywords
        self,
        topic: int,
        partition: int,
        offset: int,
        *,
        bytes_max: int,
        records_max: int,
        lsn_max: int | None,
    ) -> list[Batch]:
        """As Log.fetch promises."""
        kept, lost = self._ranges(topic, partition), self._state.lost_in(topic, partition)
        begin, end = offset, kept.end
        index = kept.find(offset)
        if offset != end and (index < 0 or not self._state.start(topic, partition) <= offset < end):
            raise self._out_of_range(topic, partition, offset)
        if lost.gaps:
            offset = lost.behind(offset)
            index, end = kept.find(offset), lost.next_gap(offset, end)
        room, left = bytes_max, records_max
        found: list[Batch] = []
        while offset < end and room > 0 and left > 0:
            if lsn_max is not None and kept.lsn(index) > lsn_max:
                break
            try:
                batch = self._read(topic, partition, index, offset).since(offset).until(end)
            except Corrupt:
                if found:
                    break  # what stands before it is good, and had first
                raise
            found.append(batch)
            offset = batch.next_offset
            if len(batch):  # where all are compacted away there is nothing that a reader could take
                room, left = room - batch.size, left - len(batch)
            index += 1
        if not found and offset > begin:
            found.append(Batch(offset, [], [], []))
        return found

    def readable_end(self, topic: int, partition: int, lsn_max: int) -> int:
        """As Log.readable_end promises."""
        kept = self._ranges(topic, partition)
        for index in range(len(kept) - 1, -1, -1):
            if kept.lsn(index) <= lsn_max:
                return max(kept.stop(index), self._state.start(topic, partition))
        return self._state.start(topic, partition)

    def damaged(
        self, topic: int, partition: int, offset: int, stop: int | None
    ) -> tuple[int, int, str] | None:
        """As Log.damaged promises."""
        kept, lost = self._ranges(topic, partition), self._state.lost_in(topic, partition)
        end = kept.end if stop is None else min(stop, kept.end)
        found: tuple[int, int, str] | None = None
        holds = kept.find(offset)
        begin = kept.bases[holds] if holds >= 0 else offset
        for low, high in lost.kept(max(begin, self._state.start(topic, partition)), end):
            for index in range(kept.find(low), len(kept)):
                base = kept.bases[index]
                if base >= high:
                    break
                why = self._unreadable(topic, partition, index)
                piece = (max(base, low), min(kept.stop(index), high))
                if found is not None and (not why or found[1] != piece[0]):
                    return found
                if why:
                    found = (found[0], piece[1], found[2]) if found else (*piece, why)
        return found

    def close(self) -> None:
        self._payload.close()

    def _ranges(self, topic: int, partition: int) -> Ranges:
        kept = self._index.ranges.get((topic, partition))
        if kept is None:
            raise Misuse(
                f"{self._state.title(topic, partition)} is not watched, or there is no such "
                "partition: call watch() with the name of the topic before reading it"
            )
        return kept

    def _out_of_range(self, topic: int, partition: int, offset: int) -> OffsetOutOfRange:
        start, end = self._state.start(topic, partition), self._state.end(topic, partition)
        title = self._state.title(topic, partition)
        return OffsetOutOfRange(
            f"{title} has no offset {offset}: it has those from {start} on, and the next will be "
            f"{end}; read from one of these",
            start,
            end,
        )

    def _unreadable(self, topic: int, partition: int, index: int) -> str:
        """Why the records of a range cannot be read; "" if they can."""
        try:
            self._load(topic, partition, index)
        except Corrupt as error:
            return str(error)
        return ""

    def _read(self, topic: int, partition: int, index: int, offset: int) -> Batch:
        try:
            return self._load(topic, partition, index)
        except Corrupt as error:
            name = self._state.topics[topic].name
            raise Corrupt(
                f"{error}; or give these records up: streamz topics skip {name} {partition} {offset}"
            ) from error

    def _load(self, topic: int, partition: int, index: int) -> Batch:
        kept = self._index.ranges[topic, partition]
        base = kept.bases[index]
        file, *place = kept.place(index)
        try:
            data = self._payload.read(self._index.files[file], *place)
            return batches.decode(data, base, kept.stop(index) - base)
        except Corrupt as error:
            title = self._state.title(topic, partition)
            raise Corrupt(f"{title}@{base}, commit {kept.lsn(index)}: {error}") from error
