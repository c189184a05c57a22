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
        kept = self._ranges(topic, partition)
        end = kept.end
        index = kept.find(offset)
        if offset != end and (index < 0 or not self._state.start(topic, partition) <= offset < end):
            raise self._out_of_range(topic, partition, offset)
        found: list[Batch] = []
        room = bytes_max
        stop = min(end, offset + records_max)
        while offset < stop and room > 0:
            if lsn_max is not None and kept.lsn(index) > lsn_max:
                break
            batch = self._read(topic, partition, index)
            found.append(batch.since(offset))
            offset = batch.base_offset + len(batch)
            room -= batch.size
            index += 1
        return found

    def readable_end(self, topic: int, partition: int, lsn_max: int) -> int:
        """As Log.readable_end promises."""
        kept = self._ranges(topic, partition)
        for index in range(len(kept) - 1, -1, -1):
            if kept.lsn(index) <= lsn_max:
                return kept.stop(index)
        return self._state.start(topic, partition)

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

    def _read(self, topic: int, partition: int, index: int) -> Batch:
        kept = self._index.ranges[topic, partition]
        base = kept.bases[index]
        file, *place = kept.place(index)
        try:
            data = self._payload.read(self._index.files[file], *place)
            return batches.decode(data, base, kept.stop(index) - base)
        except Corrupt as error:
            title = self._state.title(topic, partition)
            raise Corrupt(f"{title}@{base}, commit {kept.lsn(index)}: {error}") from error
