"""A key or a value as text on one line: for people where that is enough, and always so that it is read as it was."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.json.codec import JsonOf
from streamz_core.codecs.packed import PackedCodec
from streamz_core.codecs.plain import BoolCodec, FloatCodec, IntCodec, StrCodec
from streamz_core.codecs.shapes.scalars import Free
from streamz_core.codecs.shapes.shape import inside
from streamz_core.codecs.shapes.unions import Either
from streamz_core.errors import CodecError
from streamz_core.query.values import as_text, dumps, from_text, to_json
from streamz_core.query.words.unions import OF

BYTES = "base64:"  # of what is stored, where there is no other word


def text_of(codec: Codec[Any], value: Any) -> str:
    """The shortest text that `value_of` reads as the same: itself, in quotes, with its type before it as in
    `Decimal:1`, or its bytes. What the codec does not take is only shown.
    """
    if isinstance(codec, StrCodec):
        return str(value)
    if not _has_choices(codec):
        return as_text(value)
    try:
        data = codec.encode(value)
    except CodecError:
        return as_text(value)
    for text in _texts(codec, value):
        with suppress(CodecError):
            if codec.encode(value_of(codec, text)) == data:
                return text
    return BYTES + word(data)


@cache
def _has_choices(codec: Codec[Any]) -> bool:
    """Whether what is printed could be of several types; else nobody has to look at it once more."""
    if isinstance(codec, IntCodec | FloatCodec | BoolCodec):
        return False
    if not isinstance(codec, PackedCodec):
        return True
    return any(isinstance(part, Either | Free) for part in inside(codec.shape))


def value_of(codec: Codec[Any], text: str, *, strict: bool = False) -> Any:
    """What a text says for the codec. `strict`: as of `from_text`; CodecError."""
    if text.startswith(BYTES) and not isinstance(codec, StrCodec):
        with suppress(ValueError, CodecError):
            return codec.decode(of_word(text.removeprefix(BYTES)))
    return from_text(codec, text, strict=strict)


def word(data: bytes) -> str:
    """Bytes as a word that may stand anywhere."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def of_word(text: str) -> bytes:
    """The bytes again; ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _texts(codec: Codec[Any], value: Any) -> Iterator[str]:
    told = to_json(value)
    bare = told if isinstance(told, str) and told.isprintable() else dumps(value)
    shape = codec.shape if isinstance(codec, PackedCodec | JsonOf) else None
    options = shape.options if isinstance(shape, Either) else {}
    yield bare if options else as_text(value)
    yield dumps(value)
    for tag, option in options.items():
        if type(value) in option.types:
            yield from (f"{tag}{OF}{bare}", f"{tag}{OF}{dumps(value)}")
