"""Rounds over the partitions of a consumer: what is new, up to the first record that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from streamz_core.broker.backend import Backend
from streamz_core.broker.receiving.places import Where, tell_lost
from streamz_core.codecs.codec import Codec
from streamz_core.errors import CodecError, Corrupt, Unsupported
from streamz_core.record import NO_HEADERS, Batch, Record

T = TypeVar("T")
Give = Callable[[Where, Batch], Iterator[tuple[int, T]]]
"""What a batch gives, one by one, each with the offset behind it."""


class Rounds:
    """`at`: per partition the offset that is read next."""

    def __init__(self, backend: Backend, at: dict[Where, int]) -> None:
        self.at = at
        self.paused: set[Where] = set()
        self._backend = backend
        self._order = list(at)

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
                    for behind, each in give(where, batch):
                        found.append(each)
                        at[where] = behind
                        if len(found) >= records_max:
                            break
                    else:
                        at[where] = batch.next_offset
                        continue
                    break  # what is left of the batch comes first the next time
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
        """The next round begins there: nothing stands before its error then, and nobody comes last always."""
        index = self._order.index(where)
        self._order = self._order[index:] + self._order[:index]

    def _batches(self, where: Where, records_max: int, bytes_max: int) -> Iterator[Batch]:
        backend, at = self._backend, self.at[where]
        if at == backend.end(*where):
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


def whole_batches(where: Where, batch: Batch) -> Iterator[tuple[int, tuple[str, int, Batch]]]:
    """A batch as it is; nothing of an empty one."""
    if len(batch):
        yield batch.next_offset, (*where, batch)


class Decoding:
    """Records of batches, decoded."""

    def __init__(self, key: Codec[Any], value: Codec[Any]) -> None:
        self.key = key
        self.value = value

    def records(self, where: Where, batch: Batch) -> Iterator[tuple[int, Record[Any, Any]]]:
        """The records of a batch; CodecError names the first that cannot be decoded, when it is reached."""
        keys: list[Any] | None
        values: list[Any] | None
        try:
            keys, values = self.key.decode_all(batch.keys), self.value.decode_all(batch.values)
        except Exception:  # noqa: BLE001 - of some record, which is told when it is reached
            keys = values = None
        headers = batch.headers
        for row, timestamp in enumerate(batch.timestamps):
            offset = batch.offset_of(row)
            if keys is None or values is None:
                key, value = self._one(where, batch, row)
            else:
                key, value = keys[row], values[row]
            shown = headers[row] if headers else NO_HEADERS
            record = Record(
                key, value, timestamp, shown, topic=where[0], partition=where[1], offset=offset
            )
            yield offset + 1, record

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
