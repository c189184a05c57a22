"""Codecs that need no type: the self-describing one, and JSON text."""

from __future__ import annotations

import json
from typing import Any, Final

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import SCALARS, may_hold_extension, mismatch, pack, shown, unpack
from streamz_core.errors import CodecError

DEPTH_MAX: Final = 64
_HINT = (
    "the self-describing codec takes only None, bool, int, float, str, bytes, list and dict; "
    "annotate the function of {step}, or say `{side}=` there"
)
_KEYS = frozenset({str, bytes})


def check_free(value: Any, depth: int = 0) -> None:
    """Raise CodecError at the first thing inside `value` that is of no self-describing type."""
    kind = type(value)
    if kind in SCALARS:
        return
    if depth > DEPTH_MAX:
        raise CodecError(f"nested deeper than {DEPTH_MAX}")
    if kind is list:
        items = value
    elif kind is dict:
        items = value.values()
        for key in value:
            if type(key) not in _KEYS:
                raise mismatch("str or bytes as a key of a dict", key)
    else:
        raise mismatch("None, bool, int, float, str, bytes, list or dict", value)
    for item in items:
        if type(item) not in SCALARS:
            check_free(item, depth + 1)


class FreeCodec(Codec[Any]):
    """msgpack of None, bool, int, float, str, bytes, list and dict, and nothing else.

    What is used where nobody said a type. Its errors name the step and the side ("key" or
    "value") that it is used for.
    """

    name = "self-describing"

    def __init__(self, side: str, step: str = "the step") -> None:
        self._hint = _HINT.format(side=side, step=step)

    def encode(self, value: Any) -> bytes:
        try:
            check_free(value)
            return pack(value)
        except CodecError as error:
            raise CodecError(f"{error}; {self._hint}") from error

    def decode(self, data: bytes) -> Any:
        value = unpack(data)
        if may_hold_extension(data):
            check_free(value)
        return value


class JsonCodec(Codec[Any]):
    """UTF-8 JSON text, compact; dict keys become text. NaN and infinities are refused."""

    name = "json"

    def encode(self, value: Any) -> bytes:
        try:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            return text.encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise CodecError(f"cannot be written as JSON: {error} ({shown(value)})") from error

    def decode(self, data: bytes) -> Any:
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise CodecError(f"not JSON: {error} ({shown(data)})") from error


FREE_VALUE = FreeCodec("value")
JSON = JsonCodec()


def is_free(codec: Codec[Any]) -> bool:
    """True for the self-describing codec: nobody said a type."""
    return isinstance(codec, FreeCodec)
