"""The order of keys as users see it: that of their bytes, ints in numeric order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamz_core.codecs.plain import BytesCodec, IntCodec, StrCodec
from streamz_core.errors import CodecError
from streamz_core.topology.nodes import AnyCodec

_SIGN = b"\x80"


def place_of(codec: AnyCodec) -> Callable[[Any], Any]:
    """What keys are compared by."""
    return (lambda key: key) if isinstance(codec, IntCodec) else codec.encode


def stem_of(codec: AnyCodec, prefix: Any) -> bytes:
    """What the bytes of all keys begin with that begin with `prefix`; CodecError if the codec's do not."""
    if not isinstance(codec, StrCodec | BytesCodec):
        raise CodecError(
            f"keys of {codec.name} have no prefixes: only text and bytes begin with others"
        )
    return codec.encode(prefix)


def spans(
    codec: AnyCodec, low: bytes | None, high: bytes | None
) -> list[tuple[bytes, bytes | None]]:
    """Spans [first, end) of key bytes that hold all keys from low to high, in the users' order.

    Ints are signed, so their negative ones stand behind the others: a range across 0 is two spans.
    """
    end = None if high is None else high + b"\x00"
    if not isinstance(codec, IntCodec):
        return [(low or b"", end)]
    negative, positive = [], []
    if low is None or low >= _SIGN:
        negative = [(low or _SIGN, end if high is not None and high >= _SIGN else None)]
    if high is None or high < _SIGN:
        positive = [(low if low is not None and low < _SIGN else b"", end or _SIGN)]
    return negative + positive
