"""Reading partitions: batches of records, from where the index says they lie."""

from __future__ import annotations

from collections.abc import Iterator

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, Misuse, OffsetOutOfRange, UnknownTopic
from streamz_core.log.chain.copies import Copies
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.records.index import Index, Ranges
from streamz_core.log.records.moved.places import sealed_end, vacated
from streamz_core.log.records.moved.sealed import behind, holder
from streamz_core.log.records.state import State
from streamz_core.log.segments import batch as batches
from streamz_core.log.segments.data import DataReader, Gone
from streamz_core.log.segments.shelf import Shelf
from streamz_core.record import Batch


class Reading:
    """The watched partitions of one handle."""

    def __init__(
        self, env: Env, layout: Layout, identity: Identity, state: State, index: Index
    ) -> None:
        self._state = state
        self._index = index
        self._payload = DataReader(env, layout, Copies(env, layout, identity.mac))
        self._shelf = Shelf(env, layout, identity)

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
        if offset != end and not self._state.start(topic, partition) <= offset < end:
            raise self._out_of_range(topic, partition, offset)
        if lost.gaps:
            offset = lost.behind(offset)
            end = lost.next_gap(offset, end)
        sealed = sealed_end(self._state, topic, partition)
        room, left = bytes_max, records_max
        found: list[Batch] = []
        while offset < end and room > 0 and left > 0:
            try:
                if offset < sealed:
                    batch = self._sealed(topic, partition, offset)
                else:
                    index = kept.find(offset)
                    if lsn_max is not None and kept.lsn(index) > lsn_max:
                        break
                    batch = self._read(topic, partition, index, offset)
            except Corrupt:
                if found:
                    break  # what stands before it is good, and had first
                raise
            batch = batch.since(offset).until(end)
            found.append(batch)
            offset = batch.next_offset
            if len(batch):  # where all are compacted away there is nothing that a reader could take
                room, left = room - batch.size, left - len(batch)
        if not found and offset > begin:
            found.append(Batch(offset, [], [], []))
        return found

    def readable_end(self, topic: int, partition: int, lsn_max: int) -> int:
        """As Log.readable_end promises. What is sealed was durable before."""
        kept = self._ranges(topic, partition)
        least = sealed_end(self._state, topic, partition)
        for index in range(len(kept) - 1, -1, -1):
            if kept.lsn(index) <= lsn_max:
                return max(kept.stop(index), least)
        return least

    def damaged(
        self, topic: int, partition: int, offset: int, stop: int | None
    ) -> tuple[int, int, str] | None:
        """As Log.damaged promises."""
        kept, lost = self._ranges(topic, partition), self._state.lost_in(topic, partition)
        end = kept.end if stop is None else min(stop, kept.end)
        found: tuple[int, int, str] | None = None
        for base, following, why in self._pieces(topic, partition, offset, end):
            for piece in lost.kept(
                max(base, self._state.start(topic, partition)), min(following, end)
            ):
                if found is not None and (not why or found[1] != piece[0]):
                    return found
                if why:
                    found = (found[0], piece[1], found[2]) if found else (*piece, why)
        return found

    def close(self) -> None:
        self._payload.close()
        self._shelf.close()

    def _ranges(self, topic: int, partition: int) -> Ranges:
        kept = self._index.ranges.get((topic, partition))
        if kept is None:
            known = self._state.topics.get(topic)
            if known is not None and self._state.names.get(known.name) is not known:
                raise UnknownTopic(
                    f"the topic {known.name} that was read here is no more: somebody deleted it, with all its records"
                )
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

    def _pieces(
        self, topic: int, partition: int, offset: int, end: int
    ) -> Iterator[tuple[int, int, str]]:
        """(base, stop, why it cannot be read or "") of every batch from the one that holds `offset` on."""
        sealed = sealed_end(self._state, topic, partition)
        for file in behind(self._state.sealed.of(topic, partition), offset):
            for base, stop, why in (
                self._shelf.pieces((topic, partition), file) if file.name else ()
            ):
                if stop > offset and base < end:
                    yield base, stop, why
        kept = self._index.ranges[topic, partition]
        for index in range(max(kept.find(max(offset, sealed)), 0), len(kept)):
            base, stop = kept.bases[index], kept.stop(index)
            if base >= end:
                return
            if not vacated(self._state, topic, partition, base, stop):
                yield base, stop, self._unreadable(topic, partition, index)

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
        except Gone:
            raise  # it may lie elsewhere by now
        except Corrupt as error:
            raise self._way_out(topic, partition, offset, error) from error

    def _sealed(self, topic: int, partition: int, offset: int) -> Batch:
        """The batch that holds `offset`, which is not lost, from a sealed file."""
        where = (topic, partition)
        file = holder(self._state.sealed.of(topic, partition), offset)
        try:
            batch = self._shelf.batch(where, file, offset)
        except Gone:
            raise
        except Corrupt as error:
            raise self._way_out(topic, partition, offset, error) from error
        following = file.stop if batch is None else batch.base_offset
        if batch is None or following > offset:  # what was compacted away
            return Batch(offset, [], [], [], sparse=[], next_offset=following)
        return batch

    def missing(self, topic: int, partition: int, offset: int, error: Gone) -> Corrupt:
        """What a reader is told if a file is gone and the chain knows no other place."""
        return self._way_out(topic, partition, offset, error)

    def _way_out(self, topic: int, partition: int, offset: int, error: Corrupt) -> Corrupt:
        name = self._state.topics[topic].name
        return Corrupt(
            f"{error}; or give these records up: streamz topics skip {name} {partition} {offset}"
        )

    def _load(self, topic: int, partition: int, index: int) -> Batch:
        kept = self._index.ranges[topic, partition]
        base = kept.bases[index]
        file, position, size, crc = kept.place(index)
        try:
            data = self._payload.read(self._index.files[file], position, size, crc, kept.lsn(index))
            return batches.decode(data, base, kept.stop(index) - base)
        except Gone:
            raise
        except Corrupt as error:
            title = self._state.title(topic, partition)
            raise Corrupt(f"{title}@{base}, commit {kept.lsn(index)}: {error}") from error
