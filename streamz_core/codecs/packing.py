"""msgpack within limits: what a hostile or damaged message may cost is bounded here."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Final

import msgpack

from streamz_core.errors import CodecError

MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024
ITEMS_MAX: Final = 1024 * 1024
"""Items of one array or map. 5 MB of empty maps would otherwise take 363 MB."""

SCALARS: Final = frozenset({type(None), bool, int, float, str, bytes})

# Callers check every type before; so tuples may pass as arrays here. There is no `default` hook,
# so the Packer runs no Python code and may be shared by threads.
_pack = msgpack.Packer(use_bin_type=True).pack

# The ways msgpack writes a timestamp, its one built-in extension type.
_TIMESTAMP = re.compile(rb"\xd6\xff|\xd7\xff|\xc7\x0c\xff")


def _no_extension(code: int, _data: bytes) -> Any:
    raise CodecError(f"the message holds a msgpack extension type ({code}), which no codec writes")


_unpack = partial(
    msgpack.unpackb,
    raw=False,
    use_list=True,
    strict_map_key=True,
    ext_hook=_no_extension,
    max_array_len=ITEMS_MAX,
    max_map_len=ITEMS_MAX,
)


def pack(plain: Any) -> bytes:
    """Bytes of None, bool, int, float, str, bytes, and lists, tuples and dicts of them.

    The types must have been checked: a subclass would be packed as its base.
    """
    try:
        packed: bytes = _pack(plain)
    except (TypeError, ValueError, OverflowError) as error:
        raise CodecError(f"cannot be packed: {error}") from error
    return packed


def unpack(data: bytes) -> Any:
    """The value of one whole message; CodecError if it is torn, too large or holds other types."""
    if len(data) > MESSAGE_BYTES_MAX:
        raise CodecError(f"{len(data)} bytes; at most {MESSAGE_BYTES_MAX} are decoded")
    try:
        return _unpack(data)
    except CodecError:
        raise
    except Exception as error:  # msgpack raises ValueError, TypeError and several of its own
        raise CodecError(f"not a msgpack value: {error} ({shown(data)})") from error


def holds_timestamp(data: bytes) -> bool:
    """False if no msgpack timestamp can be in `data`; true if one may be."""
    return _TIMESTAMP.search(data) is not None


def shown(value: object) -> str:
    """A value for an error message: short whatever it is."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 - one line


def mismatch(expected: str, value: object) -> CodecError:
    """The error for a value of another type than its codec takes."""
    return CodecError(f"expected {expected}, got {type(value).__name__} {shown(value)}")
