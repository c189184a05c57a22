"""Rounds over the partitions of a consumer: what is new, up to the first record that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from streamz_core.broker.backend import Backend
from streamz_core.broker.receiving.places import Where, tell_lost
from streamz_core.codecs.codec import Codec
from streamz_core.errors import CodecError, Corrupt, Unsupported
from streamz_core.record import Batch, Record, records_of

T = TypeVar("T")
Give = Callable[[Where, Batch, int], tuple[list[T], int]]
"""What comes of a batch, so many at most, and the offset behind it: it is in front of the batch's end if there is more, or if
what is next cannot be read."""


class Rounds:
    """`at`: per partition the offset that is read next."""

    def __init__(self, backend: Backend, at: dict[Where, int]) -> None:
        self.at = at
        self.paused: set[Where] = set()
        self._backend = backend
        self._order = list(at)
        self._rest: tuple[Where, Batch, int] | None = None  # of a batch that was given in part

    def add(self, where: Where, offset: int) -> None:
        """Read this partition as well, from `offset` on."""
        self.at[where] = offset
        if where not in self._order:
            self._order.append(where)

    def drop(self, where: Where) -> None:
        """Read this partition no more."""
        if where in self._order:
            self._order.remove(where)
        self.at.pop(where, None)
        self.paused.discard(where)

    def take(
        self, give: Give[T], records_max: int, bytes_max: int
    ) -> tuple[list[T], dict[Where, int]]:
        """What is new, and where the partitions stand behind it; `at` is left to the caller, who gives it.

        What cannot be read ends the round; if there is nothing before it, its error is raised, and again
        in each round from there.
        """
        found: list[T] = []
        at = dict(self.at)
        for where in list(self._order):
            if where in self.paused:
                continue
            self._pass(where, at)
            try:
                for batch in self._batches(where, records_max - len(found), bytes_max):
                    at[where] = batch.base_offset
                    given, at[where] = give(where, batch, records_max - len(found))
                    found += given
                    if at[where] < batch.next_offset:
                        self._rest = where, batch, self._backend.topic_changes
                        self._begin_with(where)
                        return found, at
            except Exception:
                self._begin_with(where)
                if not found:
                    raise
                return found, at
            if len(found) >= records_max:
                break
        if self._order:
            self._begin_with(self._order[1 % len(self._order)])
        return found, at

    def _begin_with(self, where: Where) -> None:
        """The next round begins there: with what is left of a batch, with an error before which nothing stands then, or with
        who came second, so that nobody comes last always."""
        index = self._order.index(where)
        self._order = self._order[index:] + self._order[:index]

    def _batches(self, where: Where, records_max: int, bytes_max: int) -> Iterator[Batch]:
        backend, at = self._backend, self.at[where]
        rest, self._rest = self._rest, None
        if rest is not None and rest[0] == where and rest[2] == backend.topic_changes:
            batch = rest[1].since(at)
            if batch.base_offset == at < batch.next_offset:
                yield batch
                at = batch.next_offset
                records_max -= len(batch)
        if records_max <= 0 or at == backend.end(*where):
            return
        found: Iterable[Batch]
        try:
            found = backend.fetch(
                *where, at, records_max=records_max, bytes_max=bytes_max, durable=True
            )
        except (Corrupt, Unsupported):
            found = self._one_by_one(where, at)
        for batch in found:
            tell_lost(where, at, batch.base_offset)
            at = batch.next_offset
            yield batch

    def _one_by_one(self, where: Where, at: int) -> Iterator[Batch]:
        """The batches before the one that cannot be read, then its error."""
        while True:
            try:
                found = self._backend.fetch(*where, at, records_max=1, bytes_max=1, durable=True)
            except Corrupt as error:
                error.place = (*where, at)
                raise
            yield from found
            at = found[-1].next_offset

    def _pass(self, where: Where, at: dict[Where, int]) -> None:
        """Go on behind what is lost, also if the round gives nothing."""
        offset = self.at[where]
        at[where] = self.at[where] = self._backend.passed(*where, offset)
        tell_lost(where, offset, at[where])


def whole_batches(where: Where, batch: Batch, _: int) -> tuple[list[tuple[str, int, Batch]], int]:
    """A batch as it is; nothing of an empty one."""
    return [(*where, batch)] if len(batch) else [], batch.next_offset


class Decoding:
    """Records of batches, decoded."""

    def __init__(self, key: Codec[Any], value: Codec[Any]) -> None:
        self.key = key
        self.value = value

    def records(self, where: Where, batch: Batch, most: int) -> tuple[list[Record[Any, Any]], int]:
        """The first records of a batch, up to one that cannot be decoded; CodecError for that if it is the first."""
        part = batch if len(batch) <= most else batch.until(batch.offset_of(most))
        try:
            keys, values = self.key.decode_all(part.keys), self.value.decode_all(part.values)
        except Exception:  # noqa: BLE001 - of some record, which is told when it is reached
            return self._up_to_error(where, part)
        return records_of(*where, part, keys, values), part.next_offset

    def _up_to_error(self, where: Where, batch: Batch) -> tuple[list[Record[Any, Any]], int]:
        keys: list[Any] = []
        values: list[Any] = []
        for row in range(len(batch)):
            try:
                key, value = self._one(where, batch, row)
            except CodecError:
                if not row:
                    raise
                behind = batch.offset_of(row)
                return records_of(*where, batch.until(behind), keys, values), behind
            keys.append(key)
            values.append(value)
        return records_of(*where, batch, keys, values), batch.next_offset

    def _one(self, where: Where, batch: Batch, row: int) -> tuple[Any, Any]:
        key, value = batch.keys[row], batch.values[row]
        try:
            return (
                None if key is None else self.key.decode(key),
                None if value is None else self.value.decode(value),
            )
        except Exception as error:
            place = (*where, batch.offset_of(row))
            raise _named(error, place, key) from error


def _named(error: Exception, place: tuple[str, int, int], key: bytes | None) -> CodecError:
    """With the place of the record, and what to do. A codec of users may raise anything."""
    topic, partition, offset = place
    told = (
        error if isinstance(error, CodecError) else CodecError(f"{type(error).__name__}: {error}")
    )
    told.place = place
    told.add_note(f"at {topic}[{partition}]@{offset} key={key!r}")
    told.add_note(f"reading stays there; to leave this record out, go on at offset {offset + 1}")
    return told
