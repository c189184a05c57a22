"""msgpack within limits: what a hostile or damaged message may cost is bounded here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any, Final

import msgpack

from streamz_core.errors import CodecError

MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024
ITEMS_MAX: Final = 1024 * 1024
"""Items of one array or map in a large message. 5 MB of empty maps would otherwise take 363 MB."""
SMALL_BYTES: Final = 64 * 1024
"""Up to here a message cannot claim much: msgpack takes no array or map longer than its bytes."""

SCALARS: Final = frozenset({type(None), bool, int, float, str, bytes})

REFUSALS: Final = (TypeError, ValueError, OverflowError)
"""What `pack_checked` and `unpack_small` raise."""

# There is no `default` hook, so the Packer runs no Python code and may be shared by threads.
Extension: Final[Any] = getattr(msgpack, "ExtType")  # noqa: B009 - which msgpack's stubs lack
pack_checked: Final[Callable[[Any], bytes]] = msgpack.Packer(use_bin_type=True).pack
"""`pack` without the translation of errors, for the hot path."""
unpack_small: Final[Callable[[bytes], Any]] = msgpack.unpackb
"""`unpack` without it, of at most SMALL_BYTES."""

# The first bytes of msgpack's extension types, timestamps among them. Text may hold them too.
_EXTENSION = re.compile(rb"[\xc7-\xc9\xd4-\xd8]")


def pack(plain: Any) -> bytes:
    """Bytes of None, bool, int, float, str, bytes, and lists, tuples and dicts of them.

    The types must have been checked: a subclass would be packed as its base.
    """
    try:
        return pack_checked(plain)
    except REFUSALS as error:
        raise CodecError(_unfit(plain) or f"cannot be packed: {error}") from error


def _unfit(plain: Any) -> str:
    """Why the first part of it that msgpack does not take is none; "" if each alone is one."""
    if type(plain) is int and not -(1 << 63) <= plain < 1 << 64:
        return f"{shown(plain)} does not fit into 64 bits; take str or Decimal as the type of such numbers"
    if type(plain) is str:
        try:
            plain.encode()
        except UnicodeEncodeError as error:
            return f"{shown(plain)} cannot be written as UTF-8: {error.reason}"
    parts: Any = [*plain, *plain.values()] if type(plain) is dict else plain
    if type(parts) not in {list, tuple}:
        return ""
    return next(filter(None, map(_unfit, parts)), "")


def unpack(data: bytes) -> Any:
    """The value of one whole message; CodecError if it is torn or too large.

    The types must be checked: an extension type comes out as an object of msgpack's.
    """
    if len(data) > MESSAGE_BYTES_MAX:
        raise CodecError(f"{len(data)} bytes; at most {MESSAGE_BYTES_MAX} are decoded")
    try:
        if len(data) <= SMALL_BYTES:
            return unpack_small(data)
        return msgpack.unpackb(data, max_array_len=ITEMS_MAX, max_map_len=ITEMS_MAX)
    except REFUSALS as error:
        raise CodecError(f"not a msgpack value: {error} ({shown(data)})") from error


def unpack_column(column: Sequence[bytes | None], head: bytes) -> list[Any]:
    """The values behind `head` of small messages; one of REFUSALS if one is not that, or is null."""
    messages: Any = column  # None raises TypeError
    sizes = list(map(len, messages))
    if max(sizes) > SMALL_BYTES:
        raise ValueError
    if not head:
        return list(map(unpack_small, messages))
    # One that begins otherwise comes out as it was, and then the sizes do not add up.
    rest = list(map(bytes.removeprefix, messages, repeat(head)))
    if sum(map(len, rest)) != sum(sizes) - len(head) * len(sizes):
        raise ValueError
    return list(map(unpack_small, rest))


def may_hold_extension(data: bytes) -> bool:
    """False if no extension type can be in `data`; true if one may be."""
    return _EXTENSION.search(data) is not None


def shown(value: object) -> str:
    """A value for an error message: short whatever it is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - of an int with too many digits, or somebody's own
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 80 else text[:77] + "..."


def mismatch(expected: str, value: object) -> CodecError:
    """The error for a value of another type than its codec takes."""
    return CodecError(f"expected {expected}, got {type(value).__name__} {shown(value)}")


def exact_float(number: int) -> float:
    """The float that is equal to an int; CodecError if there is none."""
    try:
        found = float(number)
    except OverflowError as error:
        raise CodecError(f"{shown(number)} is too large for a float") from error
    if found != number:
        raise CodecError(
            f"{shown(number)} has no float of its own, the nearest is {found!r}: take int or Decimal as the "
            "type, or float(...) of it where the nearest will do"
        )
    return found


class Misplaced(CodecError):
    """A CodecError that knows where in a value it is: `where` is the way to it, `.items[3].price`."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where.removeprefix('.')}: {what}")
        self.where = where
        self.what = what

    def under(self, name: str) -> CodecError:
        """The same, with the name of the whole value before the way."""
        between = "" if self.where.startswith(".") else " at "
        return CodecError(f"{name}{between}{self.where}: {self.what}")


def within(step: str, error: CodecError) -> Misplaced:
    """The same error, seen from one step further out."""
    if isinstance(error, Misplaced):
        return Misplaced(step + error.where, error.what)
    return Misplaced(step, str(error))
