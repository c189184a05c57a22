"""Codecs that need no type: the self-describing one, and JSON text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import cached_property
from typing import Any, Final

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.json.text import dumps_plainly
from streamz_core.codecs.packing import (
    SCALARS,
    Extension,
    Misplaced,
    may_hold_extension,
    mismatch,
    pack,
    shown,
    unpack,
    within,
)
from streamz_core.errors import CodecError

DEPTH_MAX: Final = 64
TUPLE: Final = 1
"""The extension type of a tuple: its items as an array."""
_HINT = (
    "the self-describing codec takes only None, bool, int, float, str, bytes, tuple, list{dict}; "
    "annotate the function of {step}, or say `{side}=` there"
)
_KEYS = frozenset({str, bytes})


def canonical(number: float) -> float:
    """One float for equal ones: 0.0 for -0.0, and one NaN for all."""
    return math.nan if number != number else number + 0.0  # noqa: PLR0124 - only NaN differs


def free_plain(value: Any, depth: int = 0, *, is_key: bool = False) -> Any:
    """What msgpack packs of a value of self-describing types; CodecError at the first other thing.

    As a key, equal values of the same types have one form; a dict is refused.
    """
    kind = type(value)
    if kind in SCALARS:
        return canonical(value) if is_key and kind is float else value
    if depth > DEPTH_MAX:
        raise CodecError(f"nested deeper than {DEPTH_MAX}")
    if kind is list and not is_key and set(map(type, value)) <= SCALARS:
        return value
    if kind is list or kind is tuple:
        items = [free_plain(item, depth + 1, is_key=is_key) for item in value]
        return items if kind is list else Extension(TUPLE, pack(items))
    if kind is dict and not is_key:
        if not _KEYS.issuperset(map(type, value)):
            odd = next(key for key in value if type(key) not in _KEYS)
            raise mismatch("str or bytes as a key of a dict", odd)
        if set(map(type, value.values())) <= SCALARS:
            return value
        return {key: free_plain(item, depth + 1) for key, item in value.items()}
    if kind is dict:
        raise CodecError(
            f"a dict cannot be a key, {shown(value)}: equal ones differ in bytes; take a tuple of sorted "
            "items, or a class with a field for each part"
        )
    raise mismatch(
        f"None, bool, int, float, str, bytes, tuple, list{'' if is_key else ' or dict'}", value
    )


def free_parts(value: Any) -> Iterable[tuple[str, Any]]:
    """The parts of a value, keys of dicts too, with the step to each."""
    if type(value) is dict:
        yield from (("", key) for key in value)
        yield from ((f"[{shown(key)}]", item) for key, item in value.items())
    elif type(value) in {list, tuple}:
        yield from ((f"[{at}]", item) for at, item in enumerate(value))


def free_value(plain: Any, depth: int = 0) -> Any:
    """The value again; CodecError at an extension type that is no tuple."""
    kind = type(plain)
    if kind in SCALARS:
        return plain
    if depth > DEPTH_MAX:
        raise CodecError(f"nested deeper than {DEPTH_MAX}")
    if kind is list:
        return [free_value(item, depth + 1) for item in plain]
    if kind is dict:
        return {key: free_value(item, depth + 1) for key, item in plain.items()}
    if kind is Extension and plain.code == TUPLE:
        items = unpack(plain.data)
        if type(items) is list:
            return tuple(free_value(item, depth + 1) for item in items)
    raise mismatch("None, bool, int, float, str, bytes, tuple, list or dict", plain)


class FreeCodec(Codec[Any]):
    """msgpack of None, bool, int, float, str, bytes, tuple, list and dict, and nothing else.

    What is used where nobody said a type. Its errors name the step and the side ("key" or
    "value") that it is used for; as a key it takes no dict.
    """

    name = "self-describing"

    def __init__(self, side: str, step: str = "the step") -> None:
        self.is_key = side == "key"
        self._side = side
        more = "" if self.is_key else " and dict"
        self._hint = _HINT.format(side=side, step=step, dict=more)

    def encode(self, value: Any) -> bytes:
        try:
            plain = free_plain(value, is_key=self.is_key)
        except CodecError as error:
            raise CodecError(f"{error}; {self._hint}") from error
        try:
            return pack(plain)
        except CodecError as error:
            found = _blamed(value, error)
            raise (
                found.under(f"the {self._side}") if isinstance(found, Misplaced) else found
            ) from error

    def decode(self, data: bytes) -> Any:
        value = unpack(data)
        return free_value(value) if may_hold_extension(data) else value


class JsonCodec(Codec[Any]):
    """UTF-8 JSON text, compact; dict keys become text. NaN and infinities are refused."""

    name = "json"

    def encode(self, value: Any) -> bytes:
        return dumps_plainly(value)

    def decode(self, data: bytes) -> Any:
        return self._loads(data)

    @cached_property
    def _loads(self) -> Callable[[bytes], Any]:
        from streamz_core.codecs.json.fast import (
            loads,  # loaded by what needs it, and msgspec with it
        )

        return loads


FREE_KEY = FreeCodec("key")
FREE_VALUE = FreeCodec("value")
JSON = JsonCodec()


def _blamed(value: Any, error: CodecError) -> CodecError:
    """The error of packing a value, with the way to the part of it that cannot be."""
    for step, part in free_parts(value):
        try:
            pack(free_plain(part))
        except CodecError as found:
            inner = _blamed(part, found)
            return within(step, inner) if step else inner
    return error


def copied(value: Any) -> Any:
    """An equal value that has nothing in common with it that could be changed; what cannot be copied
    (a lock, a connection), as it is.
    """
    try:
        return FREE_VALUE.decode(FREE_VALUE.encode(value))
    except CodecError:
        pass
    try:
        return deepcopy(value)
    except Exception:  # noqa: BLE001 - each class has its own reasons
        return value


def is_free(codec: Codec[Any]) -> bool:
    """True for the self-describing codec: nobody said a type."""
    return isinstance(codec, FreeCodec)
