"""JSON text of what JSON knows, and back, by the standard library.

UTF-8, no spaces; floats as Python writes them. NaN, infinities, numbers too large for a float and halves of surrogate pairs are
refused both ways; ints may be of any size; of a field that comes twice the last one counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, NoReturn, Self

from streamz_core.codecs.packing import shown
from streamz_core.errors import CodecError

FAILS: Final = (TypeError, ValueError, RecursionError)


class Number(float):
    """A number with a point or an exponent, as it was written: a Decimal must not lose digits on the way."""

    text: str

    def __new__(cls, text: str) -> Self:
        made = super().__new__(cls, text)
        made.text = text
        return made


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in _INFINITE:
        raise ValueError(f"{text[:40]} is too large for a float")
    return number


_INFINITE: Final = frozenset({float("inf"), float("-inf")})
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder(parse_constant=_refuse).decode
_decode_large = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite).decode
_decode_exactly = json.JSONDecoder(parse_constant=_refuse, parse_float=Number).decode
_BOM: Final = "\ufeff"
_MAY_BE_LARGE: Final = re.compile(rb"[eE]\+?\d{3}|\d{309}")
_MAY_BE_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def dumps_plainly(value: Any) -> bytes:
    """The text by the standard library alone; CodecError."""
    try:
        return _encode(value).encode()
    except FAILS as error:
        raise CodecError(f"cannot be written as JSON: {error} ({shown(value)})") from error


def loads_plainly(data: bytes) -> Any:
    """The value by the standard library alone; CodecError."""
    return _loaded(data, _decode_large if _MAY_BE_LARGE.search(data) else _decode)


def loads_exactly(data: bytes) -> Any:
    """The same, numbers that are no ints as Number."""
    return _loaded(data, _decode_exactly)


def _loaded(data: bytes, decode: Callable[[str], Any]) -> Any:
    try:
        text = data.decode()
        if text.startswith(_BOM):
            raise ValueError("it begins with a BOM, which is no JSON: leave that out")
        value = decode(text)
        if _MAY_BE_HALF.search(data):
            _encode(value).encode()  # half a pair is no text, and could not be written again
    except FAILS as error:
        raise CodecError(f"not JSON: {error} ({shown(data)})") from error
    return value
