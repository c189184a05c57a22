"""The keys of rows that refer to others: length of the foreign key (4 bytes, big-endian) ‖ foreign key ‖
primary key (Kafka: CombinedKeySchema). Bytes in order are the subscribers of a key, in order.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import mismatch
from streamz_core.codecs.schemas import Schema, type_text
from streamz_core.errors import CodecError
from streamz_core.topology.nodes import AnyCodec

_LENGTH_BYTES = 4


def head_of(foreign: bytes) -> bytes:
    """What the keys of all rows begin with that refer to this key."""
    return len(foreign).to_bytes(_LENGTH_BYTES) + foreign


def split_key(data: bytes) -> tuple[bytes, bytes]:
    """(foreign key, primary key); CodecError if `data` is cut."""
    end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES])
    if not _LENGTH_BYTES <= end <= len(data):
        raise CodecError(f"{data[:40]!r} is no key of a row that refers to another")
    return data[_LENGTH_BYTES:end], data[end:]


class SubscriberCodec(Codec[tuple[Any, Any]]):
    """(foreign key, primary key)."""

    def __init__(self, foreign: AnyCodec, primary: AnyCodec) -> None:
        self.foreign = foreign
        self.primary = primary
        self.name = f"{primary.name} by {foreign.name}"
        self.immutable = foreign.immutable and primary.immutable

    def check(self, written: Schema) -> None:
        if written != self.schema:
            raise CodecError(
                f"its rows are known by their key and the key they refer to: it holds {type_text(written.described)}, and "
                f"they would be read as {self.name}"
            )

    def encode(self, value: tuple[Any, Any]) -> bytes:
        if type(value) is not tuple or len(value) != 2:
            raise mismatch("(foreign key, primary key)", value)
        return head_of(self.foreign.encode(value[0])) + self.primary.encode(value[1])

    def decode(self, data: bytes) -> tuple[Any, Any]:
        foreign, primary = split_key(data)
        return self.foreign.decode(foreign), self.primary.decode(primary)


@cache
def subscriber_codec(foreign: AnyCodec, primary: AnyCodec) -> SubscriberCodec:
    """The codec of both keys; one object for equal arguments."""
    return SubscriberCodec(foreign, primary)
