"""Records about schemas: what values and keys are written as, told once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import msgpack
from attrs import define, field

from streamz_core.codecs.schemas import SCHEMAS
from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.index import Index
from streamz_core.log.records.state import State

FINGERPRINT_BYTES = 4
DESCRIPTION_BYTES_MAX = 64 << 10
SIDES = ("key", "value", "store")


@define
class SchemaRecord(Chained):
    """Schemas by fingerprint, and which side of which topic is written with them from now on.

    `schemas`: (fingerprint, description). `uses`: (topic, side, fingerprint); sides are "key", "value"
    and, of a changelog, "store". `reads`: (topic, side, fingerprint, app), what an app takes a side for
    that it reads: the last word of each app counts, for it may change its mind as long as nobody wrote.
    `void`: (topic, side) of which nothing is left that was written before: what was told of it is forgotten.
    """

    kind: ClassVar[int] = 9
    name: ClassVar[str] = "SCHEMA"
    schemas: list[tuple[bytes, bytes]]
    uses: list[tuple[int, str, bytes]]
    reads: list[tuple[int, str, bytes, str]] = field(factory=list)
    void: list[tuple[int, str]] = field(factory=list)

    def news(self, state: State) -> SchemaRecord | None:
        """The record that tells what of this is not known yet, None if all is."""
        known = state.schemas
        fresh = [pair for pair in self.schemas if known.described.get(pair[0]) != pair[1]]
        wanted = {
            use[:2]: {each[2] for each in self.uses if each[:2] == use[:2]} for use in self.uses
        }
        void = [
            side for side in self.void if set(known.written.get(side, ())) - wanted.get(side, set())
        ]
        placed = [
            use
            for use in self.uses
            if use[:2] in void or use[2] not in known.written.get(use[:2], ())
        ]
        reads = [one for one in self.reads if known.read.get(one[:2], {}).get(one[3]) != one[2]]
        told = fresh or placed or reads or void
        return SchemaRecord(fresh, placed, reads, void) if told else None

    def pack(self) -> bytes:
        told: list[Any] = [self.schemas, self.uses, self.reads, self.void]
        while len(told) > 2 and not told[-1]:
            told.pop()
        return bytes(msgpack.packb(told))

    def check(self) -> str:
        why = fields.rows("what it tells", self.schemas, 2) or fields.rows("its uses", self.uses, 3)
        why = why or fields.rows("what is read", self.reads, 4)
        for pair in () if why else self.schemas:
            why = why or _check_schema(*pair)
        for use in () if why else self.uses:
            why = why or _check_use(*use)
        for topic, side, fingerprint, app in () if why else self.reads:
            why = why or _check_use(topic, side, fingerprint) or fields.text("an app", app)
        why = why or fields.rows("what is void", self.void, 2)
        for topic, side in () if why else self.void:
            why = why or _check_side(topic, side)
        return why

    def refuse(self, state: State) -> str:
        told = dict(self.schemas)
        for schema, description in self.schemas:
            if state.schemas.described.get(schema, description) != description:
                return (
                    f"fingerprint {schema.hex()} names another schema on this log: rename the "
                    "class or one of its fields"
                )
        named = [(topic, each) for topic, _, each in self.uses]
        named += [(topic, each) for topic, _, each, _ in self.reads]
        for topic, fingerprint in named:
            if not state.has(topic, 0):
                return f"there is no topic {topic}"
            if fingerprint not in told and fingerprint not in state.schemas.described:
                return f"nobody told the schema {fingerprint.hex()}"
        return ""

    def apply(self, state: State) -> None:
        state.schemas.described.update(
            (fingerprint, description) for fingerprint, description in self.schemas
        )
        written = state.schemas.written
        for topic, side in self.void:
            written.pop((topic, side), None)
        for topic, side, fingerprint in self.uses:
            known = written.get((topic, side), ())
            if fingerprint not in known:
                written[topic, side] = (*known, fingerprint)
        for topic, side, fingerprint, app in self.reads:
            state.schemas.read.setdefault((topic, side), {})[app] = fingerprint

    def locate(self, index: Index, lsn: int, where: tuple[int, int]) -> None:  # noqa: ARG002
        # Of this process, as what an index holds: from now on it can read what is written so.
        learn(self.schemas)


def learn(schemas: Iterable[tuple[bytes, bytes]]) -> None:
    """This process knows these (fingerprint, description) from now on."""
    for fingerprint, description in schemas:
        SCHEMAS.learn(fingerprint, description)


def _check_schema(fingerprint: object, description: object) -> str:
    why = fields.raw("a fingerprint", fingerprint, FINGERPRINT_BYTES, FINGERPRINT_BYTES)
    return why or fields.raw("a description", description, 1, DESCRIPTION_BYTES_MAX)


def _check_side(topic: object, side: object) -> str:
    why = fields.whole("a topic", topic, 1)
    if not why and side not in SIDES:
        why = f"a side is {side!r:.40}, and has to be one of {', '.join(SIDES)}"
    return why


def _check_use(topic: object, side: object, fingerprint: object) -> str:
    return _check_side(topic, side) or fields.raw(
        "a fingerprint", fingerprint, FINGERPRINT_BYTES, FINGERPRINT_BYTES
    )
