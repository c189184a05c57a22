"""Codecs of what was told of a topic, for whoever has not the program that told it."""

from __future__ import annotations

from typing import Any, Final

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.described import PLAINLY, DescribedCodec, Plainly
from streamz_core.codecs.extent import extent_of
from streamz_core.codecs.free import FREE_KEY, FREE_VALUE, JSON
from streamz_core.codecs.kafka.numbers import INTEGER, NARROW_FLOAT, SHORT
from streamz_core.codecs.kafka.serdes import Serdes
from streamz_core.codecs.kafka.texts import UUID_TEXT
from streamz_core.codecs.keys import FLOAT_KEY
from streamz_core.codecs.packed import PackedCodec
from streamz_core.codecs.packing import unpack
from streamz_core.codecs.plain import BOOL, FLOAT, INT, STR
from streamz_core.codecs.schemas import SCHEMAS, Described, Schema
from streamz_core.codecs.shapes.scalars import KEYS
from streamz_core.codecs.shapes.shape import Shape
from streamz_core.codecs.sharing.forms import CLASSES, MSGPACK, codec_name, form_of
from streamz_core.codecs.windowed import WindowedCodec, windowed_codec
from streamz_core.errors import CodecError

_TEXTS = (Serdes.string(), Serdes.string("ascii"))
_BOTH: tuple[Codec[Any], ...] = (
    STR,
    INT,
    BOOL,
    JSON,
    INTEGER,
    SHORT,
    NARROW_FLOAT,
    UUID_TEXT,
    *_TEXTS,
)
_VALUES: Final = {codec.name: codec for codec in (*_BOTH, FLOAT, FREE_VALUE)}
_KEYS: Final = {codec.name: codec for codec in (*_BOTH, FLOAT_KEY, FREE_KEY)}
_PLAINLY_KEYS: Final = Plainly(SCHEMAS, KEYS)


def codec_of(told: Schema, *, is_key: bool) -> Codec[Any] | None:
    """The codec that writes and reads as was told; None where that takes a class, or a codec of a program."""
    name = codec_name(told)
    if name:
        return (_KEYS if is_key else _VALUES).get(name)
    if not isinstance(told.described, str) and told.described[0] == "windowed":
        return _windowed(*told.described[1:])
    if form_of(told) != MSGPACK:
        return None
    try:
        shape = (_PLAINLY_KEYS if is_key else PLAINLY).shape(told.reference)
    except CodecError:
        return None
    made = PackedCodec(shape, is_key=is_key)
    return made if made.schema == told else None  # a set is read as a list here


def _windowed(key: Described, extent: str) -> Codec[Any] | None:
    try:
        inner, known = codec_of(SCHEMAS.of(key), is_key=True), extent_of(extent)
    except CodecError:
        return None
    return None if inner is None or known is None else windowed_codec(inner, known)


class Told(DescribedCodec):
    """A side by what was told of it; what is not as was told comes as its bytes.

    Values of classes name their schema, and need not be told.
    """

    def __init__(self, told: Schema, *, is_key: bool) -> None:
        self._codec = codec_of(told, is_key=is_key) or _readable_windows(told)
        self._shape = _readable(told) if self._codec is None and is_key else None

    def decode(self, data: bytes) -> Any:
        try:
            if self._codec is not None:
                return self._codec.decode(data)
            return data if self._shape is None else self._shape.from_plain(unpack(data))
        except CodecError:
            return data


def _readable_windows(told: Schema) -> Codec[Any] | None:
    """What reads windows of keys that only a program can write."""
    if isinstance(told.described, str) or told.described[0] != "windowed":
        return None
    key, extent = told.described[1:]
    try:
        inner, known = SCHEMAS.of(key), extent_of(str(extent))
    except CodecError:
        return None
    return None if known is None else WindowedCodec(Told(inner, is_key=True), known)


def _readable(told: Schema) -> Shape | None:
    try:
        return _PLAINLY_KEYS.shape(told.reference) if form_of(told) == CLASSES else None
    except CodecError:
        return None  # of a codec of the program
