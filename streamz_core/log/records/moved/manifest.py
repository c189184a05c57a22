"""MANIFEST: records of partitions lie in sealed files from now on, and nobody reads them elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Self

import msgpack
from attrs import define

from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.index import Index
from streamz_core.log.records.moved.sealed import Cleaned, SealedFile, exchange
from streamz_core.log.records.state import State

NAME_BYTES = 12  # the incarnation of the writer, and a number
_FILE = fields.Numbers(
    ("a first offset", 0, fields.NUMBER_MAX),
    ("a last offset", 1, fields.NUMBER_MAX),
    ("a size", 0, fields.NUMBER_MAX),
    ("a number of records", 0, fields.NUMBER_MAX),
    ("a timestamp", 0, fields.NUMBER_MAX),
)


class Part(NamedTuple):
    """What becomes of one partition: `files` lie one behind the other, in place of those of the names
    `replaced` or behind the last. Below `horizon` deletions may be forgotten. `cleaned`: if it was compacted,
    the numbers of a Cleaned."""

    topic: int
    partition: int
    replaced: Sequence[bytes]
    files: Sequence[Sequence[Any]]
    horizon: int = 0
    cleaned: Sequence[int] = ()

    @property
    def row(self) -> tuple[SealedFile, ...]:
        """The files."""
        return tuple(SealedFile(*file) for file in self.files)


@define
class ManifestRecord(Chained):
    """What was copied into sealed files, and is durable there, is read from them."""

    kind: ClassVar[int] = 14
    name: ClassVar[str] = "MANIFEST"
    since: ClassVar[int] = 3
    parts: Sequence[Part]

    @classmethod
    def unpack(cls, body: bytes) -> Self:
        return cls([Part(*row) for row in msgpack.unpackb(body)[0]])

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.parts]))

    def check(self) -> str:
        why = "" if self.parts else "it says nothing"
        for part in self.parts:
            why = why or _check_part(part)
        where = {(part.topic, part.partition) for part in self.parts}
        return why or ("" if len(where) == len(self.parts) else "it names a partition twice")

    def refuse(self, state: State) -> str:
        return next(filter(None, (refuse_part(state, part) for part in self.parts)), "")

    def apply(self, state: State) -> None:
        for part in self.parts:
            where = (part.topic, part.partition)
            told, start = Cleaned(*part.cleaned), state.start(*where)
            state.sealed.place(where, part.replaced, part.row, part.horizon, start, told)

    def locate(self, index: Index, lsn: int, where: tuple[int, int]) -> None:  # noqa: ARG002
        for part in self.parts:
            index.sealed(part.topic, part.partition, part.files[-1][1])


def refuse_part(state: State, part: Part) -> str:
    """Why the files may not take that place in a partition; "" if they may."""
    if not state.has(part.topic, part.partition):
        return f"no partition {part.partition} of topic {part.topic}"
    title = state.title(part.topic, part.partition)
    start, end = state.start(part.topic, part.partition), state.end(part.topic, part.partition)
    base, stop = part.files[0][0], part.files[-1][1]
    known = state.sealed.of(part.topic, part.partition)
    if stop > end or stop <= start or (not known and base > start):
        return f"{title} has the offsets {start} to {end}: files of {base} to {stop} do not fit"
    if exchange(known, part.replaced, part.row) is None:
        return f"{title}: files of {base} to {stop} do not fit those there are: somebody was first"
    return ""


def _check_part(part: Part) -> str:
    why = fields.whole("a topic", part.topic, 1) or fields.whole("a partition", part.partition)
    why = why or fields.whole("a horizon", part.horizon)
    why = why or _check_cleaned(part.cleaned)
    if why or type(part.replaced) is not list or type(part.files) is not list or not part.files:
        return why or "its files are no lists"
    for name in part.replaced:
        why = why or _check_name(name)
    at: Any = part.files[0][0] if type(part.files[0]) is list and part.files[0] else 0
    for file in part.files:
        why = why or _check_file(file, at)
        at = at if why else file[1]
    return why


def _check_cleaned(cleaned: Any) -> str:
    if type(cleaned) not in (list, tuple) or len(cleaned) not in (0, len(Cleaned._fields)):
        return f"how far it is compacted is {cleaned!r:.40}"
    whole = [fields.whole("how far it is compacted", number) for number in cleaned]
    return next(filter(None, whole), "")


def _check_file(file: Any, at: int) -> str:
    why = fields.rows("a file", [file], len(SealedFile._fields))
    if why:
        return why
    base, stop, name, size, records, newest_ms = file
    why = _FILE.refuse((base, stop, size, records, newest_ms)) or _check_name(name)
    if not why and not (base == at < stop and records <= stop - base):
        why = f"a file of {base} to {stop} with {records} records does not follow one to {at}"
    if not why and not bool(name) == bool(size) == bool(records):
        why = f"a file of {size} bytes with {records} records is called {name!r}"
    return why


def _check_name(name: object) -> str:
    return fields.raw("the name of a file", name, 0, NAME_BYTES)
